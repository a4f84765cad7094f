/**
 * Writes packages/expunge/schema/certificate-v2.json from the verifier's table of fields.
 *
 *   node scripts/build-schema.mjs           write
 *   node scripts/build-schema.mjs --check   exit 1 unless the written file is what would be written
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}packages/expunge/schema/certificate-v2.json`;

const bundle = await rolldown({
  input: `${root}packages/expunge/src/certificate/json-schema.ts`,
  logLevel: "silent",
});
const { output } = await bundle.generate({ format: "esm" });
const { certificateJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(output[0].code).toString("base64")}`
);
const text = `${JSON.stringify(certificateJsonSchema(), null, 2)}\n`;

if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
  console.error(
    "packages/expunge/schema/certificate-v2.json is out of date: run node scripts/build-schema.mjs",
  );
  process.exit(1);
}
