/**
 * Compiles assembly/ to WebAssembly, once for each build, and writes them, as base64, to packages/expunge/src/engine/kernel-wasm.generated.ts.
 *
 *   node scripts/build-wasm.mjs           build and write
 *   node scripts/build-wasm.mjs --check   exit 1 unless the written file equals a fresh build
 *
 * Works offline. The text format goes to the path in EXPUNGE_WAT, if set, with the build's name behind it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}/packages/expunge/src/engine/kernel-wasm.generated.ts`;

/** What each build may use, the fastest first. */
const BUILDS = { "relaxed-simd": ["simd", "relaxed-simd", "threads"], simd: ["simd", "threads"] };
const OPTIONS = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--sharedMemory"],
  ...["--maximumMemory", "65536"],
];

const builds = [];
for (const [name, features] of Object.entries(BUILDS)) builds.push(await build(name, features));
const text = `// Written by scripts/build-wasm.mjs from assembly/ (AssemblyScript ${asc.version}, ${OPTIONS.join(" ")}). Do not edit.

/** The builds of the kernel's one source, the fastest first. */
export const KERNEL_BUILDS = [
${builds.map(entry).join("\n")}
] as const;
`;

const sizes = builds.map(({ name, bytes }) => `${name} ${bytes.length} bytes`).join(", ");
if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error(
      "packages/expunge/src/engine/kernel-wasm.generated.ts differs from a fresh build: run npm run build:wasm.",
    );
    process.exit(1);
  }
  console.log(`kernel-wasm.generated.ts equals a fresh build (${sizes}).`);
} else {
  await writeFile(target, text);
  console.log(`Wrote packages/expunge/src/engine/kernel-wasm.generated.ts (${sizes}).`);
}

async function build(name, features) {
  const outputs = new Map();
  const enabled = features.flatMap((feature) => ["--enable", feature]);
  const files = [
    "packages/expunge/assembly/index.ts",
    "--outFile",
    "kernel.wasm",
    "--textFile",
    "kernel.wat",
  ];
  const { error, stderr } = await asc.main([...files, ...OPTIONS, ...enabled], {
    readFile: (path, base) => readFile(`${base === "." ? root : base}/${path}`, "utf8").catch(() => null),
    writeFile: (path, contents) => void outputs.set(path, contents),
    listFiles: () => [],
  });
  if (error) {
    console.error(stderr.toString());
    console.error(error.message);
    process.exit(1);
  }
  if (process.env.EXPUNGE_WAT)
    await writeFile(`${process.env.EXPUNGE_WAT}.${name}`, outputs.get("kernel.wat"));
  return { name, bytes: outputs.get("kernel.wasm") };
}

function entry({ name, bytes }) {
  return `  {
    name: "${name}",
    /** Where its import section says that the memory is shared (3); 1 there makes a module for a memory that is not. */
    memoryFlagsAt: ${memoryFlagsOf(bytes)},
    base64:
      "${Buffer.from(bytes).toString("base64")}",
  },`;
}

/** The place of the byte behind "env" "memory", kind 2, in the import section. */
function memoryFlagsOf(wasm) {
  const name = Buffer.from("\x03env\x06memory\x02", "latin1");
  const at = Buffer.from(wasm).indexOf(name) + name.length;
  if (at < name.length || wasm[at] !== 3) throw new Error("The memory import is not where it is looked for.");
  return at;
}
