import type { Command } from "commander";
import { databaseOption } from "./database-option.js";
import { createOutput } from "./output.js";
import { withDatabase } from "./with-database.js";

export function addTenantCommand(program: Command): void {
  program
    .command("tenant")
    .description("Make a tenant of a service, or a new admin key for one that has lost its own")
    .argument("<name>", "the tenant's name")
    .addOption(databaseOption())
    .option("--json", "print JSON: tenantId, key, isNew")
    .addHelpText(
      "after",
      `
Tenants see nothing of each other: data sets, models, requests, certificates and keys are one tenant's own. The ledger is shared; it names nobody.
An embedded database belongs to one process at a time: stop the service first.

Examples:
    $ expunge tenant hospital-north --database postgres://expunge@db.internal/expunge`,
    )
    .action(async (name: string, options: { database: string; json?: boolean }) => {
      const made = await withDatabase("tenant", options.database, async (database, service) => {
        const { createApiKey, createTenant, findTenant } = service;
        const found = await findTenant(database, name);
        const tenantId = found ?? (await createTenant(database, name));
        const { key } = await createApiKey(database, { tenantId, role: "admin", label: "command line" });
        return { tenantId, key, isNew: found === null };
      });
      createOutput(options.json === true).result(made, () => [
        `Tenant ${name}${made.isNew ? " is made" : ""}: ${made.tenantId}`,
        `Its admin key, shown this once: ${made.key}`,
      ]);
    });
}
