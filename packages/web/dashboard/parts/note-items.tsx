import type { Evaluation } from "@expunge/client";

/** Notes on an evaluation as the items of a list, each with what helps. */
export function NoteItems({ notes }: { readonly notes: Evaluation["notes"] }) {
  return (
    <>
      {notes.map(({ code, text, help }) => (
        <li key={code}>
          <strong>{text}</strong>
          {help !== null && <span class="soft small"> {help}</span>}
        </li>
      ))}
    </>
  );
}
