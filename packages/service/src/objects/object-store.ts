/*
 * Where the bytes of rows are kept, outside the database, under names that are never used twice. What is in them is encrypted
 * (rows/page-seal.ts); which of them still count, the database says.
 */

/** A stretch of an object, in bytes. */
export interface ByteRange {
  readonly first: number;
  readonly length: number;
}

/** An object that is there. */
export interface FoundObject {
  readonly name: string;
  /** By the clock of the store. */
  readonly writtenAt: Date;
}

/** A folder, a part of a bucket, or memory: one database's own. Names are of letters, digits and "-". */
export interface ObjectStore {
  /** What it is, for messages to operators: the folder's path or the bucket's address; null where there is none. */
  readonly place: string | null;
  /** Makes the place, where it is not there yet. @throws ExpungeError E_DATABASE */
  make(): Promise<void>;
  /** Writes a new object; on return it is durable. @throws ExpungeError E_DATABASE where it cannot be written, or the place is gone */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** @throws ExpungeError E_DATABASE where the object is not there, or shorter */
  read(name: string, ranges: readonly ByteRange[]): Promise<Uint8Array[]>;
  has(name: string): Promise<boolean>;
  /** One that is not there is fine. */
  remove(name: string): Promise<void>;
  /** All objects, in any order. */
  list(): AsyncIterable<FoundObject>;
  close(): void;
}
