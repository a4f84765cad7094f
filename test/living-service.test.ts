import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const adult = join(resolve(process.env.EXPUNGE_DATA ?? join(root, "../shared/data")), "adult");
const lacks = [
  ...(existsSync(join(root, "packages/expunge/dist/index.js")) ? [] : ["a build (npm run build)"]),
  ...(existsSync(adult) ? [] : [`${adult} (EXPUNGE_DATA)`]),
];
if (lacks.length > 0) console.warn(`SKIPPED: examples/living-service.mjs needs ${lacks.join(" and ")}.`);

it.skipIf(lacks.length > 0)("examples/living-service.mjs lives a month", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "examples/living-service.mjs"), adult],
    { env: { ...process.env, MONTHS: "1" } },
  );
  expect(stdout).toMatch(/^month .*\n1 {2}\d+ {2}2035 .* 0\.[78]\d+ {2}\d+\n2 of 2 certificates verify/);
});
