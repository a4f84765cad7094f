import { constants } from "node:fs";
import { dataError } from "../data/data-error.js";
import { unreadable } from "../data/read-bytes.js";
import { optionError } from "../errors.js";
import { BlockFile, openOwn, type RangeFile } from "./block-file.js";
import { bytesOf, pathsOf, requireLittleEndian } from "./layout.js";

/** How many slots there are, and how many numbers each row has. */
export interface RowFilesShape {
  readonly featureCount: number;
  readonly slotCount: number;
  /** Name of the file of features, where it has another one. */
  readonly file?: string;
  /** Whether they are only read, in files that this process may not be able to write to; default false. */
  readonly isReadOnly?: boolean;
}

/** Rows on disk by slot, as `writeRowFiles` left them. */
export interface RowFiles extends RowFilesShape {
  /**
   * Reads slots straight into the views, as many as there are labels. Views may lie in a WebAssembly memory (that must not
   * grow meanwhile).
   *
   * @param features one row of featureCount for each label
   * @throws ExpungeError E_OPTION for slots that are not there or views of another size; E_DATA
   */
  read(firstSlot: number, features: Float32Array, labels: Float32Array): Promise<void>;
  /** The same before it returns, where the files can do so. @throws as `read` */
  readonly readNow?: (firstSlot: number, features: Float32Array, labels: Float32Array) => void;
  /**
   * Writes one slot; durable after `sync`.
   *
   * @param features featureCount numbers of norm <= 1; zeros, with label 0, to empty the slot
   * @throws ExpungeError E_OPTION, E_DATA
   */
  writeSlot(slot: number, features: Float32Array, label: number): Promise<void>;
  /** Resolves when everything written so far is durable. @throws ExpungeError E_DATA */
  sync(): Promise<void>;
  /** Closes the files. What was written since the last `sync` may be lost in a crash. */
  close(): Promise<void>;
}

/**
 * Opens the row files of a directory for reading, and for writing unless the shape says otherwise.
 *
 * @param leastSlots slots that the files hold at least, where the others are still to be written; all by default
 * @throws ExpungeError E_DATA for a file that cannot be opened or is not of the size expected
 */
export async function openRowFiles(
  directory: string,
  shape: RowFilesShape,
  leastSlots: number = shape.slotCount,
): Promise<RowFiles> {
  requireLittleEndian();
  const { featureCount, slotCount } = shape;
  const paths = pathsOf(directory, shape.file);
  const flags = shape.isReadOnly ? constants.O_RDONLY : constants.O_RDWR;
  const rowBytes = featureCount * 4;
  const features = await openSized(paths.features, flags, leastSlots * rowBytes, slotCount * rowBytes);
  try {
    return rowFilesOf(shape, features, await openSized(paths.labels, flags, leastSlots * 4, slotCount * 4));
  } catch (error) {
    await features.close();
    throw error;
  }
}

async function openSized(path: string, flags: number, least: number, most: number): Promise<BlockFile> {
  const handle = await openOwn(path, flags).catch((error) => {
    throw unreadable(path, error);
  });
  const file = new BlockFile(path, handle);
  const found = await file.size();
  if (found >= least && found <= most) return file;
  await file.close();
  throw dataError({ file: path }, `${least === most ? "" : `${least} to `}${most} bytes`, String(found));
}

/** Rows in files that are open. */
export function rowFilesOf(
  { featureCount, slotCount: slotsInAll }: RowFilesShape,
  featuresFile: RangeFile,
  labelsFile: RangeFile,
): RowFiles {
  const rowBytes = featureCount * 4;

  function requireSlots(firstSlot: number, slotCount: number): void {
    if (!(Number.isInteger(firstSlot) && firstSlot >= 0 && firstSlot <= slotsInAll))
      throw optionError("firstSlot", firstSlot, `in [0, ${slotsInAll}]`);
    if (!(Number.isInteger(slotCount) && slotCount >= 0 && slotCount <= slotsInAll - firstSlot))
      throw optionError("slotCount", slotCount, `in [0, ${slotsInAll - firstSlot}] from slot ${firstSlot}`);
  }

  function requireRows(firstSlot: number, features: Float32Array, labels: Float32Array): void {
    requireSlots(firstSlot, labels.length);
    requireLength("features", features, labels.length * featureCount);
  }

  return {
    featureCount,
    slotCount: slotsInAll,

    ...(featuresFile.readNow &&
      labelsFile.readNow && {
        readNow(firstSlot: number, features: Float32Array, labels: Float32Array) {
          requireRows(firstSlot, features, labels);
          featuresFile.readNow?.(bytesOf(features), firstSlot * rowBytes);
          labelsFile.readNow?.(bytesOf(labels), firstSlot * 4);
        },
      }),

    async read(firstSlot, features, labels) {
      requireRows(firstSlot, features, labels);
      await Promise.all([
        featuresFile.read(bytesOf(features), firstSlot * rowBytes),
        labelsFile.read(bytesOf(labels), firstSlot * 4),
      ]);
    },

    async writeSlot(slot, features, label) {
      requireSlots(slot, 1);
      requireLength("features", features, featureCount);
      await featuresFile.write(bytesOf(features), slot * rowBytes);
      await labelsFile.write(bytesOf(Float32Array.of(label)), slot * 4);
    },

    async sync() {
      await featuresFile.sync();
      await labelsFile.sync();
    },

    async close() {
      await featuresFile.close();
      await labelsFile.close();
    },
  };
}

function requireLength(name: string, { length }: Float32Array, expected: number): void {
  if (length !== expected) throw optionError(`${name}.length`, length, `to be ${expected}`);
}
