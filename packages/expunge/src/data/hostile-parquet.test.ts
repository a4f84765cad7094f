import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "rolldown";
import { expect, it } from "vitest";
import { HOSTILE } from "../../testing/hostile-parquet.js";

/** More by: EXPUNGE_MUTATIONS=100000 npx vitest run packages/expunge/src/data/hostile-parquet.test.ts */
const MUTATIONS = Number(process.env.EXPUNGE_MUTATIONS ?? 3000);

it(`refuses Parquet files that were made to harm, and survives ${MUTATIONS} damaged ones, in little memory`, {
  timeout: 120_000 + 20 * MUTATIONS,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "expunge-hostile-"));
  const child = join(folder, "read-hostile.mjs");
  await build({
    input: join(import.meta.dirname, "../../testing/read-hostile.ts"),
    platform: "node",
    logLevel: "silent",
    output: { file: child, codeSplitting: false },
  });
  const run = promisify(execFile)(process.execPath, ["--max-old-space-size=512", child, String(MUTATIONS)], {
    timeout: 60_000 + 20 * MUTATIONS,
    maxBuffer: 2 ** 30,
  });
  const { stdout } = await run.catch(({ signal, code, stderr }) => {
    throw new Error(`ended by ${signal ?? code}: ${String(stderr).slice(-5000)}`);
  });
  await rm(folder, { recursive: true });
  const { outcomes, counts, mostMib } = JSON.parse(stdout);
  expect(outcomes).toEqual(Object.fromEntries(Object.keys(HOSTILE).map((name) => [name, "E_DATA"])));
  expect(Object.keys(counts).every((outcome) => ["read", "many rows", "E_DATA"].includes(outcome))).toBe(
    true,
  );
  expect(counts.E_DATA).toBeGreaterThan(MUTATIONS / 10);
  expect(mostMib).toBeLessThan(250);
});
