import { constants } from "node:fs";
import { join } from "node:path";
import { BlockFile, type OpenFile, type RangeFile, unwritable } from "./block-file.js";
import { eraseFile, syncDirectory } from "./erase-file.js";
import { BUCKETS_FILE, SPOOL_FILE } from "./layout.js";
import { openNameless } from "./sealed-file.js";

/** Where a writer's files are: each is kept or erased, and on failure all are erased. */
export interface WriterFiles {
  /** A new file. @throws ExpungeError E_DATA where there is one of this name: it is not ours to replace */
  create(name: string): Promise<RangeFile>;
  /** Erases one of the files. @throws ExpungeError E_DATA */
  erase(file: RangeFile): Promise<void>;
  /** Makes files durable, with their names. They are still erased where a later step fails. @throws ExpungeError E_DATA */
  sync(files: readonly RangeFile[]): Promise<void>;
  /** Erases all files that it can. @returns why others may still be there, naming them */
  discard(): Promise<readonly string[]>;
}

/** Files without names (`openNameless`): to close one is to erase it. */
export class NamelessFiles implements WriterFiles {
  private readonly directory: string;
  private readonly openFile: OpenFile;
  private readonly files = new Set<RangeFile>();

  constructor(directory: string, openFile: OpenFile) {
    this.directory = directory;
    this.openFile = openFile;
  }

  async create(): Promise<RangeFile> {
    const file = await openNameless(this.directory, this.openFile);
    this.files.add(file);
    return file;
  }

  async erase(file: RangeFile): Promise<void> {
    this.files.delete(file);
    await file.close();
  }

  async sync(): Promise<void> {}

  /** Closed or not, they end with this process, and nobody else can read them. */
  async discard(): Promise<readonly string[]> {
    for (const file of this.files) await this.erase(file).catch(() => {});
    return [];
  }
}

/** Files of a directory, by their names. */
export class OwnFiles implements WriterFiles {
  private readonly directory: string;
  private readonly openFile: OpenFile;
  private readonly files = new Set<RangeFile>();

  constructor(directory: string, openFile: OpenFile) {
    this.directory = directory;
    this.openFile = openFile;
  }

  /** Erases what a writer that was killed left here. @throws ExpungeError E_DATA */
  async eraseLeftovers(): Promise<void> {
    for (const name of [SPOOL_FILE, BUCKETS_FILE]) await erase(join(this.directory, name));
  }

  async create(name: string): Promise<RangeFile> {
    const path = join(this.directory, name);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const handle = await this.openFile(path, flags).catch((error) => {
      throw unwritable(path, error);
    });
    const file = new BlockFile(path, handle);
    this.files.add(file);
    return file;
  }

  async erase(file: RangeFile): Promise<void> {
    this.files.delete(file);
    try {
      await file.close();
    } finally {
      await erase(file.path);
    }
  }

  async sync(files: readonly RangeFile[]): Promise<void> {
    for (const file of files) await file.sync();
    await syncDirectory(this.directory);
  }

  /** Closes all files; they stay. */
  async keep(): Promise<void> {
    for (const file of this.files) await file.close();
    this.files.clear();
  }

  async discard(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const file of this.files)
      await this.erase(file).catch(({ message }: Error) => {
        left.push(message);
      });
    return left;
  }
}

async function erase(path: string): Promise<void> {
  await eraseFile(path).catch((error) => {
    throw unwritable(path, error);
  });
}
