import { describe, expect, it } from "vitest";
import { decode, PaperModel, planOf, resigned, SIGNER, withField } from "../../testing/certificates.js";
import { EMPTY_HISTORY, withDeleted } from "../accounting/history.js";
import type { Envelope } from "../records/certificate.js";
import { processAfter } from "../records/training-plan.js";
import { verify } from "./verify.js";

/* Certificates of one request that ran no step, of a model and of its backup: nobody can tell which of them led on. */

const { publicKey } = SIGNER;
const plan = planOf({ sigma: 1, l2: 0.001, radius: 1100 });

/** A first request, two certificates of a second one without a step, and a third one that may forget what was before. */
function life(isHonest: boolean): {
  readonly first: Envelope;
  readonly twins: readonly Envelope[];
  readonly third: Envelope;
} {
  const model = new PaperModel(plan);
  const first = model.certify([{ batch: 19, count: 8 }]);
  model.learn(1, 100);
  const { model: weights } = model;
  const second = model.certify([{ batch: 0, count: 1 }]);
  expect(model.model).toBe(weights);
  const { timeline } = model;
  model.timeline = isHonest ? timeline : { ...timeline, history: EMPTY_HISTORY };
  const twin = resigned(withField(decode(second), "predicate.issuedAt", "2026-01-30T12:00:00Z"));
  return { first, twins: [second, twin], third: model.certify([{ batch: 1, count: 12 }]) };
}

const digestOf = (certificate: Envelope): string => decode(certificate).subject[0].digest.sha256;

describe("two certificates of a request without a step", () => {
  it("hide nothing of what was before them: one way back must fit", () => {
    const { first, twins, third } = life(false);
    expect(verify(third, { publicKey, chain: [first, ...twins] }).issues).toMatchObject([
      { code: "TIMELINE_EARLIER_SHIFTS" },
    ]);
    const model = digestOf(third);
    expect(verify(first, { publicKey, chain: [...twins, third], model }).issues).toMatchObject([
      { code: "CHAIN_TIMELINE_EARLIER_SHIFTS", path: "chain[2].predicate.timeline.cells.shifts" },
    ]);
  });

  it("lead on where one of them does, and a note says that nobody can tell which, of a model that was reached, too", () => {
    const { first, twins, third } = life(true);
    const several = /of request 2 several certificates without a step were given.*against one of them/;
    expect(verify(third, { publicKey, chain: [first, ...twins] })).toMatchObject({
      issues: [],
      notes: [expect.stringMatching(several)],
    });
    const reached = verify(first, { publicKey, chain: [...twins, third], model: digestOf(third) });
    expect(reached.issues).toEqual([]);
    expect(reached.notes).toEqual([
      expect.stringMatching(/^The model given is the one that request 3 left/),
      expect.stringMatching(several),
    ]);
    expect(reached.notes[1]).toMatch(/^Of the certificate of request 3: /);
  });

  it("are said to lead to none before them where the one that fits began from a model that nobody left", () => {
    const model = new PaperModel(plan);
    const first = model.certify([{ batch: 19, count: 8 }]);
    model.learn(1, 100);
    const row = [{ batch: 0, count: 1 }];
    const second = model.certify(row);
    const { timeline } = model;
    const process = processAfter(plan, timeline);
    const history = withDeleted(process, "every-step", EMPTY_HISTORY, row, timeline.steps);
    model.timeline = { ...timeline, history };
    const twin = resigned(withField(decode(second), "predicate.lives.previous", "b".repeat(64)));
    const third = model.certify([{ batch: 1, count: 12 }]);
    expect(verify(third, { publicKey, chain: [first, second] }).ok).toBe(false);
    for (const twins of [
      [second, twin],
      [twin, second],
    ])
      expect(verify(third, { publicKey, chain: [first, ...twins] })).toMatchObject({
        issues: [],
        notes: [expect.stringMatching(/against one of them, and none before it/)],
      });
  });

  it("are looked at with those before them up to so many ways", () => {
    const model = new PaperModel(planOf({ sigma: 20 }));
    const chain: Envelope[] = [];
    for (let number = 1; number <= 7; number++) {
      const certificate = model.certify([{ batch: number, count: 1 }]);
      chain.push(certificate);
      chain.push(resigned(withField(decode(certificate), "predicate.issuedAt", "2026-01-30T12:00:00Z")));
    }
    const newest = model.certify([{ batch: 9, count: 1 }]);
    expect(verify(newest, { publicKey, chain: chain.slice(2) })).toMatchObject({
      issues: [],
      notes: [expect.stringMatching(/against one of them/)],
    });
    expect(verify(newest, { publicKey, chain })).toMatchObject({
      issues: [],
      notes: [expect.stringMatching(/against the least that any of them/)],
    });
  });

  it("hide nothing that all ways back lead through, where there are too many of them", () => {
    const model = new PaperModel(planOf({ sigma: 3, l2: 0.001, radius: 1100 }));
    const first = model.certify([{ batch: 19, count: 8 }]);
    model.learn(1, 100);
    const { model: weights } = model;
    const twins: Envelope[] = [];
    for (let batch = 0; batch < 7; batch++) {
      const certificate = model.certify([{ batch, count: 1 }]);
      twins.push(certificate);
      twins.push(resigned(withField(decode(certificate), "predicate.issuedAt", "2026-01-30T12:00:00Z")));
    }
    expect(model.model).toBe(weights);
    const { timeline } = model;
    const chain = [first, ...twins];
    expect(verify(model.certify([{ batch: 1, count: 12 }]), { publicKey, chain }).issues).toEqual([]);
    model.timeline = { ...timeline, history: EMPTY_HISTORY };
    const lie = model.certify([{ batch: 1, count: 12 }]);
    expect(verify(lie, { publicKey }).issues).toEqual([]);
    expect(verify(lie, { publicKey, chain }).issues).toMatchObject([{ code: "TIMELINE_EARLIER_SHIFTS" }]);
  });
});
