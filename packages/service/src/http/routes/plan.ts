import { OnReleasePlanInput, OnReleasePlanView, PlanInput, PlanView } from "@expunge/client/schemas";
import { given } from "expunge/process";
import { planAside, planOnReleaseAside } from "../../models/planner.js";
import { tenantOf } from "../authentication.js";
import * as present from "../present.js";
import type { App } from "./context.js";

export function servePlan(app: App): void {
  app.route({
    method: "POST",
    url: "/plan",
    config: { permission: "plan:make" },
    schema: {
      summary: "What a process with noise at every step would cost and prove; nothing is trained",
      operationId: "makePlan",
      tags: ["plan"],
      body: PlanInput,
      response: { 200: PlanView },
    },
    handler: async (request) => present.plan(await planAside(tenantOf(request), given(request.body))),
  });

  app.route({
    method: "POST",
    url: "/plan/on-release",
    config: { permission: "plan:make" },
    schema: {
      summary: "What requests would cost where noise comes on release; nothing is trained",
      operationId: "makePlanOnRelease",
      tags: ["plan"],
      body: OnReleasePlanInput,
      response: { 200: OnReleasePlanView },
    },
    handler: async (request) =>
      present.planOnRelease(await planOnReleaseAside(tenantOf(request), given(request.body))),
  });
}
