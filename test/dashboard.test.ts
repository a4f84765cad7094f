import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../packages/service/src/http/pages.js";
import { listen } from "../packages/service/src/http/server.js";
import { startTestServer, type TestServer, testTable } from "../packages/service/testing/test-server.js";
import { buildDashboard, chromiumPath, launchBrowser, type Notes, Visitor } from "./dashboard-driver.js";
import { SIZES, takePicture, takeTour, wantedThemes } from "./dashboard-pictures.js";

const MAX_FIRST_LOAD = 300_000;
const { csv, subjects } = testTable(600);
const personOf = (row: number): string => subjects[row] as string;

describe.skipIf(chromiumPath === undefined)("the dashboard against the real service", () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let files: string;
  let pages: string;
  let visitor: Visitor;
  const notes: Notes = { complaints: [], strangers: [] };
  const newVisitor = (options = {}): Promise<Visitor> => Visitor.open(browser, { origin, notes, options });

  beforeAll(async () => {
    pages = await buildDashboard();
    files = await mkdtemp(join(tmpdir(), "expunge-dashboard-"));
    server = await startTestServer({ pages: await readPages(pages) });
    origin = await listen(server.app, { port: 0 });
    browser = await launchBrowser();
    visitor = await newVisitor();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    for (const folder of [files, pages]) await rm(folder, { recursive: true, force: true });
  });

  it("loads less than 300 kB, compressed, before and after signing in", async () => {
    const first = await newVisitor();
    const sizes: Promise<number>[] = [];
    first.page.on("response", (answer) => {
      const body = answer.url().endsWith("/v1/events") ? Promise.resolve(Buffer.alloc(0)) : answer.body();
      sizes.push(body.then((bytes) => gzipSync(bytes).length));
    });
    await first.signIn(server.keys.admin);
    await first.see("No model yet");
    const total = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    console.log(`First load: ${(total / 1000).toFixed(1)} kB gzipped, answers of the API included.`);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(MAX_FIRST_LOAD);
    await first.leave();
  });

  it("refuses a wrong key and takes a right one, for this tab only", async () => {
    const { page } = visitor;
    await page.goto(origin);
    await visitor.field("API key").fill("expunge_admin_wrong");
    await visitor.press("Sign in");
    await page.getByRole("alert").getByText("This key is not accepted").waitFor();
    await visitor.signIn(server.keys.admin);
    await visitor.see("No model yet");
    await page.reload();
    await visitor.title("Models");
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(server.keys.admin);
  });

  it("explains an upload that does not fit, and takes one that does", async () => {
    await visitor.visit("Data");
    await visitor.upload(files, "broken", csv.replace("x0", "x9"));
    await visitor.page.getByRole("alert").getByText("x9").waitFor();
    for (const name of ["customers", "held out"]) {
      await visitor.upload(files, name, csv);
      await visitor.see(`${name} is stored.`);
    }
    await visitor.page.getByRole("heading", { name: "held out" }).waitFor();
  });

  it("trains a model and shows that it is ready without a reload", async () => {
    const { page } = visitor;
    await page
      .getByRole("region", { name: "customers" })
      .getByRole("link", { name: "Train a model" })
      .click();
    await visitor.title("Train a model");
    await visitor.field("Name").fill("churn");
    await visitor.field("Evaluation data set").selectOption({ label: "held out" });
    const meaning = page.getByRole("region", { name: "What these settings mean" });
    await visitor.field("Who may ask").selectOption("adaptive");
    await meaning.getByText("Everything released").waitFor();
    await visitor.field("Who may ask").selectOption("independent");
    await meaning.getByText("Noise it leaves in a score").waitFor();
    await meaning.getByText("certifies nothing about anybody").waitFor();
    await visitor.press("Train");
    await visitor.title("churn");
    await visitor.see("Not trained yet");
    await server.work();
    await page.getByRole("heading", { name: "Accuracy over time" }).waitFor();
    const now = page.getByRole("region", { name: "Now" });
    await now.getByText("This model certifies nothing about anybody yet").waitFor();
    expect(await now.getByText("no bound").count()).toBe(2);
    const quality = page.getByRole("region", { name: "How good it is" });
    await quality.getByRole("rowheader", { name: "Balanced accuracy" }).waitFor();
    await quality.getByText(/^Baseline: what always saying “/).waitFor();
    await quality.getByRole("region", { name: "Confusion matrix" }).waitFor();
    await quality.getByRole("img", { name: /^Calibration in / }).waitFor();
  });

  it("shows what a request will cost, then sends it, and the queue ends without a reload", async () => {
    const { page } = visitor;
    await visitor.visit("Requests");
    await visitor.ask("nobody@example.com");
    await page.getByRole("alert").waitFor();
    await visitor.ask(personOf(0));
    await visitor.see("fewer steps than all of them");
    const queue = page.getByRole("region", { name: "Queue" });
    await queue.getByText("Nothing is waiting.").waitFor();
    expect((await server.service.listRequests(server.tenantId, {})).items).toEqual([]);
    await visitor.confirm();
    await queue.getByText("accepted").waitFor();
    const shown = page.getByRole("status", { name: "Receipt" });
    expect(await shown.locator("dd code").textContent()).toMatch(/^[0-9a-f]{64}$/);
    await shown.getByText("Leave this page open").waitFor();
    await server.work();
    await queue.getByText("Finished last").waitFor();
    await shown.getByText("For churn").waitFor();
    const receipt = (await shown.locator("dd code").first().textContent()) as string;
    const { salt, proof } = JSON.parse(receipt);
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    expect(proof).toEqual({ index: 0, count: 1, path: [] });
    await queue.getByText("for requests that do not depend on what the model showed").waitFor();
    await queue.getByRole("link", { name: /^certificate/ }).click();
    await visitor.title(/forgotten by churn/);
    await page.getByText("Check it against your own key").click();
    await visitor.field("Id of a person").fill(personOf(0));
    await visitor.field("Receipt").fill(receipt);
    const holds = page.getByRole("region", { name: "What holds" });
    await holds.getByText("For a person whose request does not depend on what this model showed").waitFor();
    await holds.getByText("no bound").waitFor();
  });

  it("verifies the certificate in the browser and names every check", async () => {
    await visitor.press("Verify in this browser");
    await visitor.see("Verified: every check passed.");
    const checks = visitor.page.getByRole("region", { name: "Verify" }).locator(".check-row");
    expect(await checks.count()).toBe(14);
    expect(await checks.locator("text=passed").count()).toBe(14);
    await visitor.see(/^Proved: the/);
    await visitor.field("Id of a person").fill(personOf(50));
    await visitor.press("Verify in this browser");
    await visitor.see("Not verified: the person failed.");
    await visitor.field("Id of a person").fill("");
  });

  it("names the check that a falsified certificate fails", async () => {
    await visitor.page.getByText("Try to falsify it").click();
    const statement = visitor.field("Statement");
    const text = await statement.inputValue();
    const altered = text.replace(/"batchSize": \d+/, '"batchSize": 21');
    expect(altered).not.toBe(text);
    await statement.fill(altered);
    await visitor.press("Verify again");
    await visitor.see(/^Not verified: signature, seals, constants, .*failed for the altered statement/);
    await visitor.press("Halve epsilon");
    await visitor.see(
      "Not verified: signature, seals, the erasure claim, what holds failed for the altered statement.",
    );
    await visitor.press("One step more");
    await visitor.see(/^Not verified: signature, seals, .*the erasure claim, what holds, cost failed/);
    await visitor.press("Another model");
    await visitor.see("Not verified: signature, seals failed for the altered statement.");
    await visitor.press("Put it back");
    await visitor.see("Verified: every check passed.");
  });

  it("passes over ids that nobody knows, where that is asked for, and gives each person a salt of their own", async () => {
    const { page } = visitor;
    await visitor.visit("Requests");
    await visitor.field("Ids that nobody knows").selectOption("skip");
    await visitor.ask([personOf(400), "nobody@example.com", personOf(420)].join("\n"));
    const preview = page.getByRole("status", { name: "What it will cost" });
    await preview.getByText("1 id passed over:").waitFor();
    await preview.getByText("Place in your list: 2.").waitFor();
    await preview.getByText("Steps against noise").click();
    await preview.getByText("this is done").waitFor();
    await visitor.confirm();
    await server.work();
    const shown = page.getByRole("status", { name: "Receipt" });
    await shown.getByText("what 2 people need").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      shown.getByRole("button", { name: "Save receipt" }).click(),
    ]);
    const { subjects } = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(subjects.map(({ id }: { id: string }) => id)).toEqual([personOf(400), personOf(420)]);
    const salts = subjects.map(({ receipts }: { receipts: { salt: string }[] }) => receipts[0]?.salt);
    expect(new Set(salts).size).toBe(2);
  });

  it("draws the proof of any entry, and a broken one", async () => {
    for (const row of [7, 40, 90, 200]) {
      await visitor.visit("Requests");
      await visitor.ask(personOf(row));
      await visitor.confirm();
      await server.work();
    }
    await visitor.visit("Ledger");
    await visitor.see("computed here from the log's own hashes: the same.");
    await visitor.page.getByRole("link", { name: "3", exact: true }).click();
    await visitor.title("Entry 3");
    await visitor.see(/^Proved: the/);
    await visitor.page.getByLabel("Pretend that one character").check();
    await visitor.see(/^Broken: the hashes/);
    await visitor.visit("Ledger");
    await visitor.see(/that this browser saw on/);
  });

  it("explains a word on focus, and stops on Escape", async () => {
    const { page } = visitor;
    await visitor.settle("#/models");
    await page.getByRole("button", { name: "What is holds?" }).focus();
    await page.getByRole("tooltip").getByText("against whom").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("tooltip").waitFor({ state: "detached" });
  });

  it("says when the service does not answer, and tries again", async () => {
    const { page } = visitor;
    await page.route("**/v1/datasets*", (route) => route.abort());
    await visitor.visit("Data");
    await visitor.see("The service does not answer");
    await page.unroute("**/v1/datasets*");
    await visitor.press("Try again");
    await page.getByRole("heading", { name: "customers" }).waitFor();
  });

  it("explains to each role what it may not do", async () => {
    const other = await newVisitor();
    await other.signIn(server.keys.submit);
    await other.title("Deletion requests");
    await other.page.goto(`${origin}/#/models`);
    await other.see("Models are not open to this key");
    await other.press("Sign out");
    await other.signIn(server.keys.audit);
    await other.page.goto(`${origin}/#/requests`);
    await other.see("New requests are not open to this key");
    await other.leave();
  });

  async function places(): Promise<ReturnType<typeof Visitor.places>> {
    const [model] = (await server.service.listModels(server.tenantId, {})).items;
    const [certificate] = (await server.service.listCertificates(server.tenantId, {})).items;
    return Visitor.places(model?.id as string, certificate?.id as string);
  }

  it.each(["light", "dark"] as const)("has nothing serious for axe to find, %s", async (colorScheme) => {
    // The service's policy would keep axe out of the page.
    const seen = await newVisitor({ colorScheme, bypassCSP: true });
    await seen.page.goto(origin);
    const found = await seen.seriousFlaws();
    await seen.signIn(server.keys.admin);
    for (const [, hash] of await places()) {
      await seen.settle(hash);
      found.push(...(await seen.seriousFlaws()));
    }
    expect(found).toEqual([]);
    await seen.leave();
  });

  it.each(["phone", "desktop"] as const)(
    "fits a %s, and is taken along in pictures where they are wanted",
    async (size) => {
      for (const theme of wantedThemes) {
        const seen = await newVisitor({ ...SIZES[size], colorScheme: theme });
        const tour = takeTour(seen, { key: server.keys.admin, places: await places(), who: personOf(300) });
        for await (const name of tour) {
          expect(await seen.sticksOut(), name).toBe(false);
          await takePicture(seen, { name, size, theme });
        }
        await seen.leave();
      }
    },
  );

  it("asks once more before it deletes", async () => {
    const { page } = visitor;
    await visitor.visit("Data");
    const card = page.getByRole("region", { name: "customers" });
    await card.getByText("More", { exact: true }).click();
    await card.getByRole("button", { name: "Delete this data set" }).click();
    await card.getByRole("button", { name: "Delete for good" }).click();
    await card.getByRole("alert").getByText("is trained on this data set").waitFor();
    await visitor.visit("Models");
    await page.getByRole("link", { name: "churn" }).click();
    await page.getByText("How it is trained").click();
    await visitor.press("Delete this model");
    await visitor.press("Keep it");
    await visitor.press("Delete this model");
    await visitor.press("Delete for good");
    await visitor.see("No model yet");
  });

  it("says of a model with a limit that it holds whoever asked, with a bound on everything released", async () => {
    const { page } = visitor;
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = items.find(({ name }) => name === "customers")?.id as string;
    const options = {
      requesters: "adaptive",
      adaptiveEpsilon: 4,
      requests: 3,
      rowsPerRequest: 6,
      epochs: 10,
    };
    const payload = { name: "watched", datasetId, options };
    expect((await server.call("train", "POST /v1/models", { payload })).statusCode).toBe(202);
    await server.work();
    await visitor.visit("Models");
    await page.getByRole("link", { name: "watched" }).click();
    const now = page.getByRole("region", { name: "Now" });
    await now.getByText("epsilon, of at most 4").waitFor();
    await now.getByText("This model certifies nothing about anybody yet").waitFor();
    expect(await now.getByText("no bound").count()).toBe(0);
    await visitor.visit("Requests");
    await visitor.ask(personOf(300));
    await visitor.confirm();
    await server.work();
    await page
      .getByRole("region", { name: "Queue" })
      .getByText("whoever asked, also after seeing releases")
      .waitFor();
    const [certificate] = (await server.service.listCertificates(server.tenantId, {})).items;
    await visitor.settle(`#/certificates/${certificate?.id}`);
    const holds = page.getByRole("region", { name: "What holds" });
    await holds.getByText("Whoever asked, also after seeing every release").waitFor();
    await holds.getByText("epsilon, for any 6 rows; at most 4").waitFor();
    await page.getByText("Try to falsify it").click();
    await visitor.press("More noise");
    await visitor.see(/^Not verified: signature, seals, .*failed for the altered statement/);
    await visitor.press("One step more");
    await visitor.see(/^Not verified: signature, seals, .*cost failed for the altered statement/);
  });

  it("signs out, and forgets the key", async () => {
    await visitor.press("Sign out");
    await visitor.field("API key").waitFor();
    expect(await visitor.page.evaluate(() => sessionStorage.length)).toBe(0);
    await visitor.page.reload();
    await visitor.field("API key").waitFor();
  });

  it("signs out by itself where the key is revoked", async () => {
    const payload = { role: "audit", label: "soon gone" };
    const { id, key } = (await server.call("admin", "POST /v1/keys", { payload })).json();
    await visitor.signIn(key);
    await visitor.settle("#/ledger");
    await server.call("admin", `DELETE /v1/keys/${id}`);
    await visitor.page.goto(`${origin}/#/models`);
    await visitor.see("It was revoked or replaced.");
    expect(await visitor.page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it("has complained of nothing, and has asked nobody else", () => {
    expect(notes).toEqual({ complaints: [], strangers: [] });
  });
});
