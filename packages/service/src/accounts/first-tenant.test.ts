import { expect, it } from "vitest";
import { emptyDatabase } from "../../testing/databases.js";
import type { Database } from "../database/open-database.js";
import { createTenant, findCaller, listApiKeys } from "./api-keys.js";
import { makeFirstTenant } from "./first-tenant.js";

const database = emptyDatabase("pglite");

it("the first tenant's key is not lost with the connection that has just committed it", async () => {
  let broken = 0;
  const breaking: Database = {
    ...database(),
    async transaction(use, kind) {
      const result = await database().transaction(use, kind);
      broken += 1;
      if (broken === 1) throw new Error("Connection terminated unexpectedly");
      return result;
    },
  };
  const key = await makeFirstTenant(breaking);
  expect(broken).toBe(2);
  const caller = await findCaller(database(), key as string);
  expect(caller).toMatchObject({ role: "admin" });
  expect(await listApiKeys(database(), caller?.tenantId as string)).toHaveLength(1);
  // There is one now: nobody is given its key.
  expect(await makeFirstTenant(database())).toBeNull();
});

it("a tenant has a name that can be seen", async () => {
  for (const name of ["", " \t"])
    await expect(createTenant(database(), name)).rejects.toMatchObject({ code: "E_OPTION" });
});
