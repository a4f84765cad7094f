import { desc, eq } from "drizzle-orm";
import type { TrainingPlan } from "expunge";
import { EMPTY_HISTORY, stepsWithNoise } from "expunge/accounting";
import type { Queries } from "../database/open-database.js";
import { releases } from "../database/tables.js";

/** Standard deviation of the noise that so many steps since the beginning leave in a weight. */
export function noiseOfSteps({ process, noise }: TrainingPlan, steps: number): number {
  if (noise.kind === "on-release") return 0;
  const nothing = { mu: Number.POSITIVE_INFINITY, maxSteps: 0 };
  return stepsWithNoise(process, noise.std, EMPTY_HISTORY, steps, nothing)?.left ?? noise.std;
}

/** The same after a lesson. Where noise comes on release its steps bring none, and shrink what was left. */
export async function noiseAfterLesson(
  queries: Queries,
  { modelId, plan }: { readonly modelId: string; readonly plan: TrainingPlan },
  lesson: { readonly steps: number; readonly stepsInAll: number },
): Promise<number> {
  if (plan.noise.kind === "every-step") return noiseOfSteps(plan, lesson.stepsInAll);
  return (await noiseNow(queries, modelId)) * plan.process.contraction ** lesson.steps;
}

/** Of the newest release. */
export async function noiseNow(queries: Queries, modelId: string): Promise<number> {
  const [newest] = await queries
    .select({ noise: releases.noise })
    .from(releases)
    .where(eq(releases.modelId, modelId))
    .orderBy(desc(releases.version))
    .limit(1);
  return newest?.noise ?? 0;
}
