import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const dist = join(import.meta.dirname, "../packages/expunge/dist/index.js");
if (!existsSync(dist)) console.warn("SKIPPED: the memory tests need a build (npm run build).");

/** MiB of resident memory after the first tenth of the work, and the most after that. */
async function memoryOf(rounds: number, round: string): Promise<{ early: number; most: number }> {
  const script = `
    import { createDataset, fit, runTrials } from ${JSON.stringify(dist)};
    const features = Array.from({ length: 400 }, (_, i) => Array.from({ length: 20 }, (_, j) => Math.sin(i * 20 + j * 1.7)));
    const labels = features.map(([x]) => (x > 0 ? 1 : -1));
    const dataset = createDataset({ features, labels, task: "binary", scaling: "l2" });
    const options = { epsilon: 1, delta: 1e-5, epochs: 1, batchSize: 20, sigma: 0.05 };
    let early = 0;
    let most = 0;
    for (let i = 1; i <= ${rounds}; i++) {
      ${round}
      if (i % ${rounds / 10} !== 0) continue;
      const mib = process.memoryUsage.rss() / 2 ** 20;
      if (early === 0) early = mib;
      most = Math.max(most, mib);
    }
    console.log(JSON.stringify({ early, most }));`;
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return JSON.parse((await run).stdout) as { early: number; most: number };
}

describe.skipIf(!existsSync(dist))("memory, in a process of its own", () => {
  it("stays flat over 10,000 fits, none disposed of", async () => {
    const { early, most } = await memoryOf(10_000, "await fit(dataset, options);");
    expect(most).toBeLessThan(early + 40);
  });

  it("stays flat over 100 runs of trials on two threads", async () => {
    const { early, most } = await memoryOf(
      100,
      "await runTrials(dataset, { ...options, trials: 4, workers: 2, forget: [{ rows: [1] }] });",
    );
    expect(most).toBeLessThan(early + 60);
  });
});
