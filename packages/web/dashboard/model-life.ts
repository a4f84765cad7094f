import type { ModelView } from "@expunge/client";
import { type Release, scoreOf } from "./model-figures";

/** A model as one of its releases left it. */
export interface LifePoint {
  readonly time: string;
  readonly kind: Release["kind"];
  /** Rows that it was trained on by then, less those that were deleted. */
  readonly rows: number;
  readonly score: number | null;
}

/** What each mark of a life stands for. */
export const lifeWords: Readonly<Record<Release["kind"], string>> = {
  training: "training",
  lesson: "rows joined",
  correction: "rows corrected",
  deletion: "rows deleted",
};

/**
 * A model's rows and scores from release to release, oldest first: counted back from what it has now, so that the newest are right however many
 * there are.
 *
 * @param releases newest first
 */
export function lifeOf(
  { timeline, plan }: Pick<ModelView, "timeline" | "plan">,
  releases: readonly Release[],
  isRegression: boolean,
): readonly LifePoint[] {
  if (timeline === null || plan === null) return [];
  let rows = rowsNow({ timeline, plan }, releases);
  return releases
    .map((release) => {
      const point = {
        time: release.releasedAt,
        kind: release.kind,
        rows,
        score: scoreOf(release, isRegression),
      };
      rows += release.rowCount - (release.kind === "training" ? 0 : release.joinedCount);
      return point;
    })
    .reverse();
}

/** Rows left out of the training are not among those of the plan where the release of the training is at hand, which says how many there were. */
function rowsNow(
  { timeline, plan }: { timeline: NonNullable<ModelView["timeline"]>; plan: NonNullable<ModelView["plan"]> },
  releases: readonly Release[],
): number {
  const trained = releases.find(({ kind }) => kind === "training")?.joinedCount ?? plan.process.rowCount;
  return trained + timeline.joinedCount - timeline.deletedCount;
}
