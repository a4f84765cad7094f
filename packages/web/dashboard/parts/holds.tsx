import type { ModelView } from "@expunge/client";
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

/** What is certified, and nothing else. */
export function HoldsStat({
  holds,
  hasSentence = false,
}: {
  readonly holds: Holds | null;
  /** Whether its sentence stands below: then the figure need not say for whom it is. */
  readonly hasSentence?: boolean;
}) {
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
      note={`epsilon, at delta = ${numberText(holds.delta)}${hasSentence ? "" : `, ${AGAINST[holds.against]}`}`}
    >
      {boundText(holds.epsilon)}
    </Stat>
  );
}
