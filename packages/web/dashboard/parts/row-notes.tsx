import type { AdditionView } from "@expunge/client";

/** What the schema let pass of rows that came, and hardly knows: nothing where it knew all. */
export function RowNotes({
  notes,
  lead = "The rows are in, but the schema hardly knows some of their cells:",
}: Pick<AdditionView, "notes"> & { readonly lead?: string }) {
  if (notes.length === 0) return null;
  return (
    <>
      <p class="soft small">{lead}</p>
      <ul class="notes mild" aria-label="What the schema hardly knows">
        {notes.map(({ column, kind, text }) => (
          <li key={`${kind} ${column}`}>{text}</li>
        ))}
      </ul>
    </>
  );
}
