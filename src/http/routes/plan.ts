import { planAside } from "../../service/planner.js";
import { given } from "../given.js";
import * as present from "../present.js";
import { PlanInput, PlanView } from "../schemas/plan.js";
import type { App } from "./context.js";

export function servePlan(app: App): void {
  app.route({
    method: "POST",
    url: "/plan",
    config: { permission: "plan:make" },
    schema: {
      summary: "What a training process would cost and prove; nothing is trained",
      operationId: "makePlan",
      tags: ["plan"],
      body: PlanInput,
      response: { 200: PlanView },
    },
    handler: async (request) => present.plan(await planAside(given(request.body))),
  });
}
