import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory"];
const PAGE_BYTES = 65_536;
const LOOP_BYTES = 128;

/**
 * Compiles one file of this directory as scripts/build-wasm.mjs does the kernel, but in a process of its own: with the compiler loaded,
 * JavaScript in this one was up to 40% slower (Node 20), the engines to be timed included.
 */
export async function compileLoop(file, directory, features = ["simd"]) {
  const asc = fileURLToPath(new URL("../../../node_modules/assemblyscript/bin/asc.js", import.meta.url));
  const here = fileURLToPath(new URL(".", import.meta.url));
  const outFile = join(directory, `${file}-${features.join("-")}.wasm`);
  const enabled = features.flatMap((feature) => ["--enable", feature]);
  const files = [file, "--baseDir", here, "--outFile", outFile];
  execFileSync(process.execPath, [asc, ...files, ...OPTIONS, ...enabled], { stdio: "inherit" });
  return outFile;
}

/** The loop that only reads. */
export async function compileReader(directory) {
  return WebAssembly.compile(await readFile(await compileLoop("read-bandwidth.ts", directory)));
}

/** A contender that only reads: one "epoch" is one pass over a buffer as large as the rows. */
export async function readerOf(module, { features }) {
  const readBytes = Math.ceil(features.byteLength / LOOP_BYTES) * LOOP_BYTES;
  const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil(readBytes / PAGE_BYTES) });
  // Filled, since pages never written are all one page of zeros, which L1 holds. The first page is the program's.
  new Float32Array(memory.buffer, PAGE_BYTES).set(features);
  const abort = () => {
    throw new Error("The reader aborted.");
  };
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort } });
  return {
    name: "read only",
    run(epochs) {
      const from = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) exports.readAll(PAGE_BYTES, readBytes);
      return performance.now() - from;
    },
  };
}
