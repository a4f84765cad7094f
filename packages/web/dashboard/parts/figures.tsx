import type { ComponentChildren } from "preact";
import { Explain, type Term } from "../glossary";

/** One number with its name. */
export function Stat({
  name,
  term,
  children,
  note,
}: {
  readonly name: string;
  readonly term?: Term;
  readonly children: ComponentChildren;
  readonly note?: ComponentChildren;
}) {
  return (
    <div class="stat">
      <dt>
        {name}
        {term && <Explain term={term} about={name.toLowerCase()} />}
      </dt>
      <dd>
        <span class="value number">{children}</span>
        {note !== undefined && <span class="soft small">{note}</span>}
      </dd>
    </div>
  );
}

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly term?: Term;
}

/** Names and values below one another; long values take a line each. */
export function Facts({
  items,
  isLong = false,
}: {
  readonly items: readonly Fact[];
  readonly isLong?: boolean;
}) {
  return (
    <dl class={isLong ? "facts long" : "facts"}>
      {items.map(({ name, value, term }) => (
        <div key={name}>
          <dt>
            {name}
            {term && <Explain term={term} about={name} />}
          </dt>
          <dd class="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type State =
  | "waiting"
  | "training"
  | "ready"
  | "failed"
  | "accepted"
  | "running"
  | "completed"
  | "cancelled"
  | "uploading"
  | "done";

const TONES: Readonly<Record<State, "good" | "bad" | "busy" | "plain">> = {
  ready: "good",
  completed: "good",
  done: "good",
  failed: "bad",
  training: "busy",
  running: "busy",
  uploading: "busy",
  waiting: "plain",
  accepted: "plain",
  cancelled: "plain",
};

export function Badge({ state }: { readonly state: State }) {
  return <span class={`badge ${TONES[state]}`}>{state}</span>;
}

/** A line through the values, for the eye only: the number stands beside it. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  const points = values.map(
    (value, i) =>
      `${((100 * i) / (values.length - 1)).toFixed(1)},${(26 - (22 * (value - least)) / span).toFixed(1)}`,
  );
  return (
    <svg class="sparkline" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
