import { heldDenseBytes, heldSparseBytes } from "../engine/held-bytes.js";
import { ExpungeError } from "../errors.js";
import { type Standing, slotCountOf } from "../records/training-plan.js";
import { openRowFiles, type RowFiles } from "../row-files/index.js";
import {
  createPlanKernel,
  createStreamingPlanKernel,
  type ProcessKernel,
  rowWidthAt,
} from "../unlearner/process-kernel.js";
import { storageAt } from "../unlearner/sparse-storage.js";
import { rowsFile } from "./layout.js";

/** Bytes of rows beyond which they are read as they are visited, where nothing else is said: 1 GiB. */
export const DEFAULT_MEMORY_LIMIT = 2 ** 30;
const MIN_WINDOW = 2 ** 20;
/** More than this leaves the caches and is slower. */
const MAX_WINDOW = 2 ** 23;

export interface OpenedKernel {
  readonly kernel: ProcessKernel;
  /** Whether the rows are in memory, not read as they are visited. */
  readonly isHeld: boolean;
  readonly release: () => Promise<void>;
}

/** A model as it stands in a directory. */
export type StandingRows = Standing & {
  /** The generation that its file of rows is of, where rows were given more room. */
  readonly rowsOf?: number | undefined;
  /** Whether its rows are only read; default false. */
  readonly isReadOnly?: boolean | undefined;
};

/**
 * A kernel over a model directory's rows: held in memory where what they take there is within the limit, else read as they are visited.
 *
 * @param memoryLimit bytes for rows, at least 1 MiB
 * @param slotCount   slots that it is to have, where they are to be more
 * @throws ExpungeError E_MODEL naming the file, E_OPTION
 */
export async function openKernel(
  directory: string,
  standing: StandingRows,
  memoryLimit: number,
  slotCount: number = slotCountOf(standing),
): Promise<OpenedKernel> {
  if (!(memoryLimit >= MIN_WINDOW))
    throw new ExpungeError(
      "E_OPTION",
      `Expected memoryLimit = ${memoryLimit} to be at least ${MIN_WINDOW} bytes.`,
    );
  const { plan } = standing;
  const storage = storageAt(standing);
  const rows = await openRows(directory, standing);
  try {
    const needed = bytesInMemory(standing, slotCount);
    if (needed > memoryLimit) {
      const window = Math.min(Math.floor(memoryLimit), MAX_WINDOW);
      const kernel = await createStreamingPlanKernel(plan, rows, { memoryLimit: window, storage });
      return { kernel, isHeld: false, release: () => rows.close() };
    }
    const features = new Float32Array(rows.slotCount * rows.featureCount);
    const labels = new Float32Array(rows.slotCount);
    await rows.read(0, features, labels);
    await rows.close();
    const { featureCount } = plan;
    const held = { slotCount: rows.slotCount, featureCount, features, labels };
    const kernel = await createPlanKernel(plan, held, storage);
    return { kernel, isHeld: true, release: async () => {} };
  } catch (error) {
    await rows.close();
    throw error;
  }
}

/** Whether rows that are held in memory would take more than they may, were there so many slots. */
export function outgrows(
  standing: Standing,
  slotCount: number,
  { isHeld, memoryLimit }: { readonly isHeld: boolean; readonly memoryLimit: number },
): boolean {
  return isHeld && bytesInMemory(standing, slotCount) > memoryLimit;
}

/** Bytes that a model's rows take at the most where they are held in memory: as they are read, and packed beside that. Weights come on top. */
export function bytesInMemory(standing: Standing, slotCount: number = slotCountOf(standing)): number {
  const { featureCount, process } = standing.plan;
  const storage = storageAt(standing);
  const packed = storage
    ? heldSparseBytes({ slotCount, featureCount, ...storage }, process.batchSize)
    : heldDenseBytes(slotCount, featureCount, process.batchSize);
  return 4 * slotCount * (rowWidthAt(standing) + 1) + packed;
}

/**
 * The row files of a model directory.
 *
 * @param leastSlots slots that they hold at least, where the others are still to be written
 * @throws ExpungeError E_MODEL naming the file
 */
export async function openRows(
  directory: string,
  standing: StandingRows,
  leastSlots?: number,
): Promise<RowFiles> {
  const [slotCount, featureCount] = [slotCountOf(standing), rowWidthAt(standing)];
  const { isReadOnly = false } = standing;
  const shape = { slotCount, featureCount, file: rowsFile(standing), isReadOnly };
  return openRowFiles(directory, shape, leastSlots).catch((error: Error) => {
    throw new ExpungeError("E_MODEL", error.message);
  });
}
