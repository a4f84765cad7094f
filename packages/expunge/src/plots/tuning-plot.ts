import * as Plot from "@observablehq/plot";
import type { TunedCandidate, TunedScores, Tuning } from "../unlearner/tune-result.js";
import { compactWords, countWords, plural } from "./number-words.js";
import { LIGHT } from "./palette.js";
import type { Frame } from "./plot-parts.js";
import { svgPicture } from "./svg-picture.js";

export const TUNING_FRAME: Frame = Object.freeze({
  width: 720,
  height: 460,
  palette: LIGHT,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  fontSize: 13,
});

const MEASURES = { accuracy: "accuracy", auc: "AUC", r2: "R²" } as const;

interface Shown {
  readonly candidate: TunedCandidate;
  readonly work: number;
  readonly scores: TunedScores;
}

/**
 * Score after requests against work, of the plans that requests were simulated for: the mean with a line down to the least, the frontier, the chosen plan and
 * the default named.
 */
export function tuningPlot(tuning: Tuning, frame: Frame = TUNING_FRAME): string {
  const { palette, fontSize = 13, width, height } = frame;
  const shown = shownOf(tuning);
  const measure = MEASURES[tuning.measure];
  const frontier = shown.filter(({ candidate }) => candidate.isOnFrontier);
  const dot = { x: "work", y: (one: Shown) => one.scores.mean } as const;
  const svg = svgPicture({
    ...frame,
    label: labelOf(tuning, shown, measure),
    plot: {
      marginLeft: 4.6 * fontSize,
      marginRight: 2 * fontSize,
      marginTop: 5.2 * fontSize,
      marginBottom: 3.6 * fontSize,
      x: {
        type: "log",
        domain: workDomain(shown),
        axis: null,
      },
      y: {
        domain: scoreDomain(shown),
        label: null,
        ticks: 6,
        tickSize: 0,
        tickFormat: (tick: number) => tick.toFixed(3),
      },
      marks: [
        // Its own tick format would leave out every 5.
        Plot.axisX(workTicks(workDomain(shown)), {
          text: compactWords,
          label: `gradient evaluations: training and ${plural(tuning.requests, "request")}`,
          labelAnchor: "center",
          labelArrow: "none",
          tickSize: 4,
        }),
        Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: 6 }),
        Plot.line(frontier, { ...dot, curve: "step-after", stroke: palette.ours, strokeOpacity: 0.5 }),
        Plot.ruleX(shown, {
          x: "work",
          y1: (one: Shown) => one.scores.least,
          y2: (one: Shown) => one.scores.mean,
          stroke: (one: Shown) => colourOf(one, frame),
          strokeWidth: 1.5,
        }),
        Plot.dot(shown, {
          ...dot,
          r: (one: Shown) => (one.candidate.isChosen ? 7 : 4.5),
          fill: (one: Shown) => (one.candidate.isOnFrontier ? colourOf(one, frame) : palette.ground),
          stroke: (one: Shown) => colourOf(one, frame),
          strokeWidth: 1.75,
          title: titleOf,
        }),
        ...namesOf(shown, frame),
      ],
      r: { type: "identity" },
    },
  });
  const head = [
    `<rect width="${width}" height="${height}" fill="${palette.ground}"/>`,
    textLine(`${capital(measure)} after requests against work`, 1.6, frame, palette.ink, 'font-weight="600"'),
    textLine(subtitleOf(tuning), 3, frame, palette.soft),
    textLine(
      "dot: mean; line below: least; filled: nothing better for as little work",
      4.3,
      frame,
      palette.soft,
    ),
  ].join("");
  // A picture of its own has neither ground nor text colour to inherit.
  return svg.replace(/(<\/title>)/, `$1${head}`).replaceAll("currentColor", palette.soft);
}

function shownOf({ candidates }: Tuning): readonly Shown[] {
  return candidates.flatMap((candidate) =>
    candidate.after === null ? [] : [{ candidate, work: candidate.work.total, scores: candidate.after }],
  );
}

/** Where a name begins, ends or has its middle, and which way it is moved from its line. */
const ANCHORS = { right: ["start", 1], middle: ["middle", 0], left: ["end", -1] } as const;

/** The chosen plan and the default by name, below their lines, where no dots are; away from the edge that is near. */
function namesOf(shown: readonly Shown[], frame: Frame): Plot.Markish[] {
  const { palette, fontSize = 13 } = frame;
  const [low, high] = workDomain(shown);
  const named = shown.filter(({ candidate }) => candidate.isChosen || candidate.isDefault);
  return named.map((one) => {
    const { isChosen, isDefault } = one.candidate;
    const place = Math.log(one.work / low) / Math.log(high / low);
    const [textAnchor, side] = place < 0.15 ? ANCHORS.right : place > 0.85 ? ANCHORS.left : ANCHORS.middle;
    return Plot.text([one], {
      x: "work",
      y: ({ scores }: Shown) => scores.least,
      text: () => (isChosen && isDefault ? "chosen: the default" : isChosen ? "chosen" : "default"),
      textAnchor,
      dx: -8 * side,
      dy: 0.9 * fontSize,
      fill: isChosen ? palette.ours : palette.paper,
      fontWeight: isChosen ? 600 : 400,
      stroke: palette.ground,
      strokeWidth: 4,
    });
  });
}

function colourOf({ candidate }: Shown, { palette }: Frame): string {
  if (candidate.isChosen) return palette.ours;
  return candidate.isDefault ? palette.paper : palette.retrain;
}

/** Half an octave to spare at both ends. */
function workDomain(shown: readonly Shown[]): readonly [number, number] {
  const works = shown.map(({ work }) => work);
  return [Math.min(...works) / 1.5, Math.max(...works) * 1.5];
}

function scoreDomain(shown: readonly Shown[]): readonly [number, number] {
  const low = Math.min(...shown.map(({ scores }) => scores.least));
  const high = Math.max(...shown.map(({ scores }) => scores.mean));
  const room = Math.max(0.001, 0.08 * (high - low));
  return [low - 1.5 * room, high + 2.5 * room];
}

/** 1, 2 and 5 of every decade; the decades alone where those would be many. */
function workTicks([low, high]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, i) => 10 ** (first + i),
  );
  const within = (ticks: readonly number[]): number[] => ticks.filter((tick) => tick >= low && tick <= high);
  const all = within(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]));
  return all.length > MAX_TICKS ? within(decades) : all;
}

const MAX_TICKS = 9;

function subtitleOf({ target, rows, tunedOn }: Tuning): string {
  const what = tunedOn === "public" ? "trials on public data alone" : "trials on the training data";
  return `every request at epsilon = ${target.epsilon}, delta = ${target.delta}; ${countWords(rows.scored)} rows scored; ${what}`;
}

function titleOf({ candidate, scores, work }: Shown): string {
  const { l2, batchSize, epochs } = candidate;
  return `l2 ${Number(l2.toPrecision(3))}, batch ${batchSize}, ${plural(epochs, "epoch")}: mean ${scores.mean.toFixed(4)}, least ${scores.least.toFixed(4)}, ${compactWords(work)} gradient evaluations`;
}

function labelOf({ requests, trials, target }: Tuning, shown: readonly Shown[], measure: string): string {
  const chosen = shown.find(({ candidate }) => candidate.isChosen);
  const found = chosen
    ? ` Chosen: mean ${chosen.scores.mean.toFixed(4)}, least ${chosen.scores.least.toFixed(4)}, ${compactWords(chosen.work)} gradient evaluations.`
    : "";
  return `${capital(measure)} after ${plural(requests, "request")} of ${plural(trials, "model")} against work for ${plural(shown.length, "plan")}, each request at epsilon = ${target.epsilon}.${found}`;
}

function capital(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
}

function textLine(words: string, line: number, frame: Frame, fill: string, style = ""): string {
  const { fontSize = 13, fontFamily = "inherit" } = frame;
  return `<text x="${fontSize}" y="${line * fontSize}" fill="${fill}" font-size="${fontSize}" font-family="${fontFamily}" text-anchor="start" ${style}>${words}</text>`;
}
