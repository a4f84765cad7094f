import type { Statement } from "../certificate/verify-index.js";
import { count, fields, figure, heading } from "./output.js";

/** What a certificate says, for people. */
export function describeStatement(statement: Statement): string[] {
  const { claim, joint, transcript, process, cost, request, issuedAt, certificateId, notCovered } =
    statement.predicate;
  return [
    ...fields([
      ["certificate", certificateId],
      ["issued", issuedAt],
      ["rows removed", request.rowCount],
      ["subjects named", request.subjects.length],
      [
        "claim",
        `epsilon = ${figure(claim.epsilon)} at delta = ${figure(claim.delta)} (mu = ${figure(claim.mu)})`,
      ],
      [
        "all releases seen",
        `epsilon = ${figure(joint.epsilon)} over releases at steps ${joint.releases.map(figure).join("; ")}`,
      ],
      [
        "any record, ever",
        `epsilon = ${figure(transcript.epsilon)} for any ${count(transcript.records, "record")}${transcript.budgetMu === null ? ", no limit fixed" : `, within the limit fixed before training (mu = ${figure(transcript.budgetMu)})`}`,
      ],
      [
        "request",
        request.chosen === "independently"
          ? "chosen without looking at a released model: the claim holds"
          : "may have been chosen after seeing a model: the claims over all releases hold, not the first",
      ],
      [
        "steps",
        `${figure(process.stepsBefore)} to ${figure(process.stepsAfter)} (${count(cost.steps, "step")} for this request; retraining: ${figure(cost.retrainSteps)})`,
      ],
    ]),
    heading("What it does not cover"),
    ...notCovered.map((line) => `  - ${line}`),
  ];
}
