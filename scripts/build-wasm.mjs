/**
 * Compiles assembly/ to WebAssembly and writes it, as base64, to src/engine/kernel-wasm.generated.ts.
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
const target = `${root}/src/engine/kernel-wasm.generated.ts`;

const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--enable", "simd"];
const outputs = new Map();
const { error, stderr } = await asc.main(
  ["assembly/index.ts", ...options, "--outFile", "kernel.wasm", "--textFile", "kernel.wat"],
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
const text = `// Written by scripts/build-wasm.mjs from assembly/ (AssemblyScript ${asc.version}, ${options.join(" ")}). Do not edit.

/** The WebAssembly module of the SIMD kernel, ${bytes.length} bytes. */
export const KERNEL_WASM_BASE64 =
  "${Buffer.from(bytes).toString("base64")}";
`;

if (process.env.EXPUNGE_WAT) await writeFile(process.env.EXPUNGE_WAT, outputs.get("kernel.wat"));
if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error("src/engine/kernel-wasm.generated.ts differs from a fresh build: run npm run build:wasm.");
    process.exit(1);
  }
  console.log(`kernel-wasm.generated.ts equals a fresh build (${bytes.length} bytes).`);
} else {
  await writeFile(target, text);
  console.log(`Wrote src/engine/kernel-wasm.generated.ts (${bytes.length} bytes of WebAssembly).`);
}
