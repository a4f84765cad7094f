import { describe, expect, it } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { epsilonFromMu, muFromEpsilonDelta } from "../accounting/index.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import type { FitOptions } from "../unlearner/options.js";
import { type TrialOptions, Trials } from "../unlearner/trials.js";
import { type AuditReport, auditText, auditTrials, hardestRows, runAudit } from "./index.js";

/** Every row pushes one way, clipped: the certified mu is attained. Rows of person-i are i and i + 20. */
function worstCase(): Dataset {
  const rowCount = 40;
  return {
    ...syntheticDataset({ rowCount, featureCount: 1 }),
    features: new Float32Array(rowCount).fill(1),
    labels: new Float32Array(rowCount).fill(1),
    subjects: Array.from({ length: rowCount }, (_, row) => `person-${row % 20}`),
  };
}

const common: FitOptions = {
  epsilon: 3,
  delta: 1e-3,
  clip: 0.05,
  batchSize: 5,
  l2: 0.05,
  epochs: 3,
  seed: 11,
};
const tight: FitOptions = { ...common, sigma: 0.001 };
/** The one weight comes near M / l2 = 1: a ball of that size would make many released models equal. */
const onRelease: FitOptions = { ...common, maxNoise: 0.008, radius: 2 };
const short = { trials: 4000, workers: 0 };

describe.each([
  ["at every step", tight],
  ["on release", onRelease],
] as const)("an audit of worst-case data, noise %s", (_, tight) => {
  it.each([
    ["one row", { rows: [0] }],
    ["a person's two rows", { subjects: ["person-3"] }],
    ["a batch of five", { rows: [1, 2, 3, 4, 5] }],
    ["a sequence", [{ rows: [0] }, { subjects: ["person-3"] }, { rows: [3, 7, 9] }]],
  ])("%s: consistent, and near what is certified", async (_, forget) => {
    const report = await runAudit(worstCase(), { ...tight, maxSteps: 500, ...short, forget });
    expect(report.verdict).toBe("consistent");
    expect(report.control).toMatchObject({ verdict: "consistent", mu: { bound: 0 }, epsilon: 0 });
    const { claim, result } = report.erasure;
    expect(claim.epsilon).toBeLessThanOrEqual(3);
    expect(result.mu.bound).toBeGreaterThan(0.75 * claim.mu);
    expect(result.mu.bound).toBeLessThanOrEqual(claim.mu);
    expect(result.mu.bound).toBeGreaterThan(0.85 * result.reach.ifTight!.mu);
  });

  it("of replaced rows is consistent", async () => {
    // Replacement records come from the system, whatever the seed: only a confidence this high makes the test repeatable.
    const chance = { confidence: 1 - 1e-6, deletion: "replace" as const, epsilon: 5 };
    const report = await runAudit(worstCase(), { ...tight, ...chance, ...short, forget: { rows: [0] } });
    expect(report.verdict).toBe("consistent");
    expect(report.limits.join(" ")).toMatch(/same replacement/i);
  });

  it("catches a process that runs on half the noise of its plan", async () => {
    const honest = new Trials(worstCase(), tight);
    const less = tight.sigma === undefined ? { maxNoise: 0.004 } : { sigma: 0.0005 };
    const twice = epsilonFromMu(2 * muFromEpsilonDelta(3, 1e-3), 1e-3);
    const leaky = new Trials(worstCase(), { ...tight, ...less, epsilon: twice });
    Object.assign(honest, {
      run: async (options: TrialOptions) =>
        (await leaky.run(options)).map((stage) => ({
          ...stage,
          proof: stage.proof && { ...stage.proof, mu: stage.proof.mu / 2, epsilon: 3 },
        })),
    });
    const report = await auditTrials(honest, { ...short, forget: { rows: [0] } });
    expect(report.verdict).toBe("violated");
    expect(report.erasure.result.violations).toContain("mu");
    expect(report.lines[0]).toMatch(/contradict the erasure claim: more was told apart.*repeat the audit/);
    expect(auditText(report)).toMatch(/more than certified/);
  });

  it("is void where two retrained samples differ", async () => {
    const trials = new Trials(worstCase(), tight);
    const run = trials.run.bind(trials);
    let calls = 0;
    Object.assign(trials, {
      run: ({ without, ...options }: TrialOptions) =>
        run({ ...options, ...(without && ++calls !== 2 ? { without } : {}) }),
    });
    const report = await auditTrials(trials, { trials: 250, workers: 0, forget: { rows: [0, 1, 2, 3, 4] } });
    expect(report.verdict).toBe("void");
    expect(report.lines[0]).toMatch(/the audit itself/);
  });
});

describe("every objective on ordinary data", () => {
  const kinds = [
    ["logistic", "binary", "tombstone"],
    ["smoothedHinge", "binary", "replace"],
    ["softmax", "multiclass", "tombstone"],
    ["softmax", "multiclass", "replace"],
    ["huberRegression", "regression", "tombstone"],
  ] as const;

  it.each(kinds)("%s (%s, %s) is consistent, everything released too", async (objective, task, deletion) => {
    const dataset = syntheticDataset({ rowCount: 120, featureCount: 4, task });
    const report = await runAudit(dataset, {
      objective,
      deletion,
      epsilon: 2,
      delta: 1e-3,
      epochs: 3,
      batchSize: 20,
      unlearnSteps: 6,
      l2: 0.1,
      seed: 5,
      trials: 1000,
      workers: 0,
      disclosure: true,
      forget: [{ rows: [60] }, { subjects: ["person-0@example.com"] }],
    });
    expect(report.verdict).toBe("consistent");
    expect(report.control.mu.bound).toBe(0);
    // The same where the requests took no step, and so released nothing new.
    expect(report.disclosure?.claim.mu).toBeGreaterThanOrEqual(report.erasure.claim.mu);
    expect(report.disclosure?.result.runs.dimension).toBe(
      report.erasure.result.runs.dimension * (report.disclosure?.releases.length as number),
    );
  });
});

describe("a report", () => {
  const options = {
    ...tight,
    trials: 300,
    workers: 0,
    disclosure: true,
    forget: [{ rows: [0] }, { rows: [4] }],
  };

  it("is repeatable plain data that says what was done", async () => {
    const report = await runAudit(worstCase(), options);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(await runAudit(worstCase(), { ...options, workers: 2 })).toEqual(report);
    const [first, second] = report.requests;
    expect(first).toMatchObject({ rows: [0], stepsBefore: 24, stepsAfter: second?.stepsBefore });
    expect(second).toMatchObject({ rows: [4], stepsAfter: report.steps });
    expect(report.disclosure?.releases).toEqual([24, first?.stepsAfter, report.steps]);
    expect(report.isSeeded).toBe(true);
  });

  it("makes the claims of the library's own certificates", async () => {
    const report = await runAudit(worstCase(), options);
    const [, , last] = await new Trials(worstCase(), tight).run({ ...options, trials: 1 });
    expect(report.erasure.claim).toEqual(last?.proof);
    expect(report.steps).toBe(last?.steps);
  });

  it("reads as one page of plain words", async () => {
    const text = auditText(await runAudit(worstCase(), options), 80);
    const lines = text.split("\n");
    expect(lines.length).toBeLessThan(50);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^Privacy audit: consistent/);
    expect(text).toMatch(/not\s+one\s+given\s+model/);
    expect(text).toMatch(/for\s+every\s+set\s+of\s+so\s+many\s+records\s+fixed\s+beforehand/);
  });

  it("says so where it could not have failed", async () => {
    const report = await runAudit(worstCase(), {
      ...tight,
      sigma: 1e-5,
      epsilon: 20,
      trials: 100,
      workers: 0,
      forget: { rows: [0] },
    });
    expect(report.erasure.claim.mu).toBeGreaterThan(report.erasure.result.reach.mu);
    expect(report.lines.join(" ")).toMatch(/could not have failed/);
    expect(report.limits.join(" ")).toMatch(/not put to the test/);
  });

  it("counts its parts, stops when told, and refuses what cannot be audited", async () => {
    const parts: number[] = [];
    const onProgress = ({ partsDone, partsTotal }: { partsDone: number; partsTotal: number }) =>
      parts.push(partsDone / partsTotal);
    await runAudit(worstCase(), { ...options, onProgress });
    expect(parts).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((part) => part / 8));
    const signal = AbortSignal.abort();
    await expect(runAudit(worstCase(), { ...options, signal })).rejects.toMatchObject({ code: "E_ABORTED" });
    await expect(runAudit(worstCase(), { ...options, trials: 49 })).rejects.toThrow(/trials = 49/);
    const sure = { ...options, confidence: 1 };
    await expect(runAudit(worstCase(), sure)).rejects.toThrow(/confidence = 1 in/);
    await expect(runAudit(worstCase(), { ...options, forget: [] })).rejects.toThrow(/at least one request/);
    const twice = { ...options, forget: [{ rows: [1] }, { rows: [1] }] };
    await expect(runAudit(worstCase(), twice)).rejects.toThrow(/forget\[1\]/);
    const stranger = { ...options, forget: { rows: [1000] } };
    await expect(runAudit(worstCase(), stranger)).rejects.toMatchObject({ code: "E_UNKNOWN_SUBJECT" });
  });
});

describe("the rows picked where none are named", () => {
  it("are those that pull hardest, whatever the noise", async () => {
    const uniform = uniforms(3);
    const dataset = syntheticDataset({ rowCount: 60, featureCount: 3 });
    const features = dataset.features.map((value, i) => (Math.floor(i / 3) === 17 ? value : 0.1 * value));
    const [a, b] = [uniform(), uniform()].map(
      (seed) =>
        new Trials({ ...dataset, features }, { epsilon: 1, delta: 1e-3, batchSize: 10, seed: `${seed}` }),
    );
    expect(await hardestRows(a as Trials, 1)).toEqual([17]);
    expect(await hardestRows(b as Trials, 1)).toEqual([17]);
    const three = await hardestRows(a as Trials, 3);
    expect(three).toEqual([...three].sort((x, y) => x - y));
    const report: AuditReport = await auditTrials(a as Trials, {
      forget: { rows: three },
      trials: 200,
      workers: 0,
    });
    expect(report.requests[0]?.rows).toEqual(three);
    await expect(hardestRows(a as Trials, 61)).rejects.toThrow(/at most 60/);
  });
});

describe("an audit on sparse rows", () => {
  /** The worst case, every row one number among 60 columns. */
  const sparseWorstCase = (): Dataset => {
    const { subjects, labels, rowCount } = worstCase();
    const whole = createDataset({
      ...({ featureCount: 60, task: "binary", scaling: "clip" } as const),
      features: {
        starts: Array.from({ length: rowCount + 1 }, (_, i) => i),
        columns: new Array(rowCount).fill(47),
        values: new Array(rowCount).fill(1),
      },
      // Labels of one class would be refused.
      labels: Array.from({ length: rowCount }, (_, row) => (row % 2 ? 1 : -1)),
      ...(subjects ? { subjects } : {}),
    });
    return { ...whole, labels };
  };

  it.each([
    ["at every step", tight],
    ["on release", onRelease],
  ] as const)("is consistent, and near what is certified: noise %s", async (_, options) => {
    const process = new Trials(sparseWorstCase(), { ...options, maxSteps: 500 });
    expect(process.plan.sparse).toEqual({ capacity: 2 });
    expect(await hardestRows(process, 2)).toEqual([0, 1]);
    // At 95%, five honest audits in 100 would look violated.
    const report = await auditTrials(process, { ...short, confidence: 0.999, forget: { rows: [0] } });
    expect(report.verdict).toBe("consistent");
    const { claim, result } = report.erasure;
    expect(result.mu.bound).toBeGreaterThan(0.75 * claim.mu);
    expect(result.mu.bound).toBeLessThanOrEqual(claim.mu);
  });
});
