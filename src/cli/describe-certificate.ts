import { epsilonFromMu } from "../accounting/index.js";
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
        `epsilon = ${figure(transcript.epsilon)} for any ${count(transcript.records, "record")}${transcript.budgetMu === null ? ", no limit fixed" : `; limit fixed before training: epsilon = ${figure(epsilonFromMu(transcript.budgetMu, claim.delta))} (mu = ${figure(transcript.budgetMu)})`}`,
      ],
      [
        "request",
        request.chosen === "independently"
          ? "chosen without looking at a released model: the claim holds"
          : transcript.budgetMu === null
            ? "may have been chosen after seeing a model: no limit was fixed, so nothing is proved of that; the figures say what was spent"
            : "may have been chosen after seeing a model: the limit fixed before training holds, not the other figures",
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
