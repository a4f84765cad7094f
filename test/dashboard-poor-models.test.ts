import { createClient } from "@expunge/client";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../packages/service/src/http/pages.js";
import { listen } from "../packages/service/src/http/server.js";
import {
  startTestServer,
  TEST_FIT,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../packages/service/testing/test-server.js";
import { buildDashboard, chromiumPath, launchBrowser, type Notes, Visitor } from "./dashboard-driver.js";
import { takeToLookAt } from "./pictures.js";
import { uniforms } from "./synthetic.js";

const schema = {
  version: 1,
  task: "binary",
  label: { column: "churned", positive: ["yes"], negative: ["no"] },
  subject: "who",
  columns: [
    { name: "age", kind: "numeric", centre: 45, scale: 10, clip: [-100, 400] },
    {
      name: "plan",
      kind: "categorical",
      categories: ["basic", "plus"],
      unknown: "ignore",
      missing: "ignore",
    },
  ],
};

/** People of whom every tenth churned, whatever is known of them. */
function table(
  first: number,
  count: number,
  plan = (i: number): string => (i % 2 === 0 ? "basic" : "plus"),
): string {
  const uniform = uniforms(7);
  const lines = Array.from({ length: count }, (_, i) =>
    [
      `p${first + i}@example.com`,
      Math.round(30 + 30 * uniform()),
      plan(i),
      (first + i) % 10 === 0 ? "yes" : "no",
    ].join(","),
  );
  return `${["who,age,plan,churned", ...lines].join("\n")}\n`;
}

describe.skipIf(chromiumPath === undefined)("the dashboard says aloud", () => {
  let server: TestServer;
  let browser: Browser;
  let visitor: Visitor;
  let modelId: string;
  const notes: Notes = { complaints: [], strangers: [] };

  beforeAll(async () => {
    server = await startTestServer({ pages: await readPages(await buildDashboard()), watchMs: 200 });
    const origin = await listen(server.app, { port: 0 });
    const client = createClient({ url: origin, key: server.keys.admin });
    const people = await client.datasets.create({ name: "people", schema, data: table(0, 300) });
    const rows = await client.datasets.create({
      name: "test rows",
      schema: TEST_SCHEMA,
      data: testTable(300).csv,
    });
    ({ id: modelId } = await client.models.create({
      name: "who churns",
      datasetId: people.id,
      options: TEST_FIT,
    }));
    await client.models.create({ name: "of use", datasetId: rows.id, options: TEST_FIT });
    await server.work();
    browser = await launchBrowser();
    visitor = await Visitor.open(browser, { origin, notes, options: { bypassCSP: true } });
    await visitor.signIn(server.keys.admin);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("that a model calls every row the same, beside the majority's share, in the list", async () => {
    const { page } = visitor;
    const poor = page.getByRole("region", { name: "who churns" });
    await poor.getByText("of little use", { exact: true }).waitFor();
    await poor
      .getByText('The model calls every row "no". About 90% of its training rows are "no".')
      .waitFor();
    await poor.getByText("about 90%", { exact: true }).waitFor();
    await poor.getByText("right by always answering “no”").waitFor();
    const good = page.getByRole("region", { name: "of use" });
    await good.getByText("Without a model").waitFor();
    expect(await good.getByText("of little use", { exact: true }).count()).toBe(0);
    expect(await good.getByRole("list", { name: "Why it is of little use" }).count()).toBe(0);
    await takeToLookAt(page, "poor-list");
  });

  it("and on its page", async () => {
    const { page } = visitor;
    await visitor.settle(`#/models/${modelId}`);
    await page.locator(".page-head").getByText("of little use", { exact: true }).waitFor();
    const now = page.getByRole("region", { name: "Now" });
    const why = now.getByRole("list", { name: "Why it is of little use" });
    await why.getByText("Seen on 300 of the rows that it was trained on.").waitFor();
    await now.getByText("about 90%", { exact: true }).waitFor();
    expect(await visitor.seriousFlaws()).toEqual([]);
    await takeToLookAt(page, "poor-model");
  });

  it("what a schema hardly knows of rows that are added, and of a table that is uploaded", async () => {
    const { page } = visitor;
    const strange = table(300, 20, (i) => (i < 7 ? "gold" : i === 9 ? "" : "plus"));
    const file = { name: "more.csv", mimeType: "text/csv", buffer: Buffer.from(strange) };
    const unknown =
      '7 of 20 rows have a category of "plan" that the schema does not list, and counts as none (rows 1, 2, 3, 4, 5, ...).';
    const missing = '1 of 20 rows has no category of "plan" (row 10).';
    const life = page.getByRole("region", { name: "Life" });
    const adding = life.locator("details", { hasText: "A table of new rows" });
    await adding.evaluate((one: HTMLDetailsElement) => {
      one.open = true;
    });
    await life.getByLabel("A table of new rows", { exact: true }).setInputFiles(file);
    await life.getByRole("button", { name: "Add the rows" }).click();
    const added = life.getByRole("list", { name: "What the schema hardly knows" });
    await added.getByText(unknown).waitFor();
    await added.getByText(missing).waitFor();
    await takeToLookAt(page, "poor-rows");
    await visitor.visit("Data");
    await visitor.field("Table").setInputFiles(file);
    await visitor.field("Schema").fill(JSON.stringify(schema));
    await visitor.press("Upload");
    const stored = page.getByRole("list", { name: "What the schema hardly knows" });
    await stored.getByText(unknown).waitFor();
    await stored.getByText(missing).waitFor();
    await takeToLookAt(page, "poor-upload");
    expect(await page.textContent("main")).not.toContain("gold");
    expect(notes).toEqual({ complaints: [], strangers: [] });
  });
});
