import { Me } from "@expunge/client/schemas";
import { eq } from "drizzle-orm";
import { apiKeys, tenants } from "../../database/tables.js";
import { HttpError } from "../problem.js";
import type { App, RouteContext } from "./context.js";

export function serveMe(app: App, { database: { queries } }: RouteContext): void {
  app.route({
    method: "GET",
    url: "/me",
    config: { permission: "self:read" },
    schema: {
      summary: "Whose key this is, and its role",
      operationId: "getMe",
      tags: ["keys"],
      response: { 200: Me },
    },
    handler: async ({ caller }) => {
      if (caller === null) throw new HttpError("E_UNAUTHENTICATED");
      const [found] = await queries
        .select({ tenant: tenants.name, label: apiKeys.label })
        .from(apiKeys)
        .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
        .where(eq(apiKeys.id, caller.keyId));
      if (!found) throw new HttpError("E_UNAUTHENTICATED");
      return { tenantId: caller.tenantId, role: caller.role, ...found };
    },
  });
}
