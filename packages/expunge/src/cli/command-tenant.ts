import type { Command } from "commander";
import { databaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import { createOutput } from "./output.js";

export function addTenantCommand(program: Command): void {
  program
    .command("tenant")
    .description("Make a tenant of a service, or a new admin key for one that has lost its own")
    .argument("<name>", "the tenant's name")
    .addOption(databaseOption())
    .option("--json", "print JSON: tenantId, key")
    .addHelpText(
      "after",
      `
Tenants see nothing of each other: data sets, models, requests, certificates and keys are one tenant's own. The ledger is shared; it names nobody.
An embedded database belongs to one process at a time: stop the service first.

Examples:
    $ expunge tenant hospital-north --database postgres://expunge@db.internal/expunge`,
    )
    .action(async (name: string, options: { database: string; json?: boolean }) => {
      const { createApiKey, createTenant, findTenant, openDatabase } = await loadService("tenant");
      const database = await openDatabase(options.database);
      try {
        const tenantId = (await findTenant(database, name)) ?? (await createTenant(database, name));
        const { key } = await createApiKey(database, { tenantId, role: "admin", label: "command line" });
        createOutput(options.json === true).result({ tenantId, key }, () => [
          `Tenant ${name}: ${tenantId}`,
          `Its admin key, shown this once: ${key}`,
        ]);
      } finally {
        await database.close();
      }
    });
}
