import { z } from "zod";
import { RequestView } from "./requests.js";

const count = z.number().int();

export const WatchedRequest = RequestView.omit({ tasks: true })
  .extend({
    taskCounts: z
      .object({ waiting: count, done: count, failed: count })
      .describe("How many models it asks something of, by how far they are."),
    tasks: RequestView.shape.tasks.describe(
      "Of those that are done or failed the first, by the models' ids; at most 3. The request itself has all of them (`GET /v1/requests/{id}`).",
    ),
  })
  .meta({ id: "WatchedRequest" });

export const ActivityView = z
  .object({
    requests: z.object({
      accepted: count,
      running: count,
      completed: count,
      failed: count,
      cancelled: count,
    }),
    open: z.array(WatchedRequest).describe("Not finished yet, oldest first; at most 50."),
    recent: z.array(WatchedRequest).describe("The last that were finished; at most 10."),
    models: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        state: z.enum(["waiting", "training", "ready", "failed"]),
        progress: z.number().nullable(),
        steps: z.number(),
      }),
    ),
  })
  .meta({ id: "Activity" });

/** What the service is doing: how many requests are in each state, the open ones, the last that ended, and the models. */
export interface ActivityView extends z.output<typeof ActivityView> {}
/** A request as watchers are told of it: what it has come to is counted by models, and told of the first few. */
export interface WatchedRequest extends z.output<typeof WatchedRequest> {}
