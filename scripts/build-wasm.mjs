/**
 * Compiles assembly/ to WebAssembly and writes it, as base64, to packages/expunge/src/engine/kernel-wasm.generated.ts.
 *
 *   node scripts/build-wasm.mjs           build and write
 *   node scripts/build-wasm.mjs --check   exit 1 unless the written file equals a fresh build
 *
 * Works offline. The text format goes to the path in EXPUNGE_WAT, if set.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}/packages/expunge/src/engine/kernel-wasm.generated.ts`;

const options = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "threads"],
  ...["--importMemory", "--sharedMemory", "--maximumMemory", "65536"],
];
const outputs = new Map();
const { error, stderr } = await asc.main(
  ["packages/expunge/assembly/index.ts", ...options, "--outFile", "kernel.wasm", "--textFile", "kernel.wat"],
  {
    readFile: (name, base) => readFile(`${base === "." ? root : base}/${name}`, "utf8").catch(() => null),
    writeFile: (name, contents) => void outputs.set(name, contents),
    listFiles: () => [],
  },
);
if (error) {
  console.error(stderr.toString());
  console.error(error.message);
  process.exit(1);
}

const bytes = outputs.get("kernel.wasm");
const memoryFlags = memoryFlagsOf(bytes);
const text = `// Written by scripts/build-wasm.mjs from assembly/ (AssemblyScript ${asc.version}, ${options.join(" ")}). Do not edit.

/** The WebAssembly module of the SIMD kernel, ${bytes.length} bytes. */
export const KERNEL_WASM_BASE64 =
  "${Buffer.from(bytes).toString("base64")}";

/** Where its import section says that the memory is shared (3); 1 there makes a module for a memory that is not. */
export const MEMORY_FLAGS_OFFSET = ${memoryFlags};
`;

if (process.env.EXPUNGE_WAT) await writeFile(process.env.EXPUNGE_WAT, outputs.get("kernel.wat"));
if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error(
      "packages/expunge/src/engine/kernel-wasm.generated.ts differs from a fresh build: run npm run build:wasm.",
    );
    process.exit(1);
  }
  console.log(`kernel-wasm.generated.ts equals a fresh build (${bytes.length} bytes).`);
} else {
  await writeFile(target, text);
  console.log(
    `Wrote packages/expunge/src/engine/kernel-wasm.generated.ts (${bytes.length} bytes of WebAssembly).`,
  );
}

/** The place of the byte behind "env" "memory", kind 2, in the import section. */
function memoryFlagsOf(wasm) {
  const name = Buffer.from("\x03env\x06memory\x02", "latin1");
  const at = Buffer.from(wasm).indexOf(name) + name.length;
  if (at < name.length || wasm[at] !== 3) throw new Error("The memory import is not where it is looked for.");
  return at;
}
