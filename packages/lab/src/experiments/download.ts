import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpungeError } from "expunge";
import { throwIfAborted } from "expunge/internal";

interface SourceFile {
  readonly path: string;
  readonly sha256: string;
}

const HOMES = {
  mnist: "https://ossci-datasets.s3.amazonaws.com/mnist",
  adult: "https://archive.ics.uci.edu/ml/machine-learning-databases/adult",
} as const;

/**
 * The originals. CIFAR-10 is not among them: the experiments run on features of its images, which a network has to compute first (put
 * train-features.npy, train-labels.npy, test-features.npy and test-labels.npy into cifar10/).
 */
export const SOURCE_FILES: readonly SourceFile[] = [
  {
    path: "mnist/train-images-idx3-ubyte.gz",
    sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  },
  {
    path: "mnist/train-labels-idx1-ubyte.gz",
    sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  },
  {
    path: "mnist/t10k-images-idx3-ubyte.gz",
    sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  },
  {
    path: "mnist/t10k-labels-idx1-ubyte.gz",
    sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  },
  {
    path: "adult/adult.data",
    sha256: "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
  },
  {
    path: "adult/adult.test",
    sha256: "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
  },
];

export interface DownloadOptions {
  readonly folder: string;
  /** A server that has the files by these paths; default: where each set is at home. */
  readonly from?: string;
  readonly files?: readonly SourceFile[];
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches the data sets' files; those that are there already, whole, are left alone. A file whose digest is wrong is never kept.
 *
 * @returns the paths below the folder
 * @throws ExpungeError E_DATA naming the address and what was wrong, E_ABORTED
 */
export async function downloadSets(options: DownloadOptions): Promise<readonly string[]> {
  const { folder, from, files = SOURCE_FILES, note, signal } = options;
  for (const file of files) {
    const target = join(folder, file.path);
    const present = await readFile(target).catch(() => null);
    if (present !== null && digestOf(present) === file.sha256) continue;
    const address = addressOf(file, from);
    note(`Fetching ${address}`);
    const bytes = await fetchBytes(address, signal);
    if (digestOf(bytes) !== file.sha256) {
      throw new ExpungeError(
        "E_DATA",
        `${address}: expected sha256 ${file.sha256}, found ${digestOf(bytes)} (${bytes.length} bytes); nothing was kept.`,
      );
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.new`, bytes);
    await rename(`${target}.new`, target);
  }
  return files.map(({ path }) => path);
}

function addressOf({ path }: SourceFile, from: string | undefined): string {
  if (from !== undefined) return `${from.replace(/\/+$/, "")}/${path}`;
  const [set, ...name] = path.split("/");
  return `${HOMES[set as keyof typeof HOMES]}/${name.join("/")}`;
}

async function fetchBytes(address: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  throwIfAborted(signal);
  try {
    const response = await fetch(address, signal ? { signal } : {});
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throwIfAborted(signal);
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new ExpungeError("E_DATA", `${address}: expected a file, found none (${reason}).`);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
