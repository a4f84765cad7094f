import type { Statement } from "../certificate/verify-index.js";
import type { Holds } from "../records/certificate.js";
import { count, fields, figure, heading } from "./output.js";

/** What is proved and against whom, in one sentence. */
export function describeHolds(holds: Holds | null): string {
  if (holds === null) return "nothing: the run is seeded, so that its noise can be foretold";
  const bound = `epsilon = ${figure(holds.epsilon)} at delta = ${figure(holds.delta)}`;
  return holds.against === "independent"
    ? `${bound}, for people whose request does not depend on what this model's releases showed`
    : `${bound}, whoever asked, also after seeing every release`;
}

/** What a certificate says, for people. @param holdsAre what its claim is called: proved, where that was checked */
export function describeStatement(statement: Statement, holdsAre: "proved" | "claimed"): string[] {
  const {
    holds,
    erasure,
    disclosure,
    noise,
    timeline,
    process,
    cost,
    request,
    issuedAt,
    certificateId,
    notCovered,
    lives,
  } = statement.predicate;
  return [
    ...fields([
      [holdsAre, describeHolds(holds)],
      ["certificate", `${certificateId}, request ${figure(request.number)} of its model`],
      ["issued", issuedAt],
      [lives?.isCorrection ? "rows corrected" : "rows removed", request.rowCount],
      [
        "rows that joined so far",
        lives === undefined
          ? null
          : `${figure(lives.joinedCount)}, corrected ones among them; ${count(lives.lessonCount, "lesson")}`,
      ],
      ["subjects named", request.subjects.count],
      [
        "erasure",
        `epsilon = ${figure(erasure.epsilon)} at delta = ${figure(erasure.delta)} (mu = ${figure(erasure.mu)})`,
      ],
      ["everything released", describeDisclosure(disclosure)],
      [
        "steps",
        `${figure(timeline.stepsBefore)} to ${figure(timeline.stepsAfter)} (${count(cost.steps, "step")} for this request; the same schedule from the start: ${figure(cost.retrainSteps)})`,
      ],
      ["noise", `${noise.kind}, ${figure(noise.std)} on each weight`],
      ["rounding", process.rounding],
      ["weights of rows", describeWeights(process.weighting)],
    ]),
    heading("What it does not cover"),
    ...notCovered.map((line) => `  - ${line}`),
  ];
}

function describeWeights(weighting: Statement["predicate"]["process"]["weighting"]): string | null {
  if (!weighting) return null;
  const { classes, isBalanced, samples } = weighting;
  return [
    ...(classes === null
      ? []
      : [`by label ${classes.map(figure).join(", ")}${isBalanced ? ", computed from the labels" : ""}`]),
    ...(samples ? ["each row its own"] : []),
  ].join("; ");
}

function describeDisclosure(disclosure: Statement["predicate"]["disclosure"]): string {
  if (disclosure === null) return "no bound: models released before the first request had no noise";
  const { epsilon, delta, records, limit } = disclosure;
  const spent = `epsilon = ${figure(epsilon ?? Number.POSITIVE_INFINITY)} at delta = ${figure(delta)} for any ${count(records, "record")}`;
  return limit === null ? spent : `${spent}; limit fixed before training: epsilon = ${figure(limit.epsilon)}`;
}
