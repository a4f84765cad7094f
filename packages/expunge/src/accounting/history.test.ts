import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastMuSquareByQuadraticProgramme } from "../../../../test/quadratic-programme.js";
import type { BatchSlots } from "./cell-visits.js";
import { erasureMu, gridShift, releaseWithNoise, stepsWithNoise } from "./erasure.js";
import { EMPTY_HISTORY, type History, MAX_CELLS, withDeleted, withRelease } from "./history.js";
import { HistoryBound } from "./history-bound.js";
import { type ProcessConstants, type ProcessOptions, processConstants } from "./process.js";
import { scheduleMuSquare } from "./schedule.js";

interface Figures {
  readonly schedule: readonly {
    contractions: number[];
    noiseStds: number[];
    shifts: number[];
    mu2: number;
  }[];
  readonly bounded: readonly {
    contraction: number;
    batchCount: number;
    steps: number;
    sensitivity: number;
    wholeBatchShift: number;
    deleted: readonly { batch: number; through: number }[];
    energy: number;
    bounded: readonly { X: number; energy: number }[];
  }[];
  readonly noiseOnRelease: readonly {
    rowCount: number;
    batchSize: number;
    l2: number;
    epochs: number;
    stepsPerRequest: number;
    mu: number;
    requests: readonly { batch: number; arrivesAfter: number; releaseAt: number; nu: number }[];
  }[];
}

const figures = JSON.parse(
  readFileSync(new URL("../../../../test/figures/schedules.json", import.meta.url), "utf8"),
) as Figures;

const logistic = (over: Partial<ProcessOptions>): ProcessConstants =>
  processConstants({ rowCount: 40, batchSize: 4, l2: 0.05, smoothness: 0.25, lipschitz: 1, ...over });

/** The same life of a process, step by step. */
interface Life {
  readonly shifts: number[];
  readonly noiseStds: number[];
}

const schedules = fc.integer({ min: 1, max: 12 }).chain((steps) =>
  fc.record({
    contractions: fc.array(fc.double({ min: 0.3, max: 1, noNaN: true }), {
      minLength: steps,
      maxLength: steps,
    }),
    noiseStds: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.05, max: 2, noNaN: true })), {
      minLength: steps,
      maxLength: steps,
    }),
    shifts: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1, noNaN: true })), {
      minLength: steps,
      maxLength: steps,
    }),
  }),
);

describe("any schedule of noise", () => {
  it("agrees with the independent figures", () => {
    for (const { mu2, ...schedule } of figures.schedule) {
      expect(scheduleMuSquare(schedule) / mu2).toBeCloseTo(1, 9);
    }
  });

  it("agrees with a quadratic programme by brute force", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const exact = leastMuSquareByQuadraticProgramme(schedule);
        const found = scheduleMuSquare(schedule);
        if (!Number.isFinite(exact)) expect(found).toBe(Number.POSITIVE_INFINITY);
        else expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-8 * exact);
      }),
      { numRuns: 400 },
    );
  });

  it("is the Gaussian mechanism for one shift under one noise", () => {
    expect(scheduleMuSquare({ contractions: [1], noiseStds: [0.5], shifts: [2] })).toBeCloseTo(16, 9);
  });

  it("is Infinity where no noise comes after a shift, and 0 where nothing is shifted", () => {
    const contractions = [0.9, 0.9];
    expect(scheduleMuSquare({ contractions, noiseStds: [1, 0], shifts: [0, 1] })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(scheduleMuSquare({ contractions, noiseStds: [0, 0], shifts: [0, 0] })).toBe(0);
  });
});

const requestsOf = (batchCount: number) =>
  fc.array(
    fc.record({
      batch: fc.integer({ min: 0, max: batchCount - 1 }),
      count: fc.integer({ min: 1, max: 4 }),
      further: fc.integer({ min: 1, max: 25 }),
      std: fc.double({ min: 0.01, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  );

type Requests = readonly { batch: number; count: number; further: number; std: number }[];

function shiftsOf(process: ProcessConstants, trained: number, requests: Requests): number[] {
  const total = requests.reduce((sum, { further }) => sum + further, trained);
  const shifts = new Array<number>(total).fill(0);
  let through = trained;
  for (const { batch, count, further } of requests) {
    for (let step = batch + 1; step <= through; step += process.batchCount)
      shifts[step - 1]! += count * process.sensitivity;
    through += further;
  }
  return shifts;
}

describe("a history", () => {
  const process = logistic({});

  it("with noise on release says what the whole schedule says", () => {
    fc.assert(
      fc.property(requestsOf(process.batchCount), (requests) => {
        const trained = 37;
        const shifts = shiftsOf(process, trained, requests);
        const life: Life = { shifts, noiseStds: shifts.map(() => 0) };
        let history: History = EMPTY_HISTORY;
        let steps = trained;
        for (const { batch, count, further, std } of requests) {
          history = withDeleted(process, "on-release", history, [{ batch, count }], steps);
          steps += further;
          history = withRelease(history, { steps, shift: 0, std });
          life.noiseStds[steps - 1] = std;
        }
        const contractions = shifts.map(() => process.contraction);
        const exact = scheduleMuSquare({ contractions, ...life });
        const found = erasureMu(process, { kind: "on-release" }, history, steps) ** 2;
        expect(found / exact).toBeCloseTo(1, 8);
      }),
    );
  });

  it("with noise at every step says what the whole schedule says", () => {
    fc.assert(
      fc.property(requestsOf(process.batchCount), (requests) => {
        const trained = 37;
        const shifts = shiftsOf(process, trained, requests);
        let history: History = EMPTY_HISTORY;
        let steps = trained;
        for (const { batch, count, further } of requests) {
          history = withDeleted(process, "every-step", history, [{ batch, count }], steps);
          steps += further;
        }
        const std = 0.2;
        const contractions = shifts.map(() => process.contraction);
        const exact = scheduleMuSquare({ contractions, shifts, noiseStds: shifts.map(() => std) });
        const found = erasureMu(process, { kind: "every-step", std }, history, steps) ** 2;
        expect(found / exact).toBeCloseTo(1, 8);
      }),
    );
  });

  it("holds a visit so long ago that its shift is too small for a double: a machine's weights may still show it", () => {
    const strong = logistic({ rowCount: 1300, batchSize: 1, l2: 0.24 });
    const steps = strong.batchCount;
    expect(steps * Math.log(strong.contraction)).toBeLessThan(-745);
    for (const kind of ["on-release", "every-step"] as const) {
      const history = withDeleted(strong, kind, EMPTY_HISTORY, [{ batch: 0, count: 1 }], steps);
      expect(history.cells.every(({ shift }) => shift > 0)).toBe(true);
      expect(history.cells).toHaveLength(1);
    }
    const history = withDeleted(strong, "on-release", EMPTY_HISTORY, [{ batch: 0, count: 1 }], steps);
    expect(erasureMu(strong, { kind: "on-release" }, history, steps)).toBe(Number.POSITIVE_INFINITY);
    const effort = { maxNoise: 0.01 };
    const release = releaseWithNoise(strong, history, steps, { mu: 0.2, maxSteps: 1000, effort });
    expect(release?.std).toBeGreaterThan(0);
    expect(release?.mu).toBeGreaterThan(0);
  });

  it("agrees with the independent figures for a late start", () => {
    for (const {
      contraction,
      batchCount,
      steps,
      sensitivity,
      wholeBatchShift,
      deleted,
      energy,
      bounded,
    } of figures.bounded) {
      const given = { contraction, batchCount, sensitivity, radius: Number.POSITIVE_INFINITY };
      const whole = deleted.reduce(
        (history, { batch, through }) =>
          withDeletedThrough(given, history, { batch, count: 1 }, through, steps),
        EMPTY_HISTORY,
      );
      expect(new HistoryBound(given, "every-step", whole).energyAfter(steps) / energy).toBeCloseTo(1, 8);
      for (const { X, energy: late } of bounded) {
        const radius = (wholeBatchShift * (1 - contraction ** X)) / (1 - contraction) / 2;
        const cells = whole.cells.filter(({ step }) => step > X);
        const found = new HistoryBound({ contraction, radius }, "every-step", {
          start: X,
          cells,
        }).energyAfter(steps);
        expect(found / late).toBeLessThanOrEqual(1 + 1e-8);
        // A ball of that radius may be of more use than the figure makes of it.
        if (cells.length === 0) expect(found / late).toBeCloseTo(1, 8);
      }
    }
  });

  it("chooses the noise of releases as the independent figures do", () => {
    for (const { rowCount, batchSize, l2, epochs, mu, requests } of figures.noiseOnRelease) {
      const given = processConstants({ rowCount, batchSize, l2, smoothness: 0.25, lipschitz: 1 });
      expect(given.batchCount * epochs).toBe(requests[0]?.arrivesAfter);
      let history: History = EMPTY_HISTORY;
      for (const { batch, arrivesAfter, releaseAt, nu } of requests) {
        history = withDeleted(given, "on-release", history, [{ batch, count: 1 }], arrivesAfter);
        const effort = { steps: releaseAt - arrivesAfter };
        const answer = releaseWithNoise(given, history, arrivesAfter, { mu, maxSteps: 1e6, effort });
        if (answer === null) throw new Error("unreachable");
        expect(answer.std / nu).toBeCloseTo(1, 8);
        expect(answer.mu).toBeLessThanOrEqual(mu);
        history = withRelease(history, { steps: releaseAt, shift: 0, std: answer.std });
      }
    }
  });

  it("stays bounded, and errs on the safe side, over thousands of requests", () => {
    for (const [kind, l2] of [
      ["on-release", 0.002],
      ["every-step", 0.002],
      ["on-release", 0],
      ["every-step", 0],
    ] as const) {
      const given = logistic({ rowCount: 8000, batchSize: 80, l2, radius: l2 > 0 ? 1.001 / l2 : 1e6 });
      const requests = Array.from({ length: 1500 }, (_, i) => ({
        batch: (i * 37) % given.batchCount,
        count: 1,
        further: 1 + (i % 3),
        std: 0.05,
      }));
      const shifts = shiftsOf(given, 1000, requests);
      const noiseStds: number[] = shifts.map(() => (kind === "every-step" ? 0.05 : 0));
      let history: History = EMPTY_HISTORY;
      let steps = 1000;
      for (const { batch, count, further, std } of requests) {
        history = withDeleted(given, kind, history, [{ batch, count }], steps);
        steps += further;
        noiseStds[steps - 1] = std;
        if (kind === "on-release") history = withRelease(history, { steps, shift: 0, std });
        expect(history.cells.length).toBeLessThanOrEqual(MAX_CELLS);
      }
      const contractions = shifts.map(() => given.contraction);
      const exact = scheduleMuSquare({ contractions, shifts, noiseStds });
      const noise = kind === "every-step" ? ({ kind, std: 0.05 } as const) : ({ kind } as const);
      const found = erasureMu(given, noise, history, steps) ** 2;
      expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(found / exact).toBeLessThan(1.5);
    }
  });

  it("stays finite and bounded without a ball, where nothing is ever forgotten", () => {
    const given = logistic({ rowCount: 30000, batchSize: 400, l2: 0.01 });
    let history: History = EMPTY_HISTORY;
    let steps = 1000;
    for (let request = 0; request < 700; request++) {
      history = withDeleted(given, "on-release", history, [{ batch: request % 75, count: 1 }], steps);
      steps += 400;
      history = withRelease(history, { steps, shift: 0, std: 0.1 });
    }
    expect(history.cells.length).toBeLessThanOrEqual(MAX_CELLS);
    expect(history.cells.every(({ shift, std }) => Number.isFinite(shift) && Number.isFinite(std ** 2))).toBe(
      true,
    );
    expect(erasureMu(given, { kind: "on-release" }, history, steps)).toBeLessThan(1);
  });

  it("covers whatever was deleted before its start", () => {
    const given = logistic({ l2: 0.5, radius: 2 });
    let history: History = EMPTY_HISTORY;
    let steps = 400;
    const deleted: BatchSlots[] = [{ batch: 3, count: 4 }];
    history = withDeleted(given, "every-step", history, deleted, 100);
    history = withDeleted(given, "every-step", history, [{ batch: 5, count: 1 }], steps);
    expect(history.start).toBeGreaterThan(0);
    steps += 5;
    const shifts = new Array<number>(steps).fill(0);
    for (let v = 4; v <= 100; v += 10) shifts[v - 1]! += 4 * given.sensitivity;
    for (let v = 6; v <= 400; v += 10) shifts[v - 1]! += given.sensitivity;
    const exact = scheduleMuSquare({
      shifts,
      contractions: shifts.map(() => given.contraction),
      noiseStds: shifts.map(() => 1),
    });
    const found = new HistoryBound(given, "every-step", history).energyAfter(steps);
    expect(found / exact).toBeGreaterThanOrEqual(1 - 1e-9);
    expect(found / exact).toBeLessThan(1 + 1e-6);
  });
});

describe("a release", () => {
  const mu = 0.2683;

  it("with noise on it takes the least steps that keep to the limit, and then the least noise", () => {
    const process = logistic({ rowCount: 1000, batchSize: 32, l2: 0.01, radius: 200 });
    const history = withDeleted(process, "on-release", EMPTY_HISTORY, [{ batch: 3, count: 1 }], 3200);
    const answer = releaseWithNoise(process, history, 3200, {
      mu,
      maxSteps: 3200,
      effort: { maxNoise: 0.1 },
    });
    if (answer === null) throw new Error("unreachable");
    expect(answer.std).toBeLessThanOrEqual(0.1);
    expect(answer.mu).toBeLessThanOrEqual(mu);
    const before = releaseWithNoise(process, history, 3200, {
      mu,
      maxSteps: 3200,
      effort: { steps: answer.steps - 1 },
    });
    expect(before?.std).toBeGreaterThan(0.1);
    const less = withRelease(history, {
      steps: 3200 + answer.steps,
      shift: gridShift(process, answer.std),
      std: answer.std * 0.999,
    });
    expect(erasureMu(process, { kind: "on-release" }, less, 3200 + answer.steps)).toBeGreaterThan(mu);
  });

  it("is none where nothing that is left to cover", () => {
    const process = logistic({});
    const once = withDeleted(process, "on-release", EMPTY_HISTORY, [{ batch: 3, count: 1 }], 100);
    const served = withRelease(once, { steps: 120, shift: 0, std: 10 });
    expect(
      releaseWithNoise(process, served, 120, { mu, maxSteps: 100, effort: { maxNoise: 0.1 } })?.steps,
    ).toBe(0);
  });

  it("is refused where the steps allowed do not suffice", () => {
    const process = logistic({ l2: 0 });
    const history = withDeleted(process, "on-release", EMPTY_HISTORY, [{ batch: 3, count: 1 }], 100);
    expect(
      releaseWithNoise(process, history, 100, { mu, maxSteps: 100, effort: { maxNoise: 0.1 } }),
    ).toBeNull();
  });

  it("with noise at every step takes the smallest number of steps that meets", () => {
    const process = logistic({ radius: 30 });
    const history = withDeleted(process, "every-step", EMPTY_HISTORY, [{ batch: 9, count: 1 }], 100);
    const std = 0.5;
    const answer = stepsWithNoise(process, std, history, 100, { mu, maxSteps: 1000 });
    if (answer === null) throw new Error("unreachable");
    expect(answer.mu).toBeLessThanOrEqual(mu);
    expect(answer.steps).toBeGreaterThan(0);
    const noise = { kind: "every-step", std } as const;
    expect(erasureMu(process, noise, history, 100 + answer.steps - 1)).toBeGreaterThan(mu);
  });
});

/** A request that came before others: its slots took part up to `through` alone. */
function withDeletedThrough(
  process: Parameters<typeof withDeleted>[0],
  history: History,
  slots: BatchSlots,
  through: number,
  steps: number,
): History {
  const own = withDeleted(process, "every-step", EMPTY_HISTORY, [slots], through);
  const shifts = new Map(history.cells.map(({ step, shift }) => [step, shift]));
  for (const { step, shift } of own.cells) shifts.set(step, (shifts.get(step) ?? 0) + shift);
  const cells = [...shifts].sort(([a], [b]) => a - b).map(([step, shift]) => ({ step, shift, std: 0 }));
  expect(cells.every(({ step }) => step <= steps)).toBe(true);
  return { start: 0, cells };
}
