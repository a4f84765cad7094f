import type { ReleaseList } from "expunge/client";
import { numberText, percentText } from "./format";

export type Release = ReleaseList["items"][number];

/** What a list of releases says of its model. */
export interface ModelFigures {
  readonly served: number;
  readonly gradients: number;
  readonly retrainGradients: number;
  /** Share of the work that was not done; null before the first request. */
  readonly saved: number | null;
  /** Accuracy, or the root mean squared error of a regression; empty where no evaluation data set was given. */
  readonly scores: readonly number[];
  readonly isRegression: boolean;
}

export function figuresOf(releases: readonly Release[]): ModelFigures {
  const served = releases.reduce((sum, { requestCount }) => sum + requestCount, 0);
  const later = releases.filter(({ requestCount }) => requestCount > 0);
  const gradients = later.reduce((sum, release) => sum + release.gradientEvaluations, 0);
  const retrainGradients = later.reduce((sum, release) => sum + release.retrainGradientEvaluations, 0);
  const isRegression = releases.some(({ rootMeanSquaredError }) => rootMeanSquaredError !== null);
  const scores = releases
    .map((release) => scoreOf(release, isRegression))
    .filter((score): score is number => score !== null);
  const saved = retrainGradients === 0 ? null : 1 - gradients / retrainGradients;
  return { served, gradients, retrainGradients, saved, scores, isRegression };
}

export const scoreOf = (release: Release, isRegression: boolean): number | null =>
  isRegression ? release.rootMeanSquaredError : release.accuracy;

export function scoreText(score: number | undefined, isRegression: boolean): string {
  if (score === undefined) return "–";
  return isRegression ? numberText(score) : percentText(score);
}
