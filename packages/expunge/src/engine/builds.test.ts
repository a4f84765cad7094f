import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../testing/build-weights.js";
import { BUILDS_HERE, engineOf } from "../../testing/builds.js";
import { kernelBuild } from "./index.js";

const PROGRAM = fileURLToPath(new URL("../../testing/build-weights-program.ts", import.meta.url));

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!));

describe("the builds of the kernels", () => {
  it("are two, of which the fastest that runs here is taken", async () => {
    expect(kernelBuild()).toBe(BUILDS_HERE[0]);
    for (const name of BUILDS_HERE) expect((await engineOf(name)).kernelBuild()).toBe(name);
  });

  const hasBoth = BUILDS_HERE.length === 2;
  const why = hasBoth ? "" : " (SKIPPED: no relaxed SIMD before Node 22)";
  const isX64 = process.arch === "x64";
  const whyNot = isX64 ? why : " (SKIPPED: only x64 can be told not to fuse)";

  it.skipIf(!hasBoth)(`differ in their last bits at most${why}`, async () => {
    const relaxed = await weightsOf(await engineOf("relaxed-simd"));
    const simd = await weightsOf(await engineOf("simd"));
    // float64 and float32 take turns.
    for (const [i, weights] of relaxed.entries())
      expect(distance(weights, simd[i]!)).toBeLessThan(i % 2 === 0 ? 1e-14 : 1e-5);
  });

  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "expunge-builds-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.skipIf(!hasBoth || !isX64)(`give the same bits where nothing is fused${whyNot}`, async () => {
    const file = join(directory, "weights.mjs");
    await build({ input: PROGRAM, output: { file, format: "esm" }, platform: "node", logLevel: "silent" });
    const output = execFileSync(process.execPath, ["--no-enable-fma3", file], { encoding: "utf8" });
    const simd = await weightsOf(await engineOf("simd"));
    expect(JSON.parse(output)).toEqual(["relaxed-simd", simd]);
  });
});
