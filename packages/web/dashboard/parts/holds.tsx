import type { Holds } from "expunge/verify";
import { AGAINST } from "../../shared/holds-words";
import { BoundStat } from "./figures";

/** What is certified, and nothing else. */
export function HoldsStat({ holds }: { readonly holds: Holds | null }) {
  return (
    <BoundStat
      name="Holds"
      term="holds"
      bound={holds}
      note={holds === null ? "" : AGAINST[holds.against]}
      without="nothing about anybody yet"
    />
  );
}
