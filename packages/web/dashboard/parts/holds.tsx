import { AGAINST, type Holds } from "../../shared/verdict";
import { boundText, numberText } from "../format";
import { BoundStat } from "./figures";

/** "epsilon 0.98, delta 10⁻⁵, for requests that ..." */
export function holdsText({ epsilon, delta, against }: Holds): string {
  return `epsilon ${boundText(epsilon)}, delta ${numberText(delta)}, ${AGAINST[against]}`;
}

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
