import { expect, it } from "vitest";
import type { SqlExecutor } from "../database/open-database.js";
import { rowsNamed, type SearchedDataset } from "./rows-named.js";

it("names the place of an unknown owner in the list that was sent: of a correction among its new rows", async () => {
  const executor = { executeSql: async () => ({ rows: [] }) } as unknown as SqlExecutor;
  const keyring = { ownerOf: () => "00" };
  const dataset = { id: "d", rowCount: 1, keyring } as unknown as SearchedDataset;
  const request = { datasetId: "d", subjects: ["nobody@example.com"] };
  const sought = [request, { ...request, correction: {} as never }].map((one) => ({ request: one, dataset }));
  const messages = (await rowsNamed(executor, sought)).map((found) => (found as Error).message);
  expect(messages[0]).toMatch(/^subjects\[0\] owns no row/);
  expect(messages[1]).toMatch(/^to\[0\]: its owner has no row/);
});
