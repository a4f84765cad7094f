import { describe, expect, it } from "vitest";
import { decode, PaperModel, planOf, restated, SIGNER, withFields } from "../../testing/certificates.js";
import { gridShift } from "../accounting/erasure.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { processOf } from "./derive.js";
import { verify } from "./verify.js";

/* Certificates that a dishonest issuer signs: every figure follows from the course that is stated, which nothing can have run. */

const codes = (envelope: Envelope): string[] =>
  verify(envelope, { publicKey: SIGNER.publicKey }).issues.map(({ code }) => code);

/** A row of batch 3, which steps 4, 24, 44, ... visit, forgotten by the second request; its release comes one step later. */
const second = ((): Statement => {
  const model = new PaperModel(planOf());
  model.certify([{ batch: 7, count: 1 }]);
  return decode(model.certify([{ batch: 3, count: 1 }]));
})();

/** A statement with two cells: an earlier release just before the newest visit of batch 3, and this one. */
function withCells(
  statement: Statement,
  earlier: { readonly shift: number; readonly std: number },
  std: number,
): Statement {
  const { stepsBefore } = statement.predicate.timeline;
  const visit = 4 + 20 * Math.floor((stepsBefore - 4) / 20);
  const stepsAfter = stepsBefore + 1;
  const process = processOf(statement.predicate);
  const needed = process.sensitivity * process.contraction ** (stepsAfter - visit);
  return withFields(statement, {
    "predicate.noise.std": std,
    "predicate.timeline.stepsAfter": stepsAfter,
    "predicate.timeline.start": 0,
    "predicate.timeline.deletedCount": 2,
    "predicate.timeline.releaseCount": 2,
    "predicate.timeline.cells.steps": [visit - 1, stepsAfter],
    "predicate.timeline.cells.shifts": [earlier.shift, 1.01 * needed + gridShift(process, std)],
    "predicate.timeline.cells.stds": [earlier.std, std],
    "subject.0.digest.sha256": "a".repeat(64),
  });
}

describe("noise that is far too small for the newest visits", () => {
  it("is told by enough of it, which verifies", () => {
    expect(codes(restated(withCells(second, { shift: 1, std: 1 }, 2)))).toEqual([]);
  });

  it.each([
    ["earlier noise whose square is no number", { shift: 1, std: 1e160 }],
    ["earlier noise whose square is just one", { shift: 1, std: 2 ** 500 }],
    ["an earlier shift and noise beside which the newest would vanish", { shift: 1e100, std: 1e103 }],
    ["earlier noise that takes half of its digits", { shift: 1, std: 100 }],
  ])("does not certify, however it is hidden: %s", (_, earlier) => {
    expect(codes(restated(withCells(second, earlier, 1e-6)))).toContain(
      earlier.std > 2 ** 500 ? "TIMELINE_CELLS" : "TARGET_MISSED",
    );
  });

  it("does not certify where all is so small that products vanish", () => {
    const tiny = withFields(second, {
      "predicate.process.lipschitz": 1e-130,
      "predicate.process.radius": 1e-129,
    });
    expect(codes(restated(withCells(tiny, { shift: 1e-130, std: 1e-128 }, 1e-138)))).toEqual([
      "SHAPE_PROCESS_RADIUS",
    ]);
    const smaller = withFields(second, { "predicate.process.lipschitz": 1e-137 });
    expect(codes(restated(withCells(smaller, { shift: 1e-130, std: 1e-128 }, 1e-3)))).toContain(
      "PROCESS_RANGE",
    );
  });
});
