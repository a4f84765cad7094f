import { useState } from "preact/hooks";
import { type LabPoint, POINT_NAMES } from "./points";
import type { Lab } from "./use-lab";

/** The points as a list of buttons: another way to the same thing, for whoever cannot use a drawing. */
export function PointList({
  lab,
  points,
  onForget,
}: {
  readonly lab: Lab;
  readonly points: readonly LabPoint[];
  readonly onForget: (row: number) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="list" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>All points as a list</summary>
      {isOpen && (
        <ol class="rows">
          {points.map(({ x, y, label }, row) => (
            <li key={row}>
              <span class={`dot ${POINT_NAMES[label]}`} />
              <span class="number">
                {POINT_NAMES[label]} at {x.toFixed(2)}, {y.toFixed(2)}
              </span>
              {lab.isForgotten(row) ? (
                <span class="soft">forgotten</span>
              ) : (
                <button type="button" class="quiet" disabled={lab.isBusy} onClick={() => onForget(row)}>
                  Forget<span class="visually-hidden"> point {row + 1}</span>
                </button>
              )}
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
