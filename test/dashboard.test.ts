import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../src/http/pages.js";
import { listen } from "../src/http/server.js";
import { startTestServer, type TestServer, testTable } from "../src/http/test-server.testing.js";
import {
  buildWhereStale,
  chromiumPath,
  dashboardFolder,
  launchBrowser,
  type Notes,
  Visitor,
} from "./dashboard-driver.js";
import { SIZES, takePicture, takeTour, wantedThemes } from "./dashboard-pictures.js";

const LARGEST_FIRST_LOAD = 300_000;
const { csv, subjects } = testTable(600);
const personOf = (row: number): string => subjects[row] as string;

describe.skipIf(chromiumPath === undefined)("the dashboard against the real service", () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let files: string;
  let visitor: Visitor;
  const notes: Notes = { complaints: [], strangers: [] };
  const newVisitor = (options = {}): Promise<Visitor> => Visitor.open(browser, { origin, notes, options });

  beforeAll(async () => {
    await buildWhereStale();
    files = await mkdtemp(join(tmpdir(), "expunge-dashboard-"));
    server = await startTestServer({ pages: await readPages(dashboardFolder) });
    origin = await listen(server.app, { port: 0 });
    browser = await launchBrowser();
    visitor = await newVisitor();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(files, { recursive: true, force: true });
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
    expect(total).toBeLessThan(LARGEST_FIRST_LOAD);
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
    await visitor.field("Batch size").fill("20");
    await visitor.field("Epochs").fill("10");
    await page.getByRole("region", { name: "What these settings mean" }).getByText("Noise (sigma)").waitFor();
    await visitor.press("Train");
    await visitor.title("churn");
    await visitor.see("Not trained yet");
    await server.work();
    await page.getByRole("heading", { name: "Accuracy over time" }).waitFor();
    await page.getByRole("img", { name: /Distance between the two models/ }).waitFor();
    await visitor.see("An example: somebody asks now");
  });

  it("shows what a request will cost, then sends it, and the queue ends without a reload", async () => {
    const { page } = visitor;
    await visitor.visit("Requests");
    await visitor.ask("nobody@example.com");
    await page.getByRole("alert").waitFor();
    await visitor.ask(personOf(0));
    await visitor.see("of the work is saved");
    const queue = page.getByRole("region", { name: "Queue" });
    await queue.getByText("Nothing is waiting.").waitFor();
    expect((await server.service.listRequests(server.tenantId, {})).items).toEqual([]);
    await visitor.confirm();
    await queue.getByText("accepted").waitFor();
    const salt = await page.getByRole("status", { name: "Receipt" }).locator("dd code").first().textContent();
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    await server.work();
    await queue.getByText("Finished last").waitFor();
    await queue.getByRole("link", { name: /^certificate/ }).click();
    await visitor.title(/forgotten by churn/);
    await page.getByText("Check it against your own key").click();
    await visitor.field("Id of a person").fill(personOf(0));
    await visitor.field("Salt").fill(salt as string);
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
    await visitor.see(/^Not verified: signature, seals, constants/);
    await visitor.press("Halve epsilon");
    await visitor.see("Not verified: signature, seals, the claim failed for the altered statement.");
    await visitor.press("One step fewer");
    await visitor.see(/^Not verified: signature, seals, the claim, .*cost failed/);
    await visitor.press("Put it back");
    await visitor.see("Verified: every check passed.");
  });

  it("lets the timeline be moved by keyboard, and says what that means", async () => {
    const slider = visitor.page.getByRole("slider", { name: "Steps after the request" });
    const before = await slider.inputValue();
    await slider.focus();
    await visitor.page.keyboard.press("Home");
    await visitor.see(/more than the target/);
    await visitor.press(`Back to ${before}`);
    await visitor.see(/the target of 1 is met/);
    await visitor.page.getByText("Why this is the least").click();
    await visitor.page.getByRole("img", { name: /greatest convex curve/ }).waitFor();
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
    await page.getByRole("button", { name: "What is privacy now?" }).focus();
    await page.getByRole("tooltip").getByText("differential privacy").waitFor();
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
