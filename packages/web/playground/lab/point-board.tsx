import { useEffect, useRef, useState } from "preact/hooks";
import type { Trained } from "../work/messages";
import { blueBands, undecidedPath } from "./grid-shapes";
import { blueSideOf, boundaryOf, clamp, type LabPoint, POINT_NAMES } from "./points";
import type { Lab } from "./use-lab";

/** What a click on the board does. */
export type Tool = "forget" | "correct" | "blue" | "orange";

interface Props {
  readonly lab: Lab;
  readonly points: readonly LabPoint[];
  readonly tool: Tool;
  readonly onAdd: (point: LabPoint) => void;
  /** A point was meant, to be forgotten or corrected. */
  readonly onChoose: (row: number) => void;
}

const isDrawing = (tool: Tool): tool is "blue" | "orange" => tool === "blue" || tool === "orange";

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A move of the cursor by an arrow key. */
const MOVE = 0.05;
/** Between the points of a trail. */
const SPACING = 0.07;
/** How far from a point a click still means it. */
const REACH = 0.09;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-MOVE, 0],
  ArrowRight: [MOVE, 0],
  ArrowUp: [0, MOVE],
  ArrowDown: [0, -MOVE],
};

/**
 * Points and boundaries, for pointer and keyboard: arrow keys move a cursor, Enter does what a click does, Escape hides the cursor, and N
 * jumps to the next point.
 */
export function PointBoard({ lab, points, tool, onAdd, onChoose }: Props) {
  const [cursor, setCursor] = useState<Place | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  // What the next key goes by: keys may follow each other faster than the page is drawn.
  const at = useRef<Place | null>(null);
  const [said, setSaid] = useState("");
  const drawn = useRef<readonly [number, number]>([0, 0]);

  const { preview } = lab;
  useEffect(() => preview(hovered), [preview, hovered]);

  const act = (x: number, y: number): void => {
    if (isDrawing(tool)) {
      onAdd({ x: clamp(x), y: clamp(y), label: tool === "blue" ? 1 : -1 });
      return;
    }
    const row = nearestPoint(lab, points, x, y);
    setHovered(null);
    if (row === null) setSaid(`No point here to ${tool}.`);
    else onChoose(row);
  };
  const hideCursor = (): void => {
    at.current = null;
    setCursor(null);
  };
  const moveTo = (x: number, y: number): void => {
    at.current = { x, y };
    setCursor(at.current);
    const row = nearestPoint(lab, points, x, y);
    setHovered(isDrawing(tool) ? null : row);
    setSaid(row === null ? `Empty place ${placeWords(x, y)}.` : pointWords(points, row));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // The browser's own shortcuts stay its own.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { x, y } = at.current ?? { x: 0, y: 0 };
    const arrow = ARROWS[event.key];
    if (arrow) moveTo(clamp(x + arrow[0]), clamp(y + arrow[1]));
    else if (event.key === "Enter" || event.key === " ") act(x, y);
    else if (event.key === "n" || event.key === "N") {
      const next = nextPoint(lab, points, at.current && nearestPoint(lab, points, x, y));
      if (next !== null) moveTo(next.x, next.y);
    } else if (event.key === "Escape") hideCursor();
    else return;
    event.preventDefault();
  };
  const placeOf = (event: MouseEvent): readonly [number, number] => {
    const { left, top, width, height } = (event.currentTarget as Element).getBoundingClientRect();
    return [(2 * (event.clientX - left)) / width - 1, 1 - (2 * (event.clientY - top)) / height];
  };

  const draw = (event: PointerEvent): void => {
    const [x, y] = placeOf(event);
    drawn.current = [x, y];
    act(x, y);
  };
  /** With the button held, a trail of points. */
  const drawOn = (event: PointerEvent): void => {
    const [x, y] = placeOf(event);
    const [lastX, lastY] = drawn.current;
    if ((event.buttons & 1) === 1 && Math.hypot(x - lastX, y - lastY) > SPACING) draw(event);
  };

  return (
    <div class="board-frame">
      <div
        class={`board${isDrawing(tool) ? " drawing" : ""}`}
        role="application"
        aria-label="Drawing board. Arrow keys move a cursor, N jumps to the next point, Enter forgets, corrects or adds a point. Below it there is a list of all points."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes its own keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={hideCursor}
        onClick={(event) => !isDrawing(tool) && act(...placeOf(event))}
        onPointerDown={(event) => isDrawing(tool) && event.button === 0 && draw(event)}
        onPointerMove={(event) => {
          if (isDrawing(tool)) drawOn(event);
          else if (event.pointerType !== "touch") setHovered(nearestPoint(lab, points, ...placeOf(event)));
        }}
        onPointerLeave={() => setHovered(null)}
      >
        <BoardPicture lab={lab} points={points} hovered={hovered} cursor={cursor} />
      </div>
      <p class="visually-hidden" role="status">
        {said}
      </p>
    </div>
  );
}

function BoardPicture(props: {
  readonly lab: Lab;
  readonly points: readonly LabPoint[];
  readonly hovered: number | null;
  readonly cursor: Place | null;
}) {
  const { lab, points, hovered, cursor } = props;
  const { first, current, retrained, fan, requests } = lab;
  const corrected = new Set(requests.filter(({ isCorrection }) => isCorrection).flatMap(({ rows }) => rows));
  return (
    <svg viewBox="-1 -1 2 2" aria-hidden="true">
      <g transform="scale(1,-1)">
        {current && <BlueSide model={current} />}
        {requests.length > 0 && <Boundary model={first} kind="before" />}
        {fan.map((weights, i) => (
          <Boundary key={i} model={{ weights, grid: null }} kind="fan" />
        ))}
        <Boundary model={retrained} kind="retrained" />
        <Boundary model={current} kind="now" />
        {points.map(({ x, y, label }, row) => {
          const key = `${row}`;
          // In its place there is one of the other colour.
          if (corrected.has(row)) return null;
          if (lab.isForgotten(row))
            return <path key={key} class="gone" d={`M${x - 0.025} ${y - 0.025}l.05 .05m0 -.05l-.05 .05`} />;
          const kind = `point ${POINT_NAMES[label]}${row === hovered ? " hovered" : ""}`;
          return (
            <circle key={key} class={kind} cx={x} cy={y} r={row === hovered ? 0.042 : 0.026} data-row={row} />
          );
        })}
        {cursor && (
          <path class="cursor" d={`M${cursor.x - 0.07} ${cursor.y}h.14M${cursor.x} ${cursor.y - 0.07}v.14`} />
        )}
      </g>
    </svg>
  );
}

type Drawn = Pick<Trained, "weights" | "grid">;

/** The part of the board that a model takes for blue. */
function BlueSide({ model: { weights, grid } }: { readonly model: Drawn }) {
  if (grid !== null) return <path class="blue-side" d={blueBands(grid)} />;
  const corners = blueSideOf(weights).map((place) => place.join());
  return <polygon class="blue-side" points={corners.join(" ")} />;
}

function Boundary({ model, kind }: { readonly model: Drawn | null; readonly kind: string }) {
  if (model === null) return null;
  if (model.grid !== null) return <path class={`boundary ${kind}`} d={undecidedPath(model.grid)} />;
  const line = boundaryOf(model.weights);
  if (line === null) return null;
  const [[x1, y1], [x2, y2]] = line;
  return <line class={`boundary ${kind}`} {...{ x1, y1, x2, y2 }} />;
}

function nearestPoint(lab: Lab, points: readonly LabPoint[], x: number, y: number): number | null {
  let best: number | null = null;
  let least = REACH;
  points.forEach((point, row) => {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance >= least || lab.isForgotten(row)) return;
    [best, least] = [row, distance];
  });
  return best;
}

function nextPoint(lab: Lab, points: readonly LabPoint[], after: number | null): LabPoint | null {
  for (let i = 1; i <= points.length; i++) {
    const row = ((after ?? -1) + i) % points.length;
    if (!lab.isForgotten(row)) return points[row]!;
  }
  return null;
}

function pointWords(points: readonly LabPoint[], row: number): string {
  const { x, y, label } = points[row]!;
  return `Point ${row + 1}, ${POINT_NAMES[label]}, ${placeWords(x, y)}.`;
}

function placeWords(x: number, y: number): string {
  return `at ${Math.round(50 * (x + 1))} percent across, ${Math.round(50 * (y + 1))} percent up`;
}
