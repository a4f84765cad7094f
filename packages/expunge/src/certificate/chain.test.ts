import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import {
  codesOf,
  decode,
  PaperModel,
  planOf,
  resigned,
  restated,
  SIGNER,
  withField,
  withFields,
} from "../../testing/certificates.js";
import type { BatchSlots } from "../accounting/cell-visits.js";
import { MAX_STRETCHES, type Releases, releasesAt } from "../accounting/disclosure.js";
import { grown } from "../accounting/phases.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { processAfter, type TrainingPlan } from "../records/training-plan.js";
import { checkReleases } from "./check-link-releases.js";
import { disclosureClaimOf } from "./claims.js";
import { courseOf, processOf } from "./derive.js";
import { verify } from "./verify.js";

const { publicKey } = SIGNER;

const pathsOf = (certificate: Envelope, chain: readonly Envelope[]): string[] =>
  verify(certificate, { publicKey, chain }).issues.map(({ code, path }) => `${code} ${path}`);

/** A process that forgets slowly, so that what earlier requests contributed weighs much. */
const slow: TrainingPlan = {
  ...planOf({ l2: 0.001, radius: 1100 }),
  noise: { kind: "on-release", most: 12 },
};

/** Twenty rows of the batch visited last, and then one of another. */
function twoRequests(plan: TrainingPlan = slow): readonly [Envelope, Envelope, PaperModel] {
  const model = new PaperModel(plan);
  return [model.certify([{ batch: 19, count: 20 }]), model.certify([{ batch: 0, count: 1 }]), model];
}

/** The second certificate as if nobody had been forgotten before. */
function withoutEarlierShifts(first: Statement, second: Statement): Statement {
  const { cells, start } = second.predicate.timeline;
  expect(start).toBe(0);
  const model = new PaperModel(slow);
  const own = decode(model.certify([{ batch: 0, count: 1 }])).predicate.timeline.cells.shifts[0];
  expect(cells.steps.slice(0, 2)).toEqual(first.predicate.timeline.cells.steps);
  return withField(second, "predicate.timeline.cells.shifts", [own, ...cells.shifts.slice(1)]);
}

describe("what earlier requests contributed", () => {
  it("is held by the cells, where their certificates are given", () => {
    const [first, second] = twoRequests();
    const lie = restated(withoutEarlierShifts(decode(first), decode(second)));
    expect(decode(lie).predicate.erasure.epsilon).toBeLessThan(0.5);
    expect(codesOf(lie)).toEqual([]);
    expect(codesOf(lie, { chain: [first] })).toEqual(["TIMELINE_EARLIER_SHIFTS"]);
    expect(codesOf(second, { chain: [first] })).toEqual([]);
  });

  it("is held at every step's noise, too", () => {
    const [first, second] = twoRequests(planOf({ sigma: 0.5, l2: 0.001, radius: 1100 }));
    const { cells } = decode(second).predicate.timeline;
    const { shifts } = cells;
    const fewer = shifts.map((shift, i) => (cells.steps[i] === 60 ? 0.9 * shift : shift));
    const lie = restated(withField(decode(second), "predicate.timeline.cells.shifts", fewer));
    expect(codesOf(lie)).not.toContain("TIMELINE_SHIFTS");
    expect(codesOf(lie, { chain: [first] })).toContain("TIMELINE_EARLIER_SHIFTS");
    expect(codesOf(second, { chain: [first] })).toEqual([]);
  });

  it("counts double where rows were corrected, and counts the grids of releases", () => {
    const model = new PaperModel(slow);
    const first = model.certify([{ batch: 19, count: 10 }], undefined, true);
    const second = decode(model.certify([{ batch: 0, count: 1 }]));
    expect(codesOf(resigned(second), { chain: [first] })).toEqual([]);
    const { shifts } = second.predicate.timeline.cells;
    for (const i of [0, 1]) {
      const fewer = shifts.map((shift, at) => (at === i ? shift * (1 - 1e-7) : shift));
      const lie = restated(withField(second, "predicate.timeline.cells.shifts", fewer));
      expect(codesOf(lie, { chain: [first] })).toContain("TIMELINE_EARLIER_SHIFTS");
    }
  });
});

describe("the certificates of one model", () => {
  const [first, second, model] = twoRequests();
  const third = model.certify([{ batch: 5, count: 1 }]);

  it.each<[string, unknown]>([
    ["data.rowCount", 399],
    ["data.featureCount", 5],
    ["process.l2", 0.002],
    ["process.batchSize", 21],
    ["process.radius", 1000],
    ["process.kernel", "float32"],
    ["request.deletion", "replace"],
    ["timeline.deletedCount", 1],
    ["timeline.releaseCount", 2],
    ["timeline.stepsAfter", 10_000],
  ])("speak of one process, and count on: %s = %j in an earlier one is refused", (path, value) => {
    const other = restated(withField(decode(first), `predicate.${path}`, value));
    expect(codesOf(second, { chain: [other] })).toContain("CHAIN_LINK");
    expect(codesOf(third, { chain: [second, other] })).toContain("CHAIN_LINK");
    // From the one that differs nothing leads on.
    expect(codesOf(other, { chain: [second], model: decode(second).subject[0].digest.sha256 })).toEqual(
      expect.arrayContaining(["CHAIN_LINK", "MODEL"]),
    );
  });

  it("say which of them contradicts the one before it, and by what", () => {
    const fewer = resigned(withField(decode(second), "predicate.timeline.deletedCount", 2));
    expect(pathsOf(fewer, [first])).toEqual(["CHAIN_LINK predicate.timeline.deletedCount"]);
    expect(pathsOf(third, [first, fewer])).toEqual(
      expect.arrayContaining([
        "CHAIN_LINK predicate.timeline.deletedCount",
        "CHAIN_LINK chain[1].predicate.timeline.deletedCount",
      ]),
    );
  });

  it("fit together, each by itself, as far as others rest on them", () => {
    const slots = [{ batch: 19, count: 1 }];
    const fewer = resigned(withField(decode(first), "predicate.request.slots", slots));
    expect(pathsOf(second, [fewer])).toEqual(["CHAIN_REQUEST_SLOTS_FALSE chain[0].predicate.request.slots"]);
    const steep = resigned(withField(decode(first), "predicate.process.smoothness", 7));
    expect(pathsOf(second, [steep])).toEqual([
      "CHAIN_DERIVED_SMOOTHNESS chain[0].predicate.process.smoothness",
    ]);
    // Later ones say nothing of what was before.
    expect(
      codesOf(first, { chain: [resigned(withField(decode(second), "predicate.request.slots", slots))] }),
    ).toEqual([]);
  });

  it("have no first request that began from what an earlier one left", () => {
    const { predicate, subject } = decode(second);
    const alone = new PaperModel(slow);
    // As if they had all been epochs of its training.
    alone.timeline = { ...alone.timeline, steps: 20 * Math.ceil(predicate.timeline.stepsBefore / 20) };
    const renumbered = withFields(decode(alone.certify([{ batch: 0, count: 1 }])), {
      "predicate.modelBefore": predicate.modelBefore,
      "subject.0.digest.sha256": subject[0].digest.sha256,
    });
    expect(codesOf(resigned(renumbered))).toEqual([]);
    expect(codesOf(resigned(renumbered), { chain: [first] })).toEqual(["CHAIN_NUMBER"]);
  });

  it("are one for every request, however often they are given", () => {
    expect(codesOf(third, { chain: [second, first, second, third] })).toEqual([]);
    const another = resigned(withField(decode(first), "predicate.issuedAt", "2026-01-30T12:00:00Z"));
    expect(codesOf(third, { chain: [second, first, another] })).toEqual(["CHAIN_FORKED"]);
  });

  it("grow by lessons alone, and count those", () => {
    const living = new PaperModel(slow);
    const before = living.certify([{ batch: 3, count: 1 }]);
    living.learn(5, 40);
    const after = decode(living.certify([{ batch: 4, count: 1 }]));
    expect(codesOf(resigned(after), { chain: [before] })).toEqual([]);
    const phases = [
      { from: 0, batchCount: 20 },
      { from: 60, batchCount: 21 },
    ];
    const earlier = resigned(withField(after, "predicate.lives.phases", phases));
    expect(codesOf(earlier)).toEqual([]);
    expect(codesOf(earlier, { chain: [before] })).toEqual(["CHAIN_LINK"]);
    const grown = withFields(decode(before), { "predicate.lives": after.predicate.lives });
    expect(
      codesOf(resigned(after), { chain: [resigned(withField(grown, "predicate.lives.previous", null))] }),
    ).toContain("CHAIN_LINK");
  });
});

describe("when rows joined", () => {
  /** A statement whose first cell holds less than was moved. */
  const lighter = (
    statement: Statement,
    joined: readonly Required<BatchSlots>[],
    factor: number,
  ): Envelope => {
    const { shifts } = statement.predicate.timeline.cells;
    return restated(
      withFields(statement, {
        "predicate.lives.joined": joined,
        "predicate.timeline.cells.shifts": [(shifts[0] as number) * factor, ...shifts.slice(1)],
      }),
    );
  };

  it("is after an earlier request for as many as were counted since", () => {
    const model = new PaperModel(planOf());
    model.learn(30, 60);
    model.learn(30, 60);
    const first = model.certify([{ batch: 3, count: 1 }]);
    const { steps } = model.timeline;
    model.learn(1, 2);
    const honest = decode(model.certify([{ batch: 4, count: 20 }]));
    const since =
      (honest.predicate.lives?.joinedCount ?? 0) - (decode(first).predicate.lives?.joinedCount ?? 0);
    expect(since).toBeLessThan(20);
    expect(codesOf(resigned(honest), { chain: [first] })).toEqual([]);
    const all = lighter(honest, [{ batch: 4, count: 20, joined: steps }], 1);
    expect(codesOf(all)).toEqual([]);
    expect(pathsOf(all, [first])).toEqual(["LIVES_EARLIER predicate.lives.joined"]);
    const some = lighter(honest, [{ batch: 4, count: since, joined: steps }], 1);
    expect(codesOf(some, { chain: [first] })).toEqual([]);
    // No lesson begins before a request's last step is run.
    const within = lighter(honest, [{ batch: 4, count: 1, joined: steps - 1 }], 1);
    expect(codesOf(within, { chain: [first] })).toContain("LIVES_EARLIER");
  });

  it("is where a request corrected rows of their batch, without a lesson", () => {
    const model = new PaperModel(planOf());
    const { steps } = model.timeline;
    const first = model.certify([{ batch: 3, count: 1 }], undefined, true);
    const second = model.certify([{ batch: 3, count: 1, joined: steps }]);
    expect(codesOf(second, { chain: [first] })).toEqual([]);
    const third = decode(model.certify([{ batch: 5, count: 1 }]));
    expect(codesOf(resigned(third), { chain: [first, second] })).toEqual([]);
    for (const batch of [3, 5]) {
      const slots = withField(third, "predicate.request.slots", [{ batch, count: 1 }]);
      const lie = lighter(slots, [{ batch, count: 1, joined: steps }], 1);
      expect(codesOf(lie)).toEqual([]);
      expect(codesOf(lie, { chain: [first, second] })).toEqual(["LIVES_EARLIER"]);
      // One row joined before the second request, and that one it removed.
      expect(codesOf(lie, { chain: [second] })).toEqual(["LIVES_EARLIER"]);
    }
  });

  it("may be one step for several requests, where these need none", () => {
    const model = new PaperModel(planOf({ sigma: 20 }));
    const { steps } = model.timeline;
    const chain = [
      model.certify([{ batch: 3, count: 1 }], undefined, true),
      model.certify([{ batch: 3, count: 1, joined: steps }], undefined, true),
    ];
    expect(model.timeline.steps).toBe(steps);
    model.learn(1, 20);
    const newest = model.certify([
      { batch: 3, count: 1, joined: steps },
      { batch: 20, count: 1, joined: steps },
    ]);
    expect(codesOf(newest, { chain })).toEqual([]);
    expect(codesOf(newest, { chain: chain.slice(1) })).toEqual([]);
    // Rows that a request corrected without a step joined before the next one, although it began at the same step.
    const still = new PaperModel(planOf({ sigma: 4 }));
    const corrected = still.certify([{ batch: 2, count: 1 }], undefined, true);
    expect(still.timeline.steps).toBe(steps);
    const large = still.certify([{ batch: 19, count: 20 }]);
    expect(still.timeline.steps).toBeGreaterThan(steps);
    const gone = still.certify([{ batch: 2, count: 1, joined: steps }]);
    expect(codesOf(gone, { chain: [corrected, large] })).toEqual([]);
    expect(codesOf(gone, { chain: [large] })).toEqual([]);
  });
});

describe("releases that certificates list", () => {
  const limit = { epsilon: 12, delta: 1e-4, records: 1 };
  const model = new PaperModel(planOf({ rowCount: 390, sigma: 1.2, limit }));
  const first = model.certify([{ batch: 3, count: 1 }]);
  for (let lesson = 0; lesson < 6; lesson++) model.learnIn(null, 1, 20);
  const second = model.certify([{ batch: 4, count: 1 }]);
  const third = decode(model.certify([{ batch: 5, count: 1 }]));

  it("are those of earlier certificates, and none is moved", () => {
    const { from, lengths } = third.predicate.disclosure as NonNullable<typeof third.predicate.disclosure>;
    expect([from, ...lengths]).toEqual([0, 60, 20, 20, 20, 20, 20, 20]);
    expect(codesOf(resigned(third), { chain: [first, second] })).toEqual([]);
    for (const moved of [
      [160, 15, 1, 1, 1, 1, 1],
      [60, 25, 15, 20, 20, 20, 20],
    ]) {
      const lie = withField(third, "predicate.disclosure.lengths", moved);
      const claim = disclosureClaimOf(courseOf(lie.predicate, processOf(lie.predicate)));
      const { mu, epsilon, tailDelta } = claim as NonNullable<typeof claim>;
      expect(mu).toBeLessThan(third.predicate.disclosure?.mu as number);
      const claimed = withFields(lie, {
        "predicate.disclosure.mu": mu,
        "predicate.disclosure.epsilon": epsilon,
        "predicate.disclosure.tailDelta": tailDelta,
      });
      expect(codesOf(resigned(claimed))).toEqual([]);
      expect(pathsOf(resigned(claimed), [first, second])).toEqual([
        "CHAIN_LINK predicate.disclosure.lengths",
      ]);
    }
  });

  const statedAt = (releases: Releases): Statement["predicate"] =>
    withFields(third, {
      "predicate.disclosure.older": releases.older,
      "predicate.disclosure.from": releases.from,
      "predicate.disclosure.lengths": releases.lengths,
    }).predicate;

  it("leave no room for steps since, where they were counted longer than they were", () => {
    const listed = (length: number): number[] => new Array(1024).fill(length);
    const known: Releases = { older: [{ length: 100, count: 1025 }], from: 1025 * 50, lengths: listed(10) };
    /** After 2000 lessons of 20 steps each. */
    const found = (length: number): Releases => ({
      older: [
        { length, count: 976 },
        { length: 10, count: 1024 },
        { length: 100, count: 1025 },
      ],
      from: 1025 * 50 + 1024 * 10 + 976 * 20,
      lengths: listed(20),
    });
    const misfits = (releases: Releases) => checkReleases(statedAt(known), statedAt(releases));
    expect(misfits(found(20))).toEqual([]);
    expect(misfits(found(1))).toMatchObject([{ path: "disclosure.older" }]);
  });

  it("are counted by their lengths once they are old, and then no shorter and no fewer", () => {
    const lives = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      before: fc.integer({ min: 1, max: 9000 }),
      since: fc.integer({ min: 0, max: 3000 }),
      longest: fc.constantFrom(1, 5, 10_000),
    });
    fc.assert(
      fc.property(lives, ({ seed, before, since, longest }) => {
        const draw = drawnBy(seed);
        const ends: number[] = [];
        for (let i = 0, step = 0; i < before + since; i++) ends.push((step += 1 + draw(longest)));
        const known = releasesAt(ends.slice(0, before));
        const found = releasesAt(ends);
        const misfits = (releases: Releases) => checkReleases(statedAt(known), statedAt(releases));
        expect(misfits(found)).toEqual([]);
        if (before <= MAX_STRETCHES) return;
        const [shortest, ...others] = found.older;
        const { length, count } = shortest as { length: number; count: number };
        const fewer = [{ length, count: count - 1 }, ...others];
        if (found.from <= Math.max(...ends.slice(0, before)))
          expect(misfits({ ...found, older: fewer })).toHaveLength(1);
        const all = found.older.reduce((sum, stretch) => sum + stretch.count, 0);
        if (longest > 1) expect(misfits({ ...found, older: [{ length: 1, count: all }] })).toHaveLength(1);
      }),
      { numRuns: tries(30, 300) },
    );
  });
});

describe("notes on a certificate", () => {
  const model = new PaperModel(slow);
  const all = Array.from({ length: 5 }, (_, i) => model.certify([{ batch: i, count: 1 }]));
  const notes = (i: number, chain: readonly number[]): readonly string[] =>
    verify(all[i] as Envelope, { publicKey, chain: chain.map((at) => all[at] as Envelope) }).notes;

  it("name the request back to which earlier ones were there", () => {
    expect(notes(0, [])).toEqual([]);
    expect(notes(4, [0, 1, 2, 3])).toEqual([]);
    expect(notes(4, [])).toEqual([
      expect.stringMatching(/request 5 of its model, and no certificate .* requests 1 to 4 contributed/),
    ]);
    expect(notes(4, [2, 3])).toEqual([
      expect.stringMatching(/back to request 3.* requests 1 to 2 contributed/),
    ]);
    expect(notes(4, [1, 2, 3])).toEqual([expect.stringMatching(/back to request 2.* request 1 contributed/)]);
    expect(notes(4, [0, 1, 3])).toEqual([
      expect.stringMatching(/back to request 4/),
      expect.stringMatching(/^2 of the other certificates given do not join on/),
    ]);
    expect(notes(0, [1, 3, 0])).toEqual([
      expect.stringMatching(/^1 of the other certificates given does not/),
    ]);
    expect(notes(1, [2, 3])).toEqual([expect.stringMatching(/no certificate of the request before it/)]);
  });

  it("say of a request that ran no step, and of what is said to have been before it, that nobody showed it", () => {
    const { predicate } = decode(all[1] as Envelope);
    const still = restated(
      withFields(decode(all[1] as Envelope), {
        "predicate.noise.std": 0,
        "predicate.timeline.stepsAfter": predicate.timeline.stepsBefore,
        "predicate.timeline.cells": { steps: [predicate.timeline.stepsBefore], shifts: [100], stds: [1e6] },
        "predicate.timeline.releaseCount": 1,
        "subject.0.digest.sha256": predicate.modelBefore,
      }),
    );
    const found = verify(still, { publicKey });
    expect(found.issues).toEqual([]);
    expect(found.holds?.epsilon).toBeLessThan(1e-3);
    expect(found.notes).toEqual([
      expect.stringMatching(/what noise their releases had, is its issuer's word/),
    ]);
    expect(codesOf(still, { chain: [all[0] as Envelope] })).toEqual(["TIMELINE_EARLIER_NOISE"]);
  });

  it("say of how many rows something was checked, where their places are not listed", () => {
    const wide = new PaperModel(planOf({ rowCount: 12_000, l2: 5e-4, radius: 600 }));
    wide.learn(590, 700);
    const places = Array.from({ length: 600 }, (_, batch) => ({ batch, count: 1 }));
    expect(verify(wide.certify(places), { publicKey }).notes).toEqual([
      expect.stringMatching(/what 10 of its 600 rows contributed/),
    ]);
    wide.learn(20, 20);
    const [, unlisted] = verify(wide.certify(places), { publicKey }).notes;
    expect(unlisted).toMatch(/nothing at all of what they contributed was checked/);
  });
});

describe("certificates that do not join on", () => {
  it("are counted in a note, also beside a certificate that calls itself the first", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([{ batch: 19, count: 20 }]);
    model.learn(1, 1);
    const second = decode(model.certify([{ batch: 19, count: 1 }]));
    expect(verify(resigned(second), { publicKey, chain: [first] }).notes).toEqual([]);
    const alone = new PaperModel(planOf());
    const { stepsAfter } = decode(first).predicate.timeline;
    alone.timeline = { ...alone.timeline, steps: 20 * Math.ceil(stepsAfter / 20) };
    alone.learn(1, 1);
    const lie = decode(alone.certify([{ batch: 19, count: 1 }]));
    const renumbered = resigned(
      withFields(lie, {
        "predicate.modelBefore": second.predicate.modelBefore,
        "subject.0.digest.sha256": second.subject[0].digest.sha256,
      }),
    );
    const { issues, notes } = verify(renumbered, { publicKey, chain: [first] });
    expect(issues).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(/^1 of the other certificates .* nothing was compared with it/),
    ]);
  });

  it("are none of the same request for the same model, unless it ran no step", () => {
    const [first, second] = twoRequests();
    const another = resigned(withField(decode(second), "predicate.issuedAt", "2026-01-30T12:00:00Z"));
    expect(codesOf(second, { chain: [first, another] })).toEqual(["CHAIN_FORKED"]);
    expect(codesOf(another, { chain: [first, second] })).toEqual(["CHAIN_FORKED"]);
    expect(codesOf(second, { chain: [first, second] })).toEqual([]);
  });

  it("may be those of two requests without a step, of a model and of its backup", () => {
    const model = new PaperModel(planOf({ sigma: 3 }));
    const first = model.certify([{ batch: 0, count: 1 }]);
    const { timeline, model: weights } = model;
    const lost = model.certify([
      { batch: 1, count: 1 },
      { batch: 2, count: 1 },
    ]);
    expect(model.model).toBe(weights);
    Object.assign(model, { timeline, model: weights });
    const second = model.certify([{ batch: 2, count: 1 }]);
    const third = model.certify([{ batch: 3, count: 1 }]);
    const check = (certificate: Envelope, chain: readonly Envelope[]) =>
      verify(certificate, { publicKey, chain, model: decode(third).subject[0].digest.sha256 });
    expect(check(third, [first, second])).toMatchObject({ ok: true, notes: [] });
    for (const chain of [
      [first, lost, second],
      [first, second, lost],
    ]) {
      expect(check(third, chain)).toMatchObject({
        issues: [],
        notes: [expect.stringMatching(/of request 2 several certificates without a step/)],
      });
      expect(check(first, [...chain, third])).toMatchObject({ ok: true, notes: [] });
    }
  });

  it("say of earlier ones that do not list where their rows lay", () => {
    const wide = new PaperModel(planOf({ rowCount: 12_000, l2: 5e-4, radius: 600 }));
    const first = wide.certify(Array.from({ length: 600 }, (_, batch) => ({ batch, count: 1 })));
    const second = wide.certify([{ batch: 3, count: 1 }]);
    expect(verify(second, { publicKey, chain: [first] })).toMatchObject({
      issues: [],
      notes: [expect.stringMatching(/earlier requests \(1\) do not list where their rows lay/)],
    });
  });
});

/** Numbers below n, the same ones for the same seed. */
function drawnBy(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const PLANS: readonly TrainingPlan[] = [
  planOf(),
  slow,
  planOf({ deletion: "replace" }),
  planOf({ sigma: 0.5 }),
  planOf({ sigma: 3, l2: 0 }),
  planOf({ sigma: 12, limit: { epsilon: 3, delta: 1e-4, records: 2 } }),
  planOf({ rowCount: 12_000, l2: 5e-4, radius: 600 }),
  planOf({ rowCount: 387 }),
  planOf({ rowCount: 41, batchSize: 4, l2: 0.02, sigma: 1 }),
];

/** A model that knows which of its slots hold a record: NaN for none, else the steps that were run before it joined. */
class PlacedModel extends PaperModel {
  private slots: number[];
  private readonly draw: (n: number) => number;

  constructor(plan: TrainingPlan, draw: (n: number) => number) {
    super(plan);
    const { rowCount, batchCount, batchSize } = plan.process;
    this.slots = Array.from({ length: batchCount * batchSize }, (_, slot) =>
      slot < rowCount ? 0 : Number.NaN,
    );
    this.draw = draw;
  }

  /** Rows join in free slots, and in those of new batches where there are too few. */
  join(rowCount: number, steps: number): void {
    const { plan, timeline } = this;
    const { batchSize } = plan.process;
    const isFree = (slot: number): boolean => Number.isNaN(this.slots[slot]);
    const free = [...this.slots.keys()].filter(isFree);
    const missing = Math.ceil((rowCount - free.length) / batchSize);
    const phases = missing > 0 ? grown(processAfter(plan, timeline), timeline.steps, missing) : null;
    while (phases !== null && this.slots.length < (phases.at(-1)?.batchCount ?? 0) * batchSize)
      free.push(this.slots.push(Number.NaN) - 1);
    for (let i = 0; i < rowCount; i++) {
      const [slot = 0] = free.splice(this.draw(free.length), 1);
      this.slots[slot] = timeline.steps;
    }
    this.learnIn(phases, rowCount, steps);
  }

  /** Some of the rows that are there, from one slot on so many slots apart, are deleted or corrected; null where there are none. */
  remove(rowCount: number, stride: number, isCorrection: boolean): Envelope | null {
    const { slots, plan, timeline } = this;
    const { batchSize, deletion } = plan.process;
    const lives = new Map<string, Required<BatchSlots>>();
    const first = this.draw(slots.length);
    const seen = new Set<number>();
    for (let i = 0, left = rowCount; i < slots.length && left > 0; i++) {
      const slot = (first + i * stride) % slots.length;
      const joined = slots[slot] as number;
      // One that was replaced is not removed again.
      if (!(joined >= 0) || seen.has(slot)) continue;
      seen.add(slot);
      left--;
      const batch = Math.floor(slot / batchSize);
      const count = 1 + (lives.get(`${batch}:${joined}`)?.count ?? 0);
      lives.set(`${batch}:${joined}`, { batch, joined, count });
      slots[slot] = isCorrection ? timeline.steps : deletion === "replace" ? -1 : Number.NaN;
    }
    const removed = [...lives.values()].sort((a, b) => a.batch - b.batch || a.joined - b.joined);
    return removed.length > 0 ? this.certify(removed, undefined, isCorrection) : null;
  }
}

/** A life of a model: lessons, deletions and corrections of rows from the start and of others; where there are batches enough, of many at once. */
function lifeOf(plan: TrainingPlan, events: number, draw: (n: number) => number): Envelope[] {
  const model = new PlacedModel(plan, draw);
  const certificates: Envelope[] = [];
  const isWide = plan.process.batchCount > 512;
  for (let event = 0; event < events; event++) {
    if (draw(3) === 0) {
      model.join(1 + draw([1, 4, 30][draw(3)] as number), 1 + draw([1, 60][draw(2)] as number));
      continue;
    }
    const many = isWide && draw(4) === 0;
    const rowCount = many ? 550 : 1 + draw(draw(3) === 0 ? 25 : 3);
    const certificate = model.remove(rowCount, many ? 21 : 1 + draw(40), draw(4) === 0);
    if (certificate) certificates.push(certificate);
  }
  return certificates;
}

describe("honest certificates", () => {
  it("verify beside whatever others of their model, with a note where these have a gap, and lead on", () => {
    const lives = fc.record({
      plan: fc.constantFrom(...PLANS),
      events: fc.integer({ min: 1, max: 20 }),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    });
    fc.assert(
      fc.property(lives, ({ plan, events, seed }) => {
        const draw = drawnBy(seed);
        const all = lifeOf(plan, events, draw);
        const newest = all.at(-1);
        if (newest === undefined) return;
        const model = decode(newest).subject[0].digest.sha256;
        const at = draw(all.length);
        for (const [i, chain] of [
          [all.length - 1, all],
          [at, all],
          [at, all.filter((_, other) => other > at || draw(3) > 0)],
        ] as const) {
          const certificate = all[i] as Envelope;
          const { issues, notes } = verify(certificate, { publicKey, chain, model });
          expect(issues).toEqual([]);
          const isGapless = all.slice(0, i).every((other) => chain.includes(other));
          expect(notes.some((note) => note.includes("issuer's word, on which"))).toBe(!isGapless);
        }
      }),
      { numRuns: tries(20, 400) },
    );
  });
});
