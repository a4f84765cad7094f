import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSmallData } from "../../testing/small-data.js";
import type { Outcome, TimedOutcome } from "./outcome.js";
import { EXPERIMENTS, type ExperimentOptions, runExperiments } from "./run-experiments.js";

let folder: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-experiments-"));
  data = join(folder, "data");
  await writeSmallData(data);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function options(out: string, more: Partial<ExperimentOptions> = {}): ExperimentOptions {
  const path = join(folder, out);
  return { data, names: ["all"], trials: 1, out: path, everyEpoch: false, note: () => {}, ...more };
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("all experiments on small data", () => {
  it("give figures, numbers and a report, and their tables for the docs", async () => {
    const docs = join(folder, "docs", "reproduction.md");
    const sets = ["mnist"] as const;
    const outcomes = await runExperiments(options("all", { sets, docs }));
    const meant = EXPERIMENTS.filter((experiment) => experiment.sets.includes("mnist"));
    expect(outcomes.length).toBe(meant.length);
    const files = await filesBelow(join(folder, "all"));
    const of = (end: string): string[] => files.filter((file) => file.endsWith(end));
    for (const file of of(".svg")) {
      const svg = await readFile(file, "utf8");
      // Throws unless it is well-formed.
      expect(new Resvg(svg).render().width).toBeGreaterThan(500);
      expect(svg, file).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(of(".png").length).toBe(of(".svg").length);
    for (const file of of(".png")) {
      expect([...(await readFile(file)).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    }
    for (const file of of(".csv")) expect(hasEvenLines(await readFile(file, "utf8")), file).toBe(true);
    const report = await readFile(join(folder, "all", "report.html"), "utf8");
    const markdown = await readFile(docs, "utf8");
    for (const { outcome } of outcomes) {
      expect(report).toContain(`id="${outcome.experiment}-${outcome.set}"`);
      expect(markdown).toContain(`## ${outcome.title}`);
    }
    expect(markdown).toContain("npm run experiment -- fig3a --data ../shared/data --set mnist --trials 1");
    expect(`${report}${markdown}`).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("go on after an interruption, and end up the same", async () => {
    const [names, sets, trials] = [["fig3a"], ["cifar10"] as const, 1];
    await runExperiments(options("whole", { names, sets, trials }));
    const controller = new AbortController();
    const interrupted = runExperiments(
      options("resumed", {
        names,
        sets,
        trials,
        signal: controller.signal,
        onCell: ({ done }) => done === 7 && controller.abort(),
      }),
    );
    await expect(interrupted).rejects.toMatchObject({ code: "E_ABORTED" });
    const kept = await filesBelow(join(folder, "resumed"));
    expect(kept.length).toBe(7);
    const times = await Promise.all(kept.map(async (file) => (await stat(file)).mtimeMs));
    await runExperiments(options("resumed", { names, sets, trials }));
    // What was finished was not computed again.
    expect(await Promise.all(kept.map(async (file) => (await stat(file)).mtimeMs))).toEqual(times);
    for (const file of ["outcome.json", "accuracy.csv", "accuracy.svg"]) {
      const [whole, resumed] = await Promise.all(
        ["whole", "resumed"].map((out) => readFile(join(folder, out, "fig3a-cifar10", file), "utf8")),
      );
      expect(resumed).toBe(whole);
    }
  });

  it("compute cells again whose settings have changed", async () => {
    const read = async (trials: number): Promise<Outcome> => {
      await runExperiments(options("changed", { names: ["frontier"], sets: ["cifar10"], trials }));
      return JSON.parse(
        await readFile(join(folder, "changed", "frontier-cifar10", "outcome.json"), "utf8"),
      ) as Outcome;
    };
    expect((await read(1)).trials).toBe(1);
    expect((await read(2)).trials).toBe(2);
  });

  it("keep a model for a year, with every certificate, and leave the other parts of a page", async () => {
    const docs = join(folder, "year.md");
    await writeFile(docs, "# Reproduction\n\nof last year\n\n## Another\n\nkept\n");
    const [year] = await runExperiments(options("year", { names: ["living"], sets: ["adult"], docs }));
    const { tables, aims, charts } = (year as TimedOutcome).outcome;
    expect(tables.map(({ rows }) => rows.length)).toEqual([12, 12]);
    expect(charts.map(({ series }) => series.length)).toEqual([4, 4]);
    expect(aims[0]).toMatchObject({ met: true, found: "24 of 24" });
    expect(aims[2]).toMatchObject({ met: true, found: "24 of 24" });
    const page = await readFile(docs, "utf8");
    expect(page).toContain("![Accuracy at the end of each month](images/living-adult-accuracy.svg)");
    expect(await readFile(join(folder, "images/living-adult-accuracy.svg"), "utf8")).toBe(
      await readFile(join(folder, "year/living-adult/accuracy.svg"), "utf8"),
    );
    expect(page).toMatch(/## Another\n\nkept\n\n## A year of a model/);
    expect(page).not.toContain("of last year");
    await runExperiments(options("year", { names: ["living"], sets: ["adult"], docs }));
    expect(await readFile(docs, "utf8")).toBe(page);
  });

  it("say what is missing", async () => {
    const nowhere = options("nowhere", { data: folder });
    await expect(runExperiments(nowhere)).rejects.toMatchObject({ code: "E_DATA" });
    const unpublished = options("nowhere", { published: join(data, "none.json") });
    await expect(runExperiments(unpublished)).rejects.toThrow(/published figures/);
  });
});

/** Whether every line has as many fields as the first. */
function hasEvenLines(csv: string): boolean {
  const counts = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.replaceAll(/"(?:[^"]|"")*"/g, "").split(",").length);
  return counts.length > 1 && counts.every((count) => count === counts[0]);
}
