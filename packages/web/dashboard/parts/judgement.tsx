import type { ModelView } from "@expunge/client";
import { countText, percentText } from "../format";
import { Stat } from "./figures";
import { NoteItems } from "./note-items";

type Judged = Pick<ModelView, "judgement">;

/** Beside a model's name where it is of little use; nothing elsewhere. */
export function PoorBadge({ judgement }: Judged) {
  if (judgement === null || judgement.notes.length === 0) return null;
  return <span class="badge bad">of little use</span>;
}

/** Why it is. */
export function PoorNotes({ judgement }: Judged) {
  if (judgement === null || judgement.notes.length === 0) return null;
  const { on, rowCount, notes } = judgement;
  return (
    <ul class="notes" aria-label="Why it is of little use">
      <NoteItems notes={notes} />
      <li class="soft small">
        {on === "training"
          ? `Seen on ${countText(rowCount)} of the rows that it was trained on.`
          : `Seen on ${countText(rowCount)} rows of its evaluation data set.`}
      </li>
    </ul>
  );
}

/** What the commonest answer gets right by itself. */
export function BaselineStat({ judgement }: Judged) {
  const { on, baseline } = judgement ?? {};
  if (!baseline) return null;
  const { label, share } = baseline;
  return (
    <Stat name="Without a model" term="baseline" note={`right by always answering “${label}”`}>
      {on === "training" ? `about ${Math.round(100 * share)}%` : percentText(share)}
    </Stat>
  );
}
