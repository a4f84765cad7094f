import { AGAINST, type Holds } from "../../shared/verdict";
import { boundText, numberText } from "../format";
import { Stat } from "./figures";

/** "epsilon 0.98, delta 10⁻⁵, for requests that ..." */
export function holdsText({ epsilon, delta, against }: Holds): string {
  return `epsilon ${boundText(epsilon)}, delta ${numberText(delta)}, ${AGAINST[against]}`;
}

/** What is certified, and nothing else. */
export function HoldsStat({ holds }: { readonly holds: Holds | null }) {
  if (holds === null)
    return (
      <Stat name="Holds" term="holds" note="nothing about anybody yet">
        –
      </Stat>
    );
  return (
    <Stat
      name="Holds"
      term="holds"
      note={`epsilon, at delta = ${numberText(holds.delta)}, ${AGAINST[holds.against]}`}
    >
      {boundText(holds.epsilon)}
    </Stat>
  );
}
