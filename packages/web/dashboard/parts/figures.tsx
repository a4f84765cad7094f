import type { ComponentChildren } from "preact";
import { isUsefulBound } from "../../shared/numbers";
import { boundText, numberText } from "../format";
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

/** A bound on epsilon at its delta; one of no use is called that, and its figure is only a note. */
export function BoundStat({
  name,
  term,
  bound,
  note,
  without,
}: {
  readonly name: string;
  readonly term?: Term;
  /** null: nothing bounds it. */
  readonly bound: { readonly epsilon: number | null; readonly delta: number } | null;
  /** What is bounded. */
  readonly note: string;
  /** The same where nothing bounds it. */
  readonly without: string;
}) {
  const epsilon = bound?.epsilon ?? null;
  const words = term ? { name, term } : { name };
  if (bound === null || epsilon === null)
    return (
      <Stat {...words} note={without}>
        no bound
      </Stat>
    );
  const at = `at delta = ${numberText(bound.delta)}, ${note}`;
  if (!isUsefulBound(epsilon))
    return (
      <Stat {...words} note={`epsilon ${boundText(epsilon)} ${at}: that hides nobody`}>
        no useful bound
      </Stat>
    );
  return (
    <Stat {...words} note={at}>
      ε {boundText(epsilon)}
    </Stat>
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

/**
 * A line through the values, for the eye only: the number stands beside it.
 *
 * @param room the least that its height stands for: a change that matters to nobody must not look like one
 */
export function Sparkline({ values, room }: { readonly values: readonly number[]; readonly room: number }) {
  if (values.length < 2) return null;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(most - least, room) || 1;
  const bottom = (least + most - span) / 2;
  const points = values.map(
    (value, i) =>
      `${((100 * i) / (values.length - 1)).toFixed(1)},${(26 - (22 * (value - bottom)) / span).toFixed(1)}`,
  );
  return (
    <svg class="sparkline" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
