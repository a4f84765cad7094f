import type { Holds } from "expunge/verify";
import { boundWords, isUsefulBound, numberWords } from "./numbers";

export type { Holds } from "expunge/verify";

/** For whose requests it is. */
export const AGAINST: Readonly<Record<Holds["against"], string>> = {
  independent: "for requests that do not depend on what the model showed",
  adaptive: "whoever asked, also after seeing releases",
};

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
    </div>
  );
}

function sentenceOf(holds: Holds | null, meaning: string): readonly [lead: string, rest: string] {
  if (holds === null) return [meaning, ""];
  const figures = `epsilon ${boundWords(holds.epsilon)}, delta ${numberWords(holds.delta)}`;
  const strength = isUsefulBound(holds.epsilon)
    ? `Holds at ${figures}`
    : `Holds at ${figures} only, which hides nobody`;
  return [`${strength}, ${AGAINST[holds.against]}.`, meaning];
}
