import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastMuSquareByQuadraticProgramme } from "../../../../test/quadratic-programme.js";
import type { BatchSlots } from "./cell-visits.js";
import { disclosureEnergy, NO_RELEASES, withReleaseAt } from "./disclosure.js";
import { erasureMu } from "./erasure.js";
import { EMPTY_HISTORY, type History, MAX_CELLS, withDeleted, withRelease } from "./history.js";
import { checkPhases, grown, type Phase } from "./phases.js";
import { privacyOfLearning } from "./privacy-of-learning.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "./process.js";
import { scheduleMuSquare } from "./schedule.js";
import { timelineEnergy } from "./timeline.js";

/** A record in its slot, and what became of it. */
interface Life {
  readonly slot: number;
  readonly joined: number;
  through: number | null;
  /** What stands in its place where it was never: nothing, another record for good, or the life after it. */
  instead: "itself" | "nothing" | "other" | Life;
  /** Its gradient, a number in [-1, 1]: the loss is linear, so that M = 1 is attained. */
  readonly gradient: number;
}

type Event =
  | { readonly kind: "learn"; readonly rows: number; readonly further: number; readonly std: number }
  | {
      readonly kind: "forget" | "correct";
      readonly whom: number;
      readonly further: number;
      readonly std: number;
    };

const events = fc.array(
  fc.record({
    kind: fc.constantFrom("learn" as const, "forget" as const, "correct" as const),
    rows: fc.integer({ min: 1, max: 5 }),
    whom: fc.nat(),
    further: fc.integer({ min: 1, max: 9 }),
    std: fc.double({ min: 0.05, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 9 },
) as fc.Arbitrary<Event[]>;

const worlds = fc.record({
  kind: fc.constantFrom("on-release" as const, "every-step" as const),
  deletion: fc.constantFrom("tombstone" as const, "replace" as const),
  batchSize: fc.integer({ min: 1, max: 3 }),
  rowCount: fc.integer({ min: 3, max: 8 }),
  trained: fc.integer({ min: 0, max: 11 }),
  l2: fc.constantFrom(0, 0.05, 0.4),
  radius: fc.constantFrom(undefined, 3),
  events,
});

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** What the accountant is told of a life, and the life itself, step by step. */
interface Told {
  readonly process: ProcessConstants;
  readonly history: History;
  readonly steps: number;
  readonly lives: readonly Life[];
  /** Batch of each step, as it was chosen when the step was run. */
  readonly batches: readonly number[];
  readonly noiseStds: readonly number[];
  readonly releases: readonly number[];
}

const EVERY_STEP = 0.3;

/** Lives a random life by the rules: newcomers in free slots, the cycle longer where there are too few, every request and every lesson followed by steps. */
function live({ kind, deletion, batchSize, rowCount, trained, l2, radius, events }: World): Told {
  const given = radius === undefined ? {} : { radius };
  const constants = processConstants({
    rowCount: Math.max(rowCount, batchSize),
    batchSize,
    l2,
    smoothness: 0.25,
    lipschitz: 1,
    deletion,
    ...given,
  });
  let phases: readonly Phase[] | undefined;
  const process = (): ProcessConstants => (phases ? { ...constants, phases } : constants);
  let batchCount = constants.batchCount;
  const lives: Life[] = Array.from({ length: constants.rowCount }, (_, slot) => newLife(slot, 0, slot));
  const batches: number[] = [];
  const noiseStds: number[] = [];
  const releases: number[] = [];
  let history: History = EMPTY_HISTORY;
  const run = (steps: number): void => {
    for (let i = 0; i < steps; i++) {
      batches.push(batches.length % batchCount);
      noiseStds.push(kind === "every-step" ? EVERY_STEP : 0);
    }
    if (steps > 0) releases.push(batches.length);
  };
  run(trained);
  for (const event of events) {
    const steps = batches.length;
    if (event.kind === "learn") {
      const taken = new Set(
        lives
          .filter(({ through, instead }) => through === null || instead === "other")
          .map(({ slot }) => slot),
      );
      const free = (): number[] =>
        Array.from({ length: batchCount * batchSize }, (_, slot) => slot).filter((slot) => !taken.has(slot));
      const missing = event.rows - free().length;
      if (missing > 0) {
        phases = grown(process(), steps, Math.ceil(missing / batchSize));
        batchCount = (phases.at(-1) as Phase).batchCount;
      }
      for (const slot of free().slice(0, event.rows)) lives.push(newLife(slot, steps, slot));
      run(event.further);
      continue;
    }
    const used = lives.filter(({ through }) => through === null);
    const life = used[event.whom % used.length];
    if (life === undefined) continue;
    const isCorrected = event.kind === "correct";
    life.through = steps;
    life.instead = isCorrected
      ? newLife(life.slot, steps, life.slot, -life.gradient)
      : deletion === "replace"
        ? "other"
        : "nothing";
    if (typeof life.instead === "object") lives.push(life.instead);
    const slots: BatchSlots = {
      batch: Math.floor(life.slot / batchSize),
      count: isCorrected && deletion === "tombstone" ? 2 : 1,
      joined: life.joined,
    };
    history = withDeleted(process(), kind, history, [slots], steps);
    run(event.further);
    if (kind === "every-step") continue;
    noiseStds[noiseStds.length - 1] = event.std;
    history = withRelease(history, { steps: batches.length, shift: 0, std: event.std });
  }
  return { process: process(), history, steps: batches.length, lives, batches, noiseStds, releases };
}

function newLife(slot: number, joined: number, sign: number, gradient = sign % 2 === 0 ? 1 : -1): Life {
  return { slot, joined, through: null, instead: "itself", gradient };
}

/** What a slot's record moves a step by in a world that never had those who are gone. */
function insteadOf(life: Life): number {
  if (life.instead === "itself") return life.gradient;
  if (life.instead === "nothing") return 0;
  return life.instead === "other" ? -life.gradient : insteadOf(life.instead);
}

/** By what each step is moved further in one world than in the other, at most. */
function shiftsOf({ process, lives, batches }: Told): number[] {
  const unit = (process.eta * process.lipschitz) / process.batchSize;
  return batches.map((batch, i) =>
    lives
      .filter(({ slot }) => Math.floor(slot / process.batchSize) === batch)
      .filter(({ joined, through }) => through !== null && i + 1 > joined && i + 1 <= through)
      .reduce((sum, { instead }) => sum + (instead === "nothing" ? unit : 2 * unit), 0),
  );
}

describe("lives of slots", () => {
  it("a history says what a quadratic programme says of joins, corrections and deletions, written out step by step", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const told = live({ ...world, radius: undefined });
        const { process, history, steps, noiseStds } = told;
        const shifts = shiftsOf(told);
        // Where noise comes on release, what comes after the newest noise is a function of what it covered.
        const end = world.kind === "every-step" ? steps : noiseStds.findLastIndex((std) => std > 0) + 1;
        const exact = leastMuSquareByQuadraticProgramme({
          shifts: shifts.slice(0, end),
          noiseStds: noiseStds.slice(0, end),
          contractions: shifts.slice(0, end).map(() => process.contraction),
        });
        const noise =
          world.kind === "every-step" ? { kind: world.kind, std: EVERY_STEP } : { kind: world.kind };
        const found = erasureMu(process, noise, history, steps) ** 2;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-8 * exact);
      }),
      { numRuns: 600 },
    );
  });

  it("two runs of linear losses, one without those who are gone, are never further apart than the shifts say", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const told = live({ ...world, radius: undefined });
        const { process, lives, batches } = told;
        const shifts = shiftsOf(told);
        let [here, there, bound] = [0, 0, 0];
        batches.forEach((batch, i) => {
          const visited = lives.filter(
            ({ slot, joined, through }) =>
              Math.floor(slot / process.batchSize) === batch && i + 1 > joined && i + 1 <= (through ?? i + 1),
          );
          // No slot holds two records at once.
          expect(new Set(visited.map(({ slot }) => slot)).size).toBe(visited.length);
          const move = (of: (life: Life) => number): number =>
            (process.eta / process.batchSize) * visited.reduce((sum, life) => sum + of(life), 0);
          here = process.contraction * here - move(({ gradient }) => gradient);
          there = process.contraction * there - move(insteadOf);
          bound = process.contraction * bound + shifts[i]!;
          expect(Math.abs(here - there)).toBeLessThanOrEqual(bound * (1 + 1e-12) + 1e-12);
        });
      }),
    );
  });

  it("the visits of merged cells come no earlier, and are no fewer, than those of the lives", () => {
    const process: ProcessConstants = {
      ...processConstants({ rowCount: 40, batchSize: 4, l2: 0.002, smoothness: 0.25, lipschitz: 1 }),
      phases: [
        { from: 0, batchCount: 10 },
        { from: 3000, batchCount: 11 },
        { from: 9000, batchCount: 13 },
      ],
    };
    for (const kind of ["on-release", "every-step"] as const) {
      let history: History = EMPTY_HISTORY;
      const shifts = new Array<number>(12000).fill(0);
      const noiseStds: number[] = shifts.map(() => (kind === "every-step" ? EVERY_STEP : 0));
      for (let request = 0; request < 400; request++) {
        const steps = 1000 + 27 * request;
        const slots = { batch: request % 10, count: 1, joined: (request * 7) % 900 };
        history = withDeleted(process, kind, history, [slots], steps);
        for (let step = slots.joined + 1; step <= steps; step++) {
          const l = step <= 3000 ? 10 : step <= 9000 ? 11 : 13;
          if ((step - 1) % l === slots.batch) shifts[step - 1]! += process.sensitivity;
        }
        if (kind === "every-step") continue;
        noiseStds[steps + 19] = 0.2;
        history = withRelease(history, { steps: steps + 20, shift: 0, std: 0.2 });
      }
      const steps = 1000 + 27 * 399 + 20;
      expect(history.cells.length).toBeLessThanOrEqual(MAX_CELLS);
      const noise = kind === "every-step" ? { kind, std: EVERY_STEP } : { kind };
      const found = erasureMu(process, noise, history, steps);
      const exact = Math.sqrt(
        scheduleMuSquare({
          shifts: shifts.slice(0, steps),
          noiseStds: noiseStds.slice(0, steps),
          contractions: shifts.slice(0, steps).map(() => process.contraction),
        }),
      );
      expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(found / exact).toBeLessThan(1.05);
    }
  });

  it("a record that was never visited costs nothing to delete", () => {
    const process = processConstants({ rowCount: 8, batchSize: 2, l2: 0.1, smoothness: 0.25, lipschitz: 1 });
    for (const kind of ["on-release", "every-step"] as const) {
      const history = withDeleted(process, kind, EMPTY_HISTORY, [{ batch: 3, count: 1, joined: 12 }], 15);
      expect(history.cells).toEqual([]);
      expect(
        withDeleted(process, kind, EMPTY_HISTORY, [{ batch: 3, count: 1, joined: 12 }], 16).cells,
      ).toEqual([{ step: 16, shift: process.sensitivity, std: 0 }]);
    }
  });
});

/** Energy at noise 1 of the visits of some slots within a stretch. */
function energyOfStretch(
  { process, batches }: Told,
  slots: readonly { readonly slot: number; readonly joined: number; readonly through: number }[],
  from: number,
  to: number,
): number {
  const unit = process.sensitivity;
  const sums = batches
    .slice(from, to)
    .map(
      (batch, i) =>
        unit *
        slots.filter(
          ({ slot, joined, through }) =>
            Math.floor(slot / process.batchSize) === batch &&
            from + i + 1 > joined &&
            from + i + 1 <= through,
        ).length,
    );
  const visits = sums.flatMap((shift, i) => (shift > 0 ? [i + 1] : []));
  const sensitivities = sums.filter((shift) => shift > 0);
  const { contraction, radius } = process;
  return timelineEnergy({ contraction, steps: to - from, visits, sensitivities, radius });
}

describe("everything released, of a process whose records join and leave", () => {
  it("costs no record, and no few records, more than is claimed, whenever they lived and wherever", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 3 }), fc.nat(), (world, records, first) => {
        const told = live({ ...world, kind: "every-step" });
        const { process, lives, releases, steps } = told;
        fc.pre(steps > 0 && records <= process.rowCount);
        const chosen = Array.from(
          { length: Math.min(records, lives.length) },
          (_, i) => lives[(first + i) % lives.length] as Life,
        ).map(({ slot, joined, through }) => ({ slot, joined, through: through ?? steps }));
        const energy = releases.reduce(
          (sum, to, i) => sum + energyOfStretch(told, chosen, releases[i - 1] ?? 0, to),
          0,
        );
        const all = releases.reduce(withReleaseAt, NO_RELEASES);
        expect(energy).toBeLessThanOrEqual(disclosureEnergy(process, 0, all, records) * (1 + 1e-9));
        // The same where older releases are remembered by their lengths alone.
        const folded = {
          older: countLengths(all.lengths.slice(0, -1)),
          from: steps - (all.lengths.at(-1) as number),
          lengths: all.lengths.slice(-1),
        };
        expect(energy).toBeLessThanOrEqual(disclosureEnergy(process, 0, folded, records) * (1 + 1e-9));
      }),
      { numRuns: 600 },
    );
  });

  it("refuses a phase that begins within a stretch", () => {
    const process = {
      ...processConstants({ rowCount: 8, batchSize: 2, l2: 0.1, smoothness: 0.25, lipschitz: 1 }),
      phases: [
        { from: 0, batchCount: 4 },
        { from: 10, batchCount: 5 },
      ],
    };
    const at = (...steps: number[]) => steps.reduce(withReleaseAt, NO_RELEASES);
    expect(disclosureEnergy(process, 0, at(10, 30), 1)).toBeGreaterThan(0);
    expect(() => disclosureEnergy(process, 0, at(9, 30), 1)).toThrow(/phases/);
  });

  it("the released model costs no record in use more than `privacy` says", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const told = live({ ...world, kind: "every-step" });
        const { process, lives, steps } = told;
        fc.pre(steps > 0);
        const sigma = EVERY_STEP / Math.sqrt(2 * process.eta);
        const { mu } = privacyOfLearning({ process, sigma, steps, delta: 1e-5 });
        for (const { slot, joined, through } of lives) {
          const energy = energyOfStretch(told, [{ slot, joined, through: through ?? steps }], 0, steps);
          expect(Math.sqrt(energy) / noiseStdFromSigma(process, sigma)).toBeLessThanOrEqual(mu * (1 + 1e-9));
        }
      }),
    );
  });

  it("`privacy` brings the oldest of very many visits forward", () => {
    const constants = processConstants({
      rowCount: 4,
      batchSize: 2,
      l2: 1e-7,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const phases = [{ from: 0, batchCount: 2 }];
    const of = (process: ProcessConstants) =>
      privacyOfLearning({ process, sigma: 1, steps: 400_000, delta: 1e-5 }).mu;
    expect(of({ ...constants, phases })).toBeGreaterThanOrEqual(of(constants) * (1 - 1e-9));
    expect(of({ ...constants, phases }) / of(constants)).toBeLessThan(2);
  });
});

function countLengths(lengths: readonly number[]): { length: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([length, count]) => ({ length, count }));
}

describe("phases of a cycle", () => {
  it("are few, however often it grows by one batch", () => {
    let phases: readonly Phase[] = [{ from: 0, batchCount: 1 }];
    let steps = 0;
    while ((phases.at(-1) as Phase).batchCount < 1e6) phases = grown({ batchCount: 1, phases }, ++steps, 1);
    expect(phases.length).toBeLessThan(700);
    expect(() => checkPhases({ batchCount: 1, phases })).not.toThrow();
  });

  it("refuses phases that shrink, stand still or come out of order", () => {
    const check = (...phases: Phase[]) => checkPhases({ batchCount: 4, phases });
    expect(() => check({ from: 0, batchCount: 4 }, { from: 5, batchCount: 5 })).not.toThrow();
    expect(() => check({ from: 0, batchCount: 3 })).toThrow(/phases/);
    expect(() => check({ from: 1, batchCount: 4 })).toThrow(/phases/);
    expect(() => check({ from: 0, batchCount: 4 }, { from: 5, batchCount: 4 })).toThrow(/phases/);
    expect(() => check({ from: 0, batchCount: 4 }, { from: 0, batchCount: 5 })).toThrow(/phases/);
    expect(() => check()).toThrow(/phases/);
  });
});
