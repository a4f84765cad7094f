import type { ModelState } from "./model-state.js";

/** Whether a model has forgotten a subject, by an id in any spelling that its form makes one. */
export function wasForgotten({
  index,
  forgotten,
}: Pick<ModelState, "index" | "forgotten">): (subject: string) => boolean {
  return (subject) => forgotten.certificateOfSubject(index.keyOf(subject)) !== undefined;
}
