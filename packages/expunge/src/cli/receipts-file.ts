import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../row-files/erase-file.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { Receipts } from "../unlearner/receipts.js";

/** Characters written at once. */
const PIECE = 2 ** 16;

/**
 * The file that a request's receipts are appended to. A receipt cannot be made again once its request is in force. So they are on disk before that, in a draft
 * beside the file, named after the certificate.
 */
export class ReceiptsFile {
  private readonly path: string;
  private draft: string | null = null;
  /** Of a request for which nothing can be written beforehand, as to a pipe. */
  private waiting: Receipts | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes the receipts of a request that is not in force yet, durably. @throws the system's error; nothing is left then */
  async prepare({ receipts }: Pick<ForgetResult, "receipts">): Promise<void> {
    if (receipts === null) return;
    await mkdir(dirname(this.path), { recursive: true });
    const info = await stat(this.path).catch(() => null);
    if (info !== null && !info.isFile()) {
      this.waiting = receipts;
      return;
    }
    this.draft = `${this.path}.${receipts.certificateId}`;
    try {
      const file = await open(this.draft, "wx", 0o600);
      await closing(file, async () => {
        await writeLines(file, receipts);
        await file.sync();
      });
      await syncDirectory(dirname(this.path));
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /**
   * Appends them, durably: their request is in force.
   *
   * @throws Error naming the draft, which stays, where they could not be appended
   */
  async keep(): Promise<void> {
    await this.writeWaiting();
    const { draft } = this;
    if (draft === null) return;
    await appendFile(draft, this.path).catch((error: NodeJS.ErrnoException) => {
      const message = `The request is in force, but its receipts could not be appended to ${this.path}: ${error.message}. All of them are in ${draft}.`;
      throw Object.assign(new Error(message, { cause: error }), { code: error.code });
    });
    await this.discard();
  }

  private async writeWaiting(): Promise<void> {
    const receipts = this.waiting;
    if (receipts !== null) await closing(await open(this.path, "a"), (file) => writeLines(file, receipts));
  }

  /** Removes the draft: nothing came of the request, or its receipts are where they belong. */
  async discard(): Promise<void> {
    if (this.draft !== null) await rm(this.draft, { force: true });
    this.draft = null;
  }
}

async function writeLines(file: FileHandle, receipts: Receipts): Promise<void> {
  let text = "";
  for (const { id, receipt } of receipts) {
    text += `${JSON.stringify({ subject: id, ...receipt })}\n`;
    if (text.length < PIECE) continue;
    await file.writeFile(text);
    text = "";
  }
  await file.writeFile(text);
}

/** Appends one file to another, durably. Others may append to it, too: nothing is taken back. */
async function appendFile(from: string, to: string): Promise<void> {
  await closing(await open(to, "a+", 0o600), async (file) => {
    // A line that was cut off must not take the first one with it.
    if (await endsInLine(file)) await file.writeFile("\n");
    for await (const piece of createReadStream(from)) await file.writeFile(piece);
    await file.sync();
  });
  await syncDirectory(dirname(to));
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  return bytesRead > 0 && buffer.toString() !== "\n";
}

async function closing(file: FileHandle, use: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
