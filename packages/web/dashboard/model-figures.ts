import type { ReleaseView } from "@expunge/client";
import { columnWords } from "../shared/numbers";
import { numberText, percentText } from "./format";

export type Release = ReleaseView;

/** Releases that are read at once: the newest, as many as the service gives. */
export const NEWEST_RELEASES = 200;

/** What the newest releases say of their model. */
export interface ModelFigures {
  readonly gradients: number;
  readonly retrainGradients: number;
  /** Share of the work that was not done; null before the first request. */
  readonly saved: number | null;
  /** Accuracy, or the root mean squared error of a regression, oldest first; empty where no evaluation data set was given. */
  readonly scores: readonly number[];
  /** The score of the model as it was trained; null where it is not known, or further back than was read. */
  readonly trainedScore: number | null;
  readonly isRegression: boolean;
}

/** @param releases newest first, as the service lists them */
export function figuresOf(releases: readonly Release[]): ModelFigures {
  const later = releases.filter(({ requestCount }) => requestCount > 0);
  const gradients = later.reduce((sum, release) => sum + release.gradientEvaluations, 0);
  const retrainGradients = later.reduce((sum, release) => sum + release.retrainGradientEvaluations, 0);
  const isRegression = releases.some(({ rootMeanSquaredError }) => rootMeanSquaredError !== null);
  const scores = releases
    .map((release) => scoreOf(release, isRegression))
    .filter((score): score is number => score !== null)
    .reverse();
  const trained = releases.find(({ kind }) => kind === "training");
  const trainedScore = trained ? scoreOf(trained, isRegression) : null;
  const saved = retrainGradients === 0 ? null : 1 - gradients / retrainGradients;
  return { gradients, retrainGradients, saved, scores, trainedScore, isRegression };
}

export const scoreOf = (release: Release, isRegression: boolean): number | null =>
  isRegression ? release.rootMeanSquaredError : release.accuracy;

export function scoreText(score: number | null | undefined, isRegression: boolean): string {
  if (score === undefined || score === null) return "–";
  return isRegression ? numberText(score) : percentText(score);
}

/** The same, below one another. */
export const scoreColumn = (scores: readonly (number | null)[], isRegression: boolean): readonly string[] =>
  isRegression ? columnWords(scores) : scores.map((score) => scoreText(score, false));
