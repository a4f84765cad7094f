import { useMemo, useState } from "preact/hooks";
import { plural } from "../../shared/numbers";
import type { LabSettings } from "../work/messages";
import { LabPage } from "./lab-page";
import { PointBoard, type Tool } from "./point-board";
import { PointList } from "./point-list";
import { type LabPoint, pointData, startPoints } from "./points";
import { useLab } from "./use-lab";

const START: LabSettings = Object.freeze({
  epsilon: 1,
  delta: 1e-3,
  maxNoise: 0.1,
  batchSize: 10,
  epochs: 40,
});

const TOOLS: readonly (readonly [Tool, string])[] = [
  ["forget", "Forget"],
  ["blue", "Add blue"],
  ["orange", "Add orange"],
];

const DRAWING = [
  "Click, or draw with the button held.",
  "By keyboard: arrow keys move, Enter adds a point.",
] as const;
const TOOL_WORDS: Readonly<Record<Tool, readonly [pointer: string, keyboard: string]>> = {
  forget: [
    "Click a point and the model forgets it.",
    "By keyboard: N for the next point, Enter to forget it.",
  ],
  blue: DRAWING,
  orange: DRAWING,
};

/** Points that the visitor draws. */
export function PointLab() {
  const [points, setPoints] = useState<readonly LabPoint[]>(startPoints);
  const [settings, setSettings] = useState(START);
  const [tool, setTool] = useState<Tool>("forget");
  const data = useMemo(() => pointData(points), [points]);
  const lab = useLab(data, settings);
  // Adding a point makes a new model; what the old one forgot is gone for good.
  const add = (point: LabPoint): void =>
    setPoints((before) => [...before.filter((_, row) => before !== points || !lab.isForgotten(row)), point]);
  const clear = (): void => setPoints(cornerPair());
  return (
    <LabPage
      lab={lab}
      noun="point"
      advice="Try an orange one in the corner at the top right."
      onSettings={setSettings}
    >
      <section class="card" aria-label="Board">
        <div class="tools">
          <fieldset>
            <legend class="visually-hidden">A click will</legend>
            {TOOLS.map(([name, words]) => (
              <label key={name} class={`tool ${name}`}>
                <input type="radio" name="tool" checked={tool === name} onChange={() => setTool(name)} />
                {words}
              </label>
            ))}
          </fieldset>
          <span class="spacer" />
          <button type="button" class="quiet" onClick={clear}>
            Clear
          </button>
          <button type="button" class="quiet" onClick={() => setPoints(startPoints())}>
            Example
          </button>
        </div>
        <p class="soft small tool-words">
          {lab.previewed === null ? (
            <>
              {TOOL_WORDS[tool][0]} <span class="keyboard-words">{TOOL_WORDS[tool][1]}</span>
            </>
          ) : (
            <>To forget this point would take {plural(lab.previewed.steps, "step")}.</>
          )}
        </p>
        <PointBoard lab={lab} points={points} tool={tool} onAdd={add} />
        <BoardKey hasForgotten={lab.requests.length > 0} hasRetrained={lab.retrained !== null} />
        <PointList lab={lab} points={points} />
      </section>
    </LabPage>
  );
}

/** The fewest that a model can be trained on: one of each. */
function cornerPair(): readonly LabPoint[] {
  return [
    { x: 0.6, y: 0.6, label: 1 },
    { x: -0.6, y: -0.6, label: -1 },
  ];
}

function BoardKey({
  hasForgotten,
  hasRetrained,
}: {
  readonly hasForgotten: boolean;
  readonly hasRetrained: boolean;
}) {
  return (
    <ul class="key board-key">
      <li>
        <svg class="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
          <path class="boundary now" d="M1 5H25" />
        </svg>
        the model’s boundary
      </li>
      {hasForgotten && (
        <li>
          <svg class="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
            <path class="boundary before" d="M1 5H25" />
          </svg>
          before forgetting
        </li>
      )}
      {hasRetrained && (
        <li>
          <svg class="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
            <path class="boundary retrained" d="M1 5H25" />
          </svg>
          retrained
        </li>
      )}
    </ul>
  );
}
