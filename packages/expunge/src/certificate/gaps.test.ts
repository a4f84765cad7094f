import { describe, expect, it } from "vitest";
import {
  codesBeside,
  decode,
  PaperModel,
  planOf,
  restated,
  withField,
  withFields,
} from "../../testing/certificates.js";
import type { Envelope, Statement } from "../records/certificate.js";
import type { TrainingPlan } from "../records/training-plan.js";

/* Certificates beside an older one, where those between are missing: the older one's model is the one they began from, so that none of these ran a step. */

describe("a number that skips one", () => {
  const slow: TrainingPlan = {
    ...planOf({ l2: 0.001, radius: 1100 }),
    noise: { kind: "on-release", most: 12 },
  };
  const model = new PaperModel(slow);
  const first = model.certify([{ batch: 19, count: 20 }]);
  const second = decode(model.certify([{ batch: 0, count: 1 }]));
  const skipping = (statement: Statement, fields: object = {}): Envelope =>
    restated(
      withFields(statement, {
        "predicate.request.number": 3,
        "predicate.timeline.deletedCount": 22,
        ...fields,
      }),
    );

  it("leaves out nothing of a request that left the model it began from", () => {
    const { shifts } = second.predicate.timeline.cells;
    const own = decode(new PaperModel(slow).certify([{ batch: 0, count: 1 }])).predicate.timeline.cells;
    const lie = withField(second, "predicate.timeline.cells.shifts", [own.shifts[0], ...shifts.slice(1)]);
    expect(codesBeside(skipping(lie), [])).toEqual([]);
    expect(codesBeside(skipping(lie), [first])).toEqual(["TIMELINE_EARLIER_SHIFTS"]);
    expect(codesBeside(skipping(second), [first])).toEqual([]);
  });

  it("has no noise of releases but those of the requests that are known: those between had none", () => {
    const { stepsBefore } = second.predicate.timeline;
    const still = {
      "predicate.noise.std": 0,
      "predicate.timeline.stepsAfter": stepsBefore,
      "predicate.timeline.cells": { steps: [stepsBefore], shifts: [100], stds: [1e6] },
      "predicate.timeline.releaseCount": 1,
      "subject.0.digest.sha256": second.predicate.modelBefore,
    };
    expect(codesBeside(skipping(second, still), [])).toEqual([]);
    expect(codesBeside(skipping(second, still), [first])).toEqual(["TIMELINE_EARLIER_NOISE"]);
  });

  it("goes on from what that request counted", () => {
    expect(codesBeside(skipping(second, { "predicate.timeline.deletedCount": 21 }), [first])).toEqual([
      "CHAIN_LINK",
    ]);
    const other = new PaperModel(slow);
    other.timeline = { ...other.timeline, steps: 4000, requestCount: 1, deletedCount: 20 };
    const elsewhere = skipping(decode(other.certify([{ batch: 0, count: 1 }])), {
      "predicate.modelBefore": second.predicate.modelBefore,
      "subject.0.digest.sha256": second.subject[0].digest.sha256,
    });
    expect(codesBeside(elsewhere, [])).toEqual([]);
    expect(codesBeside(elsewhere, [first])).toContain("CHAIN_LINK");
  });
});

it.each([1, 3])(
  "certificates verify where those of requests without a step are missing, at sigma %d",
  (sigma) => {
    const model = new PaperModel(planOf({ sigma, l2: 0.001, radius: 1100 }));
    const all = [model.certify([{ batch: 19, count: 8 }])];
    model.learn(4, 100);
    for (let batch = 0; batch < 6; batch++) {
      all.push(model.certify([{ batch, count: batch === 4 ? 20 : 1 }], undefined, batch % 3 === 1));
      if (batch === 2) model.learn(3, 40);
    }
    const newest = all.at(-1) as Envelope;
    for (let kept = 0; kept < 2 ** (all.length - 1); kept++) {
      const chain = all.filter((_, i) => (kept >> i) % 2 === 1);
      expect(codesBeside(newest, chain)).toEqual([]);
    }
  },
);
