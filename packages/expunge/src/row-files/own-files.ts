import { constants } from "node:fs";
import { join } from "node:path";
import { BlockFile, type OpenFile, unwritable } from "./block-file.js";
import { eraseFile, syncDirectory } from "./erase-file.js";
import { BUCKETS_FILE, SPOOL_FILE } from "./layout.js";

/** The files that a writer makes in a directory: each is kept or erased, and on failure all are erased. */
export class OwnFiles {
  private readonly directory: string;
  private readonly openFile: OpenFile;
  private readonly files = new Set<BlockFile>();

  constructor(directory: string, openFile: OpenFile) {
    this.directory = directory;
    this.openFile = openFile;
  }

  /** Erases what a writer that was killed left here. @throws ExpungeError E_DATA */
  async eraseLeftovers(): Promise<void> {
    for (const name of [SPOOL_FILE, BUCKETS_FILE]) await erase(join(this.directory, name));
  }

  /** A new file. @throws ExpungeError E_DATA where there is one of this name: it is not ours to replace */
  async create(name: string): Promise<BlockFile> {
    const path = join(this.directory, name);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const handle = await this.openFile(path, flags).catch((error) => {
      throw unwritable(path, error);
    });
    const file = new BlockFile(path, handle);
    this.files.add(file);
    return file;
  }

  /** Erases one of the files. @throws ExpungeError E_DATA */
  async erase(file: BlockFile): Promise<void> {
    this.files.delete(file);
    try {
      await file.close();
    } finally {
      await erase(file.path);
    }
  }

  /** Makes files durable, with their names. They are still erased where a later step fails. @throws ExpungeError E_DATA */
  async sync(files: readonly BlockFile[]): Promise<void> {
    for (const file of files) await file.sync();
    await syncDirectory(this.directory);
  }

  /** Closes all files; they stay. */
  async keep(): Promise<void> {
    for (const file of this.files) await file.close();
    this.files.clear();
  }

  /** Erases all files; what fails in that does not hide why it was called. */
  async discard(): Promise<void> {
    for (const file of this.files) await this.erase(file).catch(() => {});
  }
}

async function erase(path: string): Promise<void> {
  await eraseFile(path).catch((error) => {
    throw unwritable(path, error);
  });
}
