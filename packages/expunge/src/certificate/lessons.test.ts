import { describe, expect, it } from "vitest";
import {
  codesBeside,
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
import { grown } from "../accounting/phases.js";
import type { Envelope } from "../records/certificate.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { verify } from "./verify.js";

/* Steps that nobody ran, lessons that nobody was given and rows that had no room: what a dishonest issuer may gain by them. */

const { publicKey } = SIGNER;
const PLANS: Readonly<Record<string, TrainingPlan>> = {
  "noise on release": planOf(),
  "noise at every step": planOf({ sigma: 0.5 }),
  "a limit fixed before training": planOf({ sigma: 12, limit: { epsilon: 3, delta: 1e-4, records: 2 } }),
  "many classes": planOf({ objective: { kind: "softmax", classCount: 3 } }),
  "records replaced": planOf({ deletion: "replace" }),
};
const noised = PLANS["noise at every step"] as TrainingPlan;

describe.each(Object.entries(PLANS))("the steps before a request, with %s", (_, plan) => {
  /** The certificate of a request that took no step, as nobody was visited in so few. */
  const after = (steps: number, slots: readonly BatchSlots[], more: object = {}): Envelope => {
    const first = decode(new PaperModel(plan).certify(slots));
    const released = first.predicate.disclosure && { "predicate.disclosure.lengths": [steps] };
    return restated(
      withFields(first, {
        "predicate.noise.std": plan.noise.kind === "every-step" ? plan.noise.std : 0,
        "predicate.timeline.stepsBefore": steps,
        "predicate.timeline.stepsAfter": steps,
        "predicate.timeline.cells": { steps: [], shifts: [], stds: [] },
        "predicate.timeline.releaseCount": released ? 1 : 0,
        "subject.0.digest.sha256": first.predicate.modelBefore,
        ...released,
        ...more,
      }),
    );
  };

  it("are an epoch of training at least: in fewer a row was never visited", () => {
    const found = verify(after(5, [{ batch: 10, count: 1 }]), { publicKey }).issues;
    expect(found).toContainEqual(
      expect.objectContaining({ code: "TIMELINE_STEPS_BEFORE", path: "predicate.timeline.stepsBefore" }),
    );
  });

  it("are whole epochs before the first request of a model that has had no lesson", () => {
    const model = new PaperModel(plan);
    model.timeline = { ...model.timeline, steps: 61 };
    if (model.timeline.releases)
      model.timeline = { ...model.timeline, releases: { older: [], from: 0, lengths: [61] } };
    expect(() => model.certify([{ batch: 3, count: 1 }])).toThrow(/stepsBefore = 61 to be "epochs of 20/);
  });
});

describe("lessons", () => {
  it("have brought a row each, and run a step", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([{ batch: 3, count: 1 }]);
    model.learn(1, 20);
    const honest = decode(model.certify([{ batch: 4, count: 1 }]));
    const joinedBefore = honest.predicate.lives?.joinedCount as number;
    expect(codesBeside(resigned(honest), [first])).toEqual([]);
    const counted = (lessons: number, joined = joinedBefore): Envelope =>
      resigned(
        withFields(honest, {
          "predicate.lives.lessonCount": lessons,
          "predicate.lives.joinedCount": joined,
        }),
      );
    expect(codesBeside(counted(joinedBefore + 1))).toEqual(["LIVES_FALSE"]);
    expect(codesBeside(counted(joinedBefore + 1), [first])).toContain("CHAIN_LINK");
    expect(codesBeside(counted(100, 101))).toContain("TIMELINE_STEPS_BEFORE");
  });

  it("began where the request before had ended: rows that joined by them were visited since", () => {
    for (const plan of [planOf(), noised]) {
      const model = new PaperModel(plan);
      const first = model.certify([{ batch: 3, count: 1 }]);
      const { steps } = model.timeline;
      model.learn(5, 60);
      const { timeline, model: weights } = model;
      const honest = model.certify([{ batch: 7, count: 3, joined: steps }]);
      expect(codesBeside(honest, [first])).toEqual([]);
      const late = new PaperModel(plan);
      Object.assign(late, { timeline: { ...timeline, releases: null }, model: weights });
      // Nobody was visited in the lesson's last step but a row of its batch.
      const lie = decode(honest);
      const joined = [{ batch: 7, count: 3, joined: steps + 59 }];
      const found = codesBeside(resigned(withField(lie, "predicate.lives.joined", joined)), [first]);
      expect(found).toContain(plan.noise.kind === "every-step" ? "LIVES_FALSE" : "LIVES_LESSONS");
    }
  });

  it("gained nothing where rows are said to have joined late in one: no cell, no step, no noise", () => {
    const model = new PaperModel(noised);
    const first = model.certify([{ batch: 3, count: 1 }]);
    const { steps } = model.timeline;
    model.learn(5, 60);
    const honest = decode(model.certify([{ batch: 7, count: 3, joined: steps }]));
    const { cells } = decode(first).predicate.timeline;
    const lie = restated(
      withFields(honest, {
        "predicate.lives.joined": [{ batch: 7, count: 3, joined: steps + 59 }],
        "predicate.timeline.cells": cells,
      }),
    );
    expect(decode(lie).predicate.erasure.epsilon).toBeLessThan(honest.predicate.erasure.epsilon / 10);
    expect(codesBeside(lie, [first])).toContain("LIVES_FALSE");
  });

  it("may be false where one more is stated, by which rows are said to have joined: a note says whose word that is", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([{ batch: 3, count: 1 }]);
    const { steps } = model.timeline;
    model.learn(5, 60);
    const honest = decode(model.certify([{ batch: 7, count: 3, joined: steps }]));
    const seen = decode(first).predicate.timeline.cells;
    const { cells } = honest.predicate.timeline;
    const lastOf = (of: readonly number[]): number => of.at(-1) as number;
    const lie = restated(
      withFields(honest, {
        "predicate.lives.joined": [{ batch: 7, count: 3, joined: steps + 59 }],
        "predicate.lives.lessonCount": 2,
        "predicate.timeline.cells": {
          steps: [...seen.steps, lastOf(cells.steps)],
          shifts: [...seen.shifts, lastOf(cells.shifts)],
          stds: [...seen.stds, lastOf(cells.stds)],
        },
      }),
    );
    expect(verify(lie, { publicKey, chain: [first] })).toMatchObject({
      ok: true,
      notes: [
        expect.stringMatching(/^3 of the 3 rows of this request are said to have joined .* issuer's word/),
      ],
    });
    // Of rows that were there from the start there is nothing to say.
    expect(verify(first, { publicKey }).notes).toEqual([]);
  });

  it("are no fewer than the steps at which rows joined", () => {
    const model = new PaperModel(planOf());
    model.learn(5, 60);
    const at = (steps: readonly number[]) => steps.map((joined, batch) => ({ batch, count: 1, joined }));
    const honest = model.certify(at([60, 60, 60]));
    expect(codesBeside(honest)).toEqual([]);
    const joinedAt = (steps: readonly number[]): string[] =>
      codesBeside(resigned(withField(decode(honest), "predicate.lives.joined", at(steps))));
    expect(joinedAt([60, 61, 62])).toContain("LIVES_FALSE");
    // The cycle grew at step 60, and by one lesson.
    expect(joinedAt([61, 61, 61])).toContain("LIVES_FALSE");
  });

  it("began, the first of them, behind whole epochs of training", () => {
    const model = new PaperModel(planOf({ rowCount: 390 }));
    model.learnIn(null, 5, 60);
    const honest = decode(model.certify([{ batch: 19, count: 3, joined: 60 }]));
    const joinedAt = (joined: number): string[] =>
      codesBeside(resigned(withField(honest, "predicate.lives.joined", [{ batch: 19, count: 3, joined }])));
    expect(joinedAt(60)).toEqual([]);
    expect(joinedAt(80)).toEqual([]);
    expect(joinedAt(81)).toEqual(["LIVES_LESSONS"]);
  });

  it("were behind the release of whole epochs of training, where releases are listed", () => {
    const model = new PaperModel(noised);
    model.learn(1, 20);
    const honest = decode(model.certify([{ batch: 3, count: 1 }]));
    expect(honest.predicate.disclosure?.lengths).toEqual([60, 20]);
    const earlier = withFields(honest, {
      "predicate.disclosure.lengths": [47, 33],
      "predicate.lives.phases": [
        { from: 0, batchCount: 20 },
        { from: 47, batchCount: 21 },
      ],
    });
    expect(codesBeside(resigned(earlier))).toEqual(["DISCLOSURE_RELEASES"]);
  });

  it("let a cycle grow only where those who are there and those who join need it", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([
      { batch: 3, count: 20 },
      { batch: 4, count: 20 },
    ]);
    const { plan, timeline, model: weights } = model;
    const free = new PaperModel(plan);
    Object.assign(free, { timeline, model: weights });
    free.learnIn(null, 30, 20);
    expect(codesBeside(free.certify([{ batch: 5, count: 1 }]), [first])).toEqual([]);
    model.learnIn(grown(plan.process, timeline.steps, 1), 30, 20);
    const lie = model.certify([{ batch: 5, count: 1 }]);
    expect(codesBeside(lie)).toEqual([]);
    expect(codesBeside(lie, [first])).toEqual(["CHAIN_LINK"]);
  });
});

describe("rows that are removed", () => {
  it("were no more than their batch held, over all requests", () => {
    for (const plan of [planOf(), planOf({ deletion: "replace" }), noised]) {
      const model = new PaperModel(plan);
      const chain = [12, 8, 1].map((count) => model.certify([{ batch: 3, count }]));
      expect(codesBeside(chain[1] as Envelope, chain.slice(0, 1))).toEqual([]);
      expect(codesBeside(chain[2] as Envelope)).toEqual([]);
      expect(codesBeside(chain[2] as Envelope, chain.slice(0, 2))).toEqual(["REQUEST_PLACES"]);
    }
  });

  it("were no more than the last batch held when training began", () => {
    const last = (count: number): string[] =>
      codesBeside(new PaperModel(planOf({ rowCount: 390 })).certify([{ batch: 19, count }]));
    expect(last(10)).toEqual([]);
    expect(last(11)).toEqual(["REQUEST_PLACES"]);
  });

  it("were not there at once with more than fit: newcomers take slots that are free", () => {
    const model = new PaperModel(planOf());
    const chain = [model.certify([{ batch: 3, count: 10 }])];
    const { steps } = model.timeline;
    model.learnIn(null, 15, 40);
    chain.push(model.certify([{ batch: 3, count: 15, joined: steps }]));
    expect(codesBeside(chain[1] as Envelope, chain.slice(0, 1))).toEqual([]);
    const last = model.certify([{ batch: 3, count: 10 }]);
    expect(codesBeside(last, chain)).toEqual(["REQUEST_PLACES"]);
    const replaced = new PaperModel(planOf({ deletion: "replace" }));
    const before = replaced.certify([{ batch: 3, count: 15 }]);
    const joined = replaced.timeline.steps;
    replaced.learn(15, 40);
    // A random record took each of those places, and stays there.
    const after = replaced.certify([{ batch: 3, count: 15, joined }]);
    expect(codesBeside(after)).toEqual([]);
    expect(codesBeside(after, [before])).toEqual(["REQUEST_PLACES"]);
  });
});

describe("two certificates of one request that lead from one model to two", () => {
  it("get a note: the process was gone on with twice, or one hides the other's rows", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([{ batch: 3, count: 1 }]);
    const { timeline, model: weights } = model;
    const hidden = model.certify([{ batch: 19, count: 20 }]);
    Object.assign(model, { timeline, model: weights });
    model.learn(1, 30);
    const second = resigned(
      withField(decode(model.certify([{ batch: 5, count: 1 }])), "subject.0.digest.sha256", "5".repeat(64)),
    );
    for (const [one, other] of [
      [second, hidden],
      [hidden, second],
    ] as const)
      expect(verify(one, { publicKey, chain: [first, other] })).toMatchObject({
        issues: [],
        notes: [
          expect.stringMatching(/^1 of the other certificates/),
          expect.stringMatching(/same requests \(2\) of the same model and lead on to other weights/),
        ],
      });
    expect(verify(second, { publicKey, chain: [first, second] }).notes).toEqual([]);
    expect(verify(first, { publicKey, chain: [second, hidden] }).notes).toEqual([]);
  });
});

describe("requests that are numbered anew", () => {
  it("are found also where another certificate leads on from them", () => {
    const model = new PaperModel(planOf());
    const first = model.certify([{ batch: 19, count: 20 }]);
    const left = decode(first);
    const alone = new PaperModel(planOf());
    alone.timeline = { ...alone.timeline, steps: 20 * Math.ceil(left.predicate.timeline.stepsAfter / 20) };
    const leading = (from: string, to: string): Envelope =>
      resigned(
        withFields(decode(alone.certify([{ batch: 0, count: 1 }])), {
          "predicate.modelBefore": from,
          "subject.0.digest.sha256": to,
        }),
      );
    const again = leading(left.subject[0].digest.sha256, "a".repeat(64));
    const second = leading("a".repeat(64), "b".repeat(64));
    expect(codesBeside(again, [first])).toEqual(["CHAIN_NUMBER"]);
    expect(codesBeside(second, [again])).toEqual([]);
    expect(codesBeside(second, [again, first])).toEqual(["CHAIN_NUMBER"]);
  });
});

describe("a model that later requests left", () => {
  const slow: TrainingPlan = {
    ...planOf({ l2: 0.001, radius: 1100 }),
    noise: { kind: "on-release", most: 12 },
  };
  const model = new PaperModel(slow);
  const first = model.certify([{ batch: 19, count: 20 }]);
  const second = decode(model.certify([{ batch: 0, count: 1 }]));
  const given = { publicKey, model: second.subject[0].digest.sha256 };

  it("is what its own certificate says, which a note repeats", () => {
    const { ok, notes } = verify(first, { ...given, chain: [resigned(second)] });
    expect(ok).toBe(true);
    expect(notes).toEqual([
      expect.stringMatching(/^The model given is the one that request 2 left\..*epsilon = /),
    ]);
    expect(verify(first, { publicKey, chain: [resigned(second)] }).notes).toEqual([]);
  });

  it("is none for which rows of earlier requests were left out, or that claims too much", () => {
    const { shifts } = second.predicate.timeline.cells;
    const fewer = shifts.map((shift, i) => (i === 0 ? shift / 10 : shift));
    const without = restated(withField(second, "predicate.timeline.cells.shifts", fewer));
    expect(decode(without).predicate.erasure.epsilon).toBeLessThan(second.predicate.erasure.epsilon);
    expect(codesBeside(without)).toEqual([]);
    const check = (chain: Envelope) => verify(first, { ...given, chain: [chain] }).issues;
    expect(check(without)).toMatchObject([
      { code: "CHAIN_TIMELINE_EARLIER_SHIFTS", path: "chain[0].predicate.timeline.cells.shifts" },
    ]);
    expect(check(resigned(withField(second, "predicate.erasure.mu", 0.01)))).toMatchObject([
      { code: "CHAIN_ERASURE_MU_FALSE", path: "chain[0].predicate.erasure.mu" },
    ]);
  });
});

describe("a lesson that is said to have left the model as it was", () => {
  const beside = (plan: TrainingPlan) => {
    const model = new PaperModel(plan);
    const first = model.certify([{ batch: 19, count: 1 }]);
    const { model: modelBefore, timeline } = model;
    model.learnIn(null, 5, 1);
    const rows = [
      { batch: 5, count: 5, joined: timeline.steps },
      { batch: 7, count: 1 },
    ];
    const second = decode(model.certify(rows));
    const unchanged = resigned(withField(second, "predicate.modelBefore", modelBefore));
    return verify(unchanged, { publicKey, chain: [first], modelBefore });
  };

  it("is none where every step has noise", () => {
    expect(beside(noised).issues).toContainEqual(
      expect.objectContaining({ code: "LIVES_FALSE", path: "predicate.lives.previous" }),
    );
  });

  it("has a note where steps have none", () => {
    expect(beside(planOf())).toMatchObject({
      issues: [],
      notes: [
        expect.stringMatching(/^5 of the 6 rows .* joined/),
        expect.stringMatching(/by which no weight changed/),
      ],
    });
  });
});
