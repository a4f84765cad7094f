import { type Command, InvalidArgumentError } from "commander";
import { ExpungeError } from "../errors.js";
import { wholeNumber } from "./arguments.js";
import { databaseOption } from "./database-option.js";
import { createOutput } from "./output.js";
import { withKnownDatabase } from "./with-database.js";

interface QuotaOptions {
  readonly database: string;
  readonly json?: boolean;
  readonly openRequests?: Limit;
  readonly requestsPerMinute?: Limit;
  readonly datasets?: Limit;
  readonly models?: Limit;
  readonly rows?: Limit;
}

/** "none" and not null, of which Commander makes an empty text. */
type Limit = number | "none";

export function addQuotaCommand(program: Command): void {
  program
    .command("quota")
    .description("Show what a tenant of a service may have at most and what it uses, or change it")
    .argument("<name>", "the tenant's name")
    .addOption(databaseOption())
    .option("--open-requests <number>", "deletion requests that are accepted or running", numberOrNone)
    .option("--requests-per-minute <number>", "deletion requests taken in within a minute", numberOrNone)
    .option("--datasets <number>", "data sets", numberOrNone)
    .option("--models <number>", "models", numberOrNone)
    .option("--rows <number>", "rows in all data sets", numberOrNone)
    .option("--json", "print JSON: a list of quota, allowed (null for no limit), used")
    .addHelpText(
      "after",
      `
A number sets a quota, "none" lifts it; what is not given stays as it is. It holds on all servers from the next call on: beyond a quota they answer 429.

Examples:
    $ expunge quota hospital-north --open-requests 10000 --rows 5000000
    $ expunge quota hospital-north --rows none`,
    )
    .action(async (name: string, { database: location, json, ...limits }: QuotaOptions) => {
      const found = await withKnownDatabase("quota", location, async (database, service) => {
        const tenantId = await service.findTenant(database, name);
        if (tenantId === null)
          throw new ExpungeError("E_NOT_FOUND", `There is no tenant ${JSON.stringify(name)}.`);
        const quotas = Object.entries(limits).map(([quota, limit]) => [
          quota,
          limit === "none" ? null : limit,
        ]);
        if (quotas.length > 0)
          await service.setQuotas(database.executor, tenantId, Object.fromEntries(quotas));
        const used = await service.readQuotas(database.executor, tenantId);
        return used.map((one) => ({ ...one, words: service.QUOTA_WORDS[one.quota] }));
      });
      createOutput(json === true).result(
        found.map(({ quota, allowed, used }) => ({ quota, allowed, used })),
        () =>
          found.map(({ words, allowed, used }) => {
            const most = allowed === null ? "no limit" : `at most ${allowed.toLocaleString("en-US")}`;
            return `${words}: ${used.toLocaleString("en-US")}, ${most}`;
          }),
      );
    });
}

function numberOrNone(text: string): Limit {
  if (text === "none") return text;
  try {
    return wholeNumber(text);
  } catch {
    throw new InvalidArgumentError('Expected an integer of at least 0, or "none".');
  }
}
