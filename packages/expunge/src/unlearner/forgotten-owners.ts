import type { ModelState } from "./model-state.js";

/** Whether a model has forgotten a subject who has not joined again since, by an id in any spelling that its form makes one. */
export function wasForgotten({
  index,
  forgotten,
}: Pick<ModelState, "index" | "forgotten">): (subject: string) => boolean {
  return (subject) => {
    const key = index.keyOf(subject);
    return forgotten.certificateOfSubject(key) !== undefined && index.rows(key, forgotten).length === 0;
  };
}
