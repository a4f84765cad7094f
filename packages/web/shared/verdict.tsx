import type { Holds } from "expunge/verify";
import { holdsWords } from "./holds-words";

/** What holds, in one sentence and for whom: the first thing to be read, and the largest. */
export function Verdict({
  holds,
  meaning,
  when,
}: {
  readonly holds: Holds | null;
  readonly meaning: string;
  /** Where it does not hold yet: when it will. */
  readonly when?: string;
}) {
  const [lead, rest] = sentenceOf(holds, meaning);
  return (
    <div class={holds === null ? "holds nothing" : "holds"}>
      <p class="holds-lead">
        {when !== undefined && holds !== null && <>{when}: </>}
        {lead}
      </p>
      {rest !== "" && <p>{rest}</p>}
      {holds?.against === "adaptive" && (
        <p class="soft small">
          The disclosure claim is the bound on everything released. Its records are any rows, as many as that
          bound is for.
        </p>
      )}
    </div>
  );
}

const sentenceOf = (holds: Holds | null, meaning: string): readonly [lead: string, rest: string] =>
  holds === null ? [meaning, ""] : [`Holds at ${holdsWords(holds)}.`, meaning];
