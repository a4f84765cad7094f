import type { ModelView } from "expunge/client";
import { boundText, numberText } from "../format";
import { Stat } from "./figures";

export type Holds = NonNullable<ModelView["holds"]>;

const AGAINST: Readonly<Record<Holds["against"], string>> = {
  independent: "for requests that do not depend on what the model showed",
  adaptive: "whoever asked, also after seeing releases",
};

/** "epsilon 0.98, delta 10⁻⁵, for requests that ..." */
export function holdsText({ epsilon, delta, against }: Holds): string {
  return `epsilon ${boundText(epsilon)}, delta ${numberText(delta)}, ${AGAINST[against]}`;
}

/** What is certified, and nothing else; its sentence stands beside it. */
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
