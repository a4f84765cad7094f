import { ExpungeError } from "expunge";
import type { Schema } from "expunge/data";
import { inputCountOf, type PredictionState } from "expunge/process";
import { ChildLine } from "../child/child-line.js";

/* Predictions that take long are made by a process of their own: others wait for this one's answers. */

const LIMITS = { ms: 30_000, mib: 1024 };

const line = new ChildLine(LIMITS, () => {
  const most = `${LIMITS.ms / 1000} seconds or ${LIMITS.mib} MiB`;
  return new ExpungeError("E_OPTION", `This takes more than ${most}. Send fewer rows at once.`);
});

interface OwnedModel extends PredictionState {
  readonly tenantId: string;
  readonly schema: Schema | null;
}

/** Multiplications that take a few milliseconds. */
const MAX_QUICK = 2 ** 22;

/** Whether what a model says of so many rows is computed at once. */
export function isQuick({ plan }: PredictionState, rowCount: number): boolean {
  const { featureCount, outputCount, features } = plan;
  const mapped = features ? inputCountOf(plan) * featureCount : 0;
  return rowCount * (featureCount * outputCount + mapped) <= MAX_QUICK;
}

/** @param body JSON of rows, or of rows by names @returns JSON of `predictBody` @throws as `predictBody`; ExpungeError E_OPTION beyond the limits, E_WORKER */
export function predictAside(model: OwnedModel, body: Uint8Array): Promise<string> {
  return line.ask(model.tenantId, "predictBody", [factsOf(model), body, model.schema]);
}

/** @param body JSON of rows and labels @returns JSON of `evaluateRows` @throws as `predictAside` */
export function evaluateAside(model: OwnedModel, body: Uint8Array): Promise<string> {
  return line.ask(model.tenantId, "evaluateBody", [factsOf(model), body]);
}

/** Only what it reads: a stored model has secrets, too. */
function factsOf({ plan, weights, description }: PredictionState): PredictionState {
  return { plan, weights, description };
}
