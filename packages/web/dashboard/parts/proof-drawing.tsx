import { useState } from "preact/hooks";
import type { PathStep, ProofPath } from "../../shared/checks/proof-path";
import { Explain } from "../glossary";
import { linkTo } from "../router";
import { Legend } from "./legend";

const ROW = 76;
const BOX = { width: 128, height: 38 };
const WIDTH = 360;
const MIDDLE = WIDTH / 2;
const APART = 84;

const short = (hash: string): string => `${hash.slice(0, 6)}…${hash.slice(-4)}`;

/** The way from an entry to the root: the leaf below, each sibling beside it, every hash computed in this browser. */
export function ProofDrawing({
  path,
  index,
  size,
  isSigned,
}: {
  readonly path: ProofPath;
  readonly index: number;
  readonly size: number;
  /** Whether the checkpoint's signature was checked, against the log's key, and is right. */
  readonly isSigned: boolean;
}) {
  const { steps, root, leaf } = path;
  const ok = path.ok && isSigned;
  const rootName = isSigned ? "signed root" : "root, not signed";
  const computed = steps.at(-1)?.parent ?? leaf;
  const height = ROW * (steps.length + 1.8);
  const yOf = (level: number): number => height - ROW * (level + 0.4);
  // The path keeps to the side where it stands, its sibling to the other; the root is in the middle.
  const xOf = (level: number): number =>
    level === steps.length ? MIDDLE : steps[level]!.side === "left" ? MIDDLE - APART : MIDDLE + APART;
  return (
    <div class="proof">
      <p class={ok ? "verdict good" : "verdict bad"} role="status">
        {ok
          ? `Proved: the ${steps.length + 1} hashes computed in this browser lead from entry ${index} to the root of all ${size} entries, and the log’s key signed that root.`
          : path.ok
            ? "Broken: the hashes lead to the root, but the log’s key did not sign this checkpoint."
            : "Broken: the hashes computed in this browser do not lead to the signed root."}
      </p>
      <p class="soft small">
        The log’s key was fetched from this service. Compare it on the{" "}
        <a href={linkTo("ledger")}>ledger’s page</a> with one that reached you by another way.
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`Path of ${steps.length} steps from the leaf to the root; ${ok ? "it ends at the signed root" : "it does not end at the signed root"}.`}
      >
        <line
          class={ok ? "edge good" : "edge bad"}
          x1={MIDDLE}
          x2={MIDDLE}
          y1={yOf(steps.length)}
          y2={yOf(steps.length + 1)}
        />
        {steps.map((step, level) => (
          <Level
            key={step.parent}
            step={step}
            from={{ x: xOf(level), y: yOf(level) }}
            to={{ x: xOf(level + 1), y: yOf(level + 1) }}
            hash={level === 0 ? leaf : steps[level - 1]!.parent}
            label={level === 0 ? "leaf: this entry" : "computed"}
          />
        ))}
        <Box
          x={MIDDLE}
          y={yOf(steps.length)}
          hash={computed}
          label={steps.length === 0 ? "leaf and root" : "computed root"}
          tone="path"
        />
        <Box
          x={MIDDLE}
          y={yOf(steps.length + 1)}
          hash={root}
          label={`${rootName} ${ok ? "✓" : "✗"}`}
          tone={ok ? "good" : "bad"}
        />
      </svg>
      <Legend
        items={[
          { tone: "ours", text: "computed here" },
          {
            tone: "retrain",
            text: (
              <>
                sibling, given by the proof
                <Explain term="sibling" />
              </>
            ),
          },
        ]}
      />
      <Hashes path={path} />
    </div>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A hash of the path and its sibling, joined in their parent. */
function Level({
  step,
  from,
  to,
  hash,
  label,
}: {
  readonly step: PathStep;
  readonly from: Place;
  readonly to: Place;
  readonly hash: string;
  readonly label: string;
}) {
  const other = 2 * MIDDLE - from.x;
  return (
    <g>
      <line class="edge" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      <line class="edge faint" x1={other} y1={from.y} x2={to.x} y2={to.y} />
      <Box x={from.x} y={from.y} hash={hash} label={label} tone="path" />
      <Box x={other} y={from.y} hash={step.sibling} label="sibling" tone="sibling" />
    </g>
  );
}

function Box({
  x,
  y,
  hash,
  label,
  tone,
}: {
  readonly x: number;
  readonly y: number;
  readonly hash: string;
  readonly label: string;
  readonly tone: "path" | "sibling" | "good" | "bad";
}) {
  return (
    <g class={`node ${tone}`}>
      <rect x={x - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx="7" />
      <text x={x} y={y - 4} class="small-label">
        {label}
      </text>
      <text x={x} y={y + 12} class="hash">
        {short(hash)}
      </text>
    </g>
  );
}

/** The same for whoever wants to compute it by hand, or cannot see the drawing. */
function Hashes({ path }: { readonly path: ProofPath }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>All hashes in full</summary>
      {isOpen && (
        <ol class="hashes">
          <li>
            leaf <code class="mono break">{path.leaf}</code>
          </li>
          {path.steps.map((step) => (
            <li key={step.parent}>
              with the sibling {step.side === "left" ? "to the right" : "to the left"}{" "}
              <code class="mono break">{step.sibling}</code> gives{" "}
              <code class="mono break">{step.parent}</code>
            </li>
          ))}
          <li>
            signed root <code class="mono break">{path.root}</code>
          </li>
        </ol>
      )}
    </details>
  );
}
