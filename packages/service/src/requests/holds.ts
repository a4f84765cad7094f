import type { Holds } from "expunge";
import { HOLDS_STATEMENTS } from "expunge/process";
import type { TaskState } from "../database/tables.js";

/* What is proved, with one plain sentence for whoever reads it. */

/** What is proved and against whom, and one plain sentence to it. */
export interface Meant {
  /** null where nothing is proved, or not yet. */
  readonly holds: Holds | null;
  readonly meaning: string;
}

/** Of a certificate: its own sentence. */
export function meantBy(holds: Holds): { readonly holds: Holds; readonly meaning: string } {
  return { holds, meaning: HOLDS_STATEMENTS[holds.against] };
}

/** Of a model by its newest certificate. */
export function meantByModel(holds: Holds | null): Meant {
  return holds ? meantBy(holds) : { holds, meaning: NOBODY_YET };
}

/** Of what a request asks of one model. */
export function meantByTask(state: TaskState, holds: Holds | null): Meant {
  return holds ? meantBy(holds) : { holds, meaning: WITHOUT_CERTIFICATE[state] };
}

/** Of a request that would be served. */
export function meantByPreview(holds: Holds | null): Meant {
  return holds ? meantBy(holds) : { holds, meaning: NOTHING_TO_REMOVE };
}

const NOBODY_YET =
  "This model certifies nothing about anybody yet; its first deletion request brings the first certificate.";
const NOTHING_TO_REMOVE =
  "This model has nothing left to remove for this request, so there is nothing to certify.";

const WITHOUT_CERTIFICATE: Readonly<Record<TaskState, string>> = Object.freeze({
  waiting: "Nothing is proved of this request yet: the model has still to unlearn.",
  done: "There is no certificate: the model had nothing left to remove for this request, or was deleted.",
  failed: "Nothing is proved of this request: the model could not unlearn it within its limits.",
});
