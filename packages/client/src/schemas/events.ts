import { z } from "zod";
import { RequestView } from "./requests.js";

const count = z.number().int();

export const ActivityView = z
  .object({
    requests: z.object({
      accepted: count,
      running: count,
      completed: count,
      failed: count,
      cancelled: count,
    }),
    open: z.array(RequestView).describe("Not finished yet, oldest first; at most 50."),
    recent: z.array(RequestView).describe("The last that were finished; at most 10."),
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
