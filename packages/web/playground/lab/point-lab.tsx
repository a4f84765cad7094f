import { useMemo, useState } from "preact/hooks";
import { Hint } from "../../shared/hint";
import { plural } from "../../shared/numbers";
import { readAddress } from "../address";
import type { LabSettings } from "../work/messages";
import { LabPage } from "./lab-page";
import { PointBoard, type Tool } from "./point-board";
import { PointList } from "./point-list";
import { featuresOf, type LabPoint, POINT_SETTINGS, pointData, ringPoints, startPoints } from "./points";
import { packPoints, unpackPoints } from "./points-address";
import { Story } from "./story";
import { useLab } from "./use-lab";
import { useSettings } from "./use-settings";

const TOOLS: readonly (readonly [Tool, string])[] = [
  ["forget", "Forget"],
  ["correct", "Correct"],
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
  correct: [
    "Click a point to give it the other colour: the model forgets the old one.",
    "By keyboard: N for the next point, Enter to correct it.",
  ],
  blue: DRAWING,
  orange: DRAWING,
};

/** Steps back that are kept. */
const MOST_PAST = 100;

const START: LabSettings = { ...POINT_SETTINGS, features: "linear" };

const EXAMPLE = packPoints(startPoints());

/** The example is what there is where the address names none. */
function inAddress(points: readonly LabPoint[]): { points?: string } {
  const packed = packPoints(points);
  return packed === EXAMPLE || packed === "" ? {} : { points: packed };
}

const pointsOfAddress = (): readonly LabPoint[] | null => unpackPoints(readAddress().query.get("points"));

interface Points {
  /** What the first model was trained on. */
  readonly base: readonly LabPoint[];
  /** What came to it: under the next numbers. */
  readonly added: readonly LabPoint[];
}

/** Points that the visitor draws. */
export function PointLab() {
  const [{ base, added }, setPoints] = useState<Points>(() => ({
    base: pointsOfAddress() ?? startPoints(),
    added: [],
  }));
  const [past, setPast] = useState<readonly (readonly LabPoint[])[]>([]);
  const [settings, setSettings] = useSettings("points", START, inAddress(base));
  const [tool, setTool] = useState<Tool>("forget");
  const [isJoining, setJoining] = useState(false);
  const data = useMemo(() => pointData(base), [base]);
  const lab = useLab(data, settings, settings.features === "linear");
  const points = useMemo(() => [...base, ...added], [base, added]);
  const alive = points.filter((_, row) => !lab.isForgotten(row));
  const remember = (): void => setPast((before) => [...before, alive].slice(-MOST_PAST));
  // Other points make a new model; what the old one forgot is gone for good.
  const begin = (next: readonly LabPoint[]): void => {
    remember();
    setPoints({ base: next, added: [] });
  };
  const append = (point: LabPoint): void =>
    setPoints((before) => ({ ...before, added: [...before.added, point] }));
  const add = (point: LabPoint): void => {
    if (isJoining) {
      if (lab.isBusy) return;
      remember();
      lab.join(featuresOf(point), point.label, () => append(point));
      return;
    }
    remember();
    setPoints((now) => ({
      // While points are drawn, none is forgotten.
      base: [...(now.base === base ? alive : [...now.base, ...now.added]), point],
      added: [],
    }));
  };
  const forget = (row: number): void => {
    if (lab.isBusy) return;
    remember();
    lab.forget(row);
  };
  const correct = (row: number): void => {
    if (lab.isBusy) return;
    remember();
    const corrected: LabPoint = { ...points[row]!, label: points[row]!.label === 1 ? -1 : 1 };
    lab.correct(row, corrected.label, () => append(corrected));
  };
  const undo = (): void => {
    const before = past.at(-1);
    if (before === undefined) return;
    setPast(past.slice(0, -1));
    setPoints({ base: before, added: [] });
  };
  const corner = points.findLastIndex(({ x, y, label }) => label === -1 && x > 0.4 && y > 0.4);
  return (
    <>
      <Story lab={lab} row={corner} onForget={forget} />
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
            <span class="tool-buttons">
              <button type="button" class="quiet" disabled={past.length === 0} onClick={undo}>
                Undo
              </button>
              <button type="button" class="quiet" onClick={() => begin(cornerPair())}>
                Clear
              </button>
              <button type="button" class="quiet" onClick={() => begin(startPoints())}>
                Example
              </button>
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  begin(ringPoints());
                  if (settings.features === "linear") setSettings({ ...settings, features: "fourier" });
                }}
              >
                Ring
              </button>
            </span>
          </div>
          {(tool === "blue" || tool === "orange") && (
            <label class="check">
              <input
                type="checkbox"
                checked={isJoining}
                onChange={({ currentTarget }) => setJoining(currentTarget.checked)}
              />
              New points join the model that there is
              <Hint about="joining">
                The model goes on learning with the new point, for one pass over all points. Otherwise a new
                model is trained. Undo trains a new model, too: one that has forgotten cannot take that back.
                The certificates of the old one stay.
              </Hint>
            </label>
          )}
          <p class="soft small tool-words">
            {lab.previewed === null || tool !== "forget" ? (
              <>
                {TOOL_WORDS[tool][0]} <span class="keyboard-words">{TOOL_WORDS[tool][1]}</span>
              </>
            ) : (
              <>To forget this point would take {plural(lab.previewed.steps, "step")}.</>
            )}
          </p>
          <PointBoard
            lab={lab}
            points={points}
            tool={tool}
            onAdd={add}
            onChoose={tool === "correct" ? correct : forget}
          />
          <BoardKey
            hasForgotten={lab.requests.length > 0}
            hasRetrained={lab.retrained !== null}
            fanCount={lab.fan.length}
          />
          <PointList lab={lab} points={points} onForget={forget} />
        </section>
      </LabPage>
    </>
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
  fanCount,
}: {
  readonly hasForgotten: boolean;
  readonly hasRetrained: boolean;
  readonly fanCount: number;
}) {
  return (
    <ul class="key board-key">
      <KeyLine kind="now" words="the model’s boundary" />
      {hasForgotten && <KeyLine kind="before" words="before forgetting" />}
      {fanCount > 0 && (
        <KeyLine
          kind="fan"
          words={`${fanCount} retrained, in the same batches and with as much noise; the model’s own is one draw, too, and may lie among them or at their edge`}
        />
      )}
      {hasRetrained && <KeyLine kind="retrained" words="retrained in other batches, without noise" />}
    </ul>
  );
}

function KeyLine({ kind, words }: { readonly kind: string; readonly words: string }) {
  return (
    <li>
      <svg class="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
        <path class={`boundary ${kind}`} d="M1 5H25" />
      </svg>{" "}
      {words}
    </li>
  );
}
