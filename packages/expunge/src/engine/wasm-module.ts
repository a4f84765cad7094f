import { ExpungeError } from "../errors.js";
import { KERNEL_BUILDS } from "./kernel-wasm.generated.js";

/** The kernels that are made of WebAssembly, by the precision of all but their rows, which are float32 in both. */
export type WasmPrecision = "float64" | "float32";

type Step = (context: number, batch: number, stepLow: number, stepHigh: number) => void;
type AddPanels = (context: number, firstPanel: number, panelCount: number) => void;
/** Writes the outputs of rows that are not packed, and their squared norms. */
type DotRows = (context: number, source: number, rowBytes: number, rowCount: number, squares: number) => void;
/** Adds the gradients of the rows of the last `DotRows` to the sums. */
type AddRows = (context: number, source: number, rowBytes: number, rowCount: number) => void;
type Update = (context: number, stepLow: number, stepHigh: number) => void;

/** What we use of packages/expunge/assembly/index.ts. Addresses and 32-bit words are passed as integers modulo 2^32. */
export interface KernelExports {
  readonly step32: Step;
  readonly step64: Step;
  readonly addPanels32: AddPanels;
  readonly addPanels64: AddPanels;
  readonly update32: Update;
  readonly update64: Update;
  readonly stepSparse64: Step;
  readonly dotRows32: DotRows;
  readonly dotRows64: DotRows;
  readonly addRows32: AddRows;
  readonly addRows64: AddRows;
  /** Adds the gradients of four sparse rows to the sums. */
  addGroup(context: number, firstRow: number): void;
  /** Measures float64 weights, for steps of sparse rows, too; the sum of their squares. */
  measure64(context: number): number;
  /** Puts a sum behind each weight, as steps on pairs of them have it (assembly/paired.ts), and takes the sums away again. */
  spread64(context: number): void;
  close64(context: number): void;
  /** Turns sparse rows' pairs into entries; how many rows there were before the first whose pairs are not what a row may have. */
  packRows(
    from: number,
    fromBytes: number,
    rowCount: number,
    room: number,
    columns: number,
    into: number,
    intoBytes: number,
    counts: number,
    squares: number,
  ): number;
  packPanel(
    source: number,
    rowCount: number,
    features: number,
    columns: number,
    most: number,
    into: number,
    norms: number,
    spare: number,
  ): number;
  /** Packs rows one panel behind the other, from the first panel on. */
  packPanels(
    source: number,
    rowCount: number,
    features: number,
    columns: number,
    most: number,
    rows: number,
    starts: number,
    lineCounts: number,
    squares: number,
    spare: number,
  ): void;
}

/** The functions of one precision. */
export interface StepFunctions {
  readonly step: Step;
  readonly addPanels: AddPanels;
  readonly update: Update;
  readonly dotRows: DotRows;
  readonly addRows: AddRows;
}

export function stepFunctions(kernel: KernelExports, precision: WasmPrecision): StepFunctions {
  if (precision === "float32")
    return {
      step: kernel.step32,
      addPanels: kernel.addPanels32,
      update: kernel.update32,
      dotRows: kernel.dotRows32,
      addRows: kernel.addRows32,
    };
  return {
    step: kernel.step64,
    addPanels: kernel.addPanels64,
    update: kernel.update64,
    dotRows: kernel.dotRows64,
    addRows: kernel.addRows64,
  };
}

/** @throws ExpungeError E_OPTION for a kernel that is not made of WebAssembly */
export function requireWasmKernel(name: unknown): asserts name is WasmPrecision {
  if (name === "float64" || name === "float32") return;
  throw new ExpungeError("E_OPTION", `Expected kernel = ${String(name)} to be "float64" or "float32" here.`, {
    field: "kernel",
    found: name,
  });
}

const UNSHARED_WITH_MAXIMUM = 1;

type Build = (typeof KERNEL_BUILDS)[number];

/**
 * Which of the builds of one source runs: with relaxed SIMD instructions, of which the kernels use the multiplication and
 * addition that may be fused (Node 22, Chrome 114, Firefox 146 and later), or without.
 */
export type KernelBuild = "relaxed-simd" | "simd";

const compiled = new Map<"shared" | "own", Promise<WebAssembly.Module>>();

/**
 * The build that runs here: the fastest that this JavaScript engine accepts, null where it accepts none. Results of two builds
 * differ in their last bits, within the bound that certificates count (docs/theory.md, "Rounding of steps").
 */
export function kernelBuild(): KernelBuild | null {
  return buildHere()?.name ?? null;
}

/**
 * The compiled kernel, for a shared memory or one of its own. Compiled once; only the module is kept, so that a memory
 * lives no longer than its kernel.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly or its SIMD instructions are missing
 */
export async function kernelModule(kind: "shared" | "own"): Promise<WebAssembly.Module> {
  const known = compiled.get(kind);
  if (known) return known;
  const module = compileKernel(kind);
  compiled.set(kind, module);
  module.catch(() => compiled.delete(kind));
  return module;
}

/** An instance of the kernel on a memory of its own. @throws as `kernelModule` */
export async function instantiateKernel(
  memory: WebAssembly.Memory,
  kind: "shared" | "own" = "own",
): Promise<KernelExports> {
  const instance = await WebAssembly.instantiate(await kernelModule(kind), { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

async function compileKernel(kind: "shared" | "own"): Promise<WebAssembly.Module> {
  const build = buildHere();
  if (build) return WebAssembly.compile(bytesOf(build, kind));
  throw new ExpungeError(
    "E_KERNEL",
    'WebAssembly SIMD is not supported here. The option {kernel: "reference"} runs everywhere, many times slower.',
  );
}

function buildHere(): Build | undefined {
  if (typeof WebAssembly !== "object") return undefined;
  return KERNEL_BUILDS.find((build) => WebAssembly.validate(bytesOf(build, "own")));
}

function bytesOf({ base64, memoryFlagsAt }: Build, kind: "shared" | "own"): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (kind === "own") bytes[memoryFlagsAt] = UNSHARED_WITH_MAXIMUM;
  return bytes;
}
