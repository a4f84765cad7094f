import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { unzipSync } from "fflate";
import type { Browser, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../packages/service/src/http/pages.js";
import { listen } from "../packages/service/src/http/server.js";
import { startTestServer, type TestServer, testTable } from "../packages/service/testing/test-server.js";
import { mostAlarmsWords } from "../packages/web/shared/alarms.js";
import { numberWords, plural } from "../packages/web/shared/numbers.js";
import { buildDashboard, chromiumPath, launchBrowser, type Notes, Visitor } from "./dashboard-driver.js";
import { takePicture, takeTour } from "./dashboard-pictures.js";
import { overlapsIn } from "./overlaps.js";
import { areForDocs, arePicturesWanted, inTheme, SIZES, takeToLookAt } from "./pictures.js";

const MAX_FIRST_LOAD = 300_000;
const { csv, subjects } = testTable(600);
const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const personOf = (row: number): string => subjects[row] as string;

describe.skipIf(chromiumPath === undefined)("the dashboard against the real service", () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let files: string;
  let visitor: Visitor;
  let savedReceipts: readonly { readonly receipts: readonly unknown[] }[];
  const notes: Notes = { complaints: [], strangers: [] };
  const newVisitor = (options = {}): Promise<Visitor> => Visitor.open(browser, { origin, notes, options });

  beforeAll(async () => {
    const pages = await buildDashboard();
    files = await mkdtemp(join(tmpdir(), "expunge-dashboard-"));
    server = await startTestServer({ pages: await readPages(pages), watchMs: 200 });
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
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
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
    await visitor.field("Who will ask?").selectOption("adaptive");
    // As the service would: what cannot be trained is refused here, too.
    await meaning.getByRole("alert").getByText("rowsPerRequest").waitFor();
    await visitor.field("Rows of one person").fill("6");
    await visitor.field("Limit for everything released").fill("4");
    await meaning.getByText(/^Everything released/).waitFor();
    await meaning.getByText("whoever asked, also after seeing releases").waitFor();
    await meaning.getByText("The disclosure claim is the bound on everything released").waitFor();
    await meaning.getByText(/^(A first request needs no further step: .*)?Where the scores of two/).waitFor();
    await meaning.getByText("So much noise may drown the model’s answers.").waitFor();
    await visitor.field("Who will ask?").selectOption("independent");
    await meaning.getByText("So much noise may drown").waitFor({ state: "detached" });
    await meaning.getByText("Noise it leaves in a score").waitFor();
    await meaning.getByText("After the first request: Holds at").waitFor();
    await meaning.getByText("certifies nothing about anybody").waitFor();
    await visitor.field("Delta").fill("2");
    await meaning.getByRole("alert").getByText(/delta/).first().waitFor();
    await visitor.field("Delta").fill("1e-4");
    await meaning.getByText("Noise it leaves in a score").waitFor();
    const { items: sets } = await server.service.listDatasets(server.tenantId, {});
    const customers = sets.find(({ name }) => name === "customers")?.id as string;
    const asked = { payload: { datasetId: customers, options: { epsilon: 1, delta: 1e-4 } } };
    const planned = (await server.call("train", "POST /v1/models/plan", asked)).json();
    await meaning.getByText(plural(planned.firstRequest.steps, "step"), { exact: true }).waitFor();
    await meaning.getByText(plural(planned.trainingSteps, "step"), { exact: true }).waitFor();
    await visitor.press("Train");
    await visitor.title("churn");
    await visitor.see("Not trained yet");
    await server.work();
    await page.getByRole("heading", { name: "Accuracy over time" }).waitFor();
    const now = page.getByRole("region", { name: "Now" });
    await now.getByText("This model certifies nothing about anybody yet").waitFor();
    expect(await visitor.isLargestIn(now, "This model certifies nothing about anybody yet")).toBe(true);
    expect(await now.getByText("no bound").count()).toBe(2);
    await now.getByText("“Privacy now” is about people who are still in the data").waitFor();
    const quality = page.getByRole("region", { name: "How good it is" });
    await quality.getByRole("rowheader", { name: "Balanced accuracy" }).waitFor();
    await quality.getByText(/^Baseline: always answering “/).waitFor();
    await quality.getByRole("region", { name: "Confusion matrix" }).waitFor();
    await quality.getByRole("img", { name: /^Calibration in / }).waitFor();
  });

  it("shows what a request will cost, then sends it, and the queue ends without a reload", async () => {
    const { page } = visitor;
    await visitor.visit("Requests");
    await visitor.ask("nobody@example.com");
    await page.getByRole("alert").getByText("Id 1 of your list owns no row").waitFor();
    await visitor.ask(personOf(0));
    await visitor.see("fewer steps than training again");
    const cost = page.getByRole("status", { name: "What it will cost" });
    await expect.poll(() => visitor.focused()).toBe("What it will cost");
    const promise =
      /^Once it is done: Holds at epsilon .* for requests that do not depend on what the model showed/;
    await cost.getByText(promise).waitFor();
    expect(await visitor.isLargestIn(cost, promise)).toBe(true);
    const queue = page.getByRole("region", { name: "Queue" });
    await queue.getByText("Nothing is waiting.").waitFor();
    expect((await server.service.listRequests(server.tenantId, {})).items).toEqual([]);
    await visitor.confirm();
    await queue.getByText("accepted").waitFor();
    const shown = page.getByRole("status", { name: "Receipt" });
    expect(await shown.locator("dd code").textContent()).toMatch(/^[0-9a-f]{64}$/);
    expect(await visitor.focused()).toBe("Accepted");
    await shown.getByText("Leave this page open").waitFor();
    await server.work();
    await queue.getByText("Finished last").waitFor();
    await shown.getByText("For churn").waitFor();
    const receipt = (await shown.locator("dd code").first().textContent()) as string;
    expect(receipt).not.toContain(personOf(0));
    const { salt, proof } = JSON.parse(receipt);
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    expect(proof).toEqual({ index: 0, count: 1, path: [] });
    await visitor.ask(personOf(0));
    const again = page.getByRole("status", { name: "Forgotten already" });
    await again.getByText("An earlier request named them, and it is completed").waitFor();
    expect(await page.getByRole("button", { name: /^Forget/ }).count()).toBe(0);
    expect(await shown.count(), "receipts of the earlier request beneath").toBe(0);
    await again.getByRole("button", { name: "Close" }).click();
    await shown.getByText("It is done.").waitFor();
    await queue.getByText("for requests that do not depend on what the model showed").waitFor();
    await queue.getByRole("link", { name: /^certificate/ }).click();
    await visitor.title(/forgotten by churn/);
    await page.getByText("Check it against your own key").click();
    await visitor.field("Id of a person").fill(personOf(0));
    await visitor.field("Receipt").fill(receipt);
    const holds = page.getByRole("region", { name: "What holds" });
    await holds.getByText("For a person whose request does not depend on what this model showed").waitFor();
    expect(await visitor.isLargestIn(holds, /^Holds at epsilon/)).toBe(true);
    await holds
      .getByText(/^compared with the same [\d,]+ steps from the start without the rows deleted so far$/)
      .waitFor();
    await holds.getByText("no bound").waitFor();
    await page.getByText("Requests, or choices of whom to delete, made because of what").waitFor();
  });

  it("verifies the certificate in the browser and names every check", async () => {
    const { page } = visitor;
    const verdict = page.getByText(/^(Verified|Not verified): /);
    await visitor.press("Verify in this browser");
    await visitor.see("Verified: every check passed, and it speaks of this person.");
    const checks = visitor.page.getByRole("region", { name: "Verify" }).locator(".check-row");
    expect(await checks.count()).toBe(14);
    expect(await checks.locator("text=passed").count()).toBe(14);
    await visitor.see(/^Proved: the/);
    await visitor.field("Id of a person").fill(personOf(50));
    await verdict.waitFor({ state: "detached" });
    await visitor.press("Verify in this browser");
    await visitor.see("Not verified: the person failed.");
    // Half of what it takes is not passed over.
    await visitor.field("Receipt").fill("");
    await verdict.waitFor({ state: "detached" });
    await visitor.press("Verify in this browser");
    await page.getByRole("alert").getByText("Give the person’s receipt, too").waitFor();
    await visitor.field("Id of a person").fill("");
    await visitor.press("Verify in this browser");
    await visitor.see("Verified: every check passed.");
    await visitor.field("Public key").fill("00".repeat(32));
    await verdict.waitFor({ state: "detached" });
    await visitor.press("Verify in this browser");
    await visitor.see("Not verified: signature failed.");
    await visitor.field("Public key").fill("");
    await visitor.press("Verify in this browser");
    await visitor.see("Verified: every check passed.");
    await page.getByText("Try to falsify it").click();
    const statement = visitor.field("Statement");
    await statement.fill(`${await statement.inputValue()} `);
    await verdict.waitFor({ state: "detached" });
    await page.getByText("Try to falsify it").click();
  });

  it("proves nothing by a checkpoint that the log's key did not sign, and says whose word the time is", async () => {
    const { page } = visitor;
    await visitor.see("The time, ");
    await visitor.see(/and the log’s key signed that root/);
    let fetchedCount = 0;
    const corrupted = async (route: Route): Promise<void> => {
      fetchedCount++;
      const answer = await route.fetch();
      const text = await answer.text();
      const at = text.lastIndexOf(" ") + 12;
      const body = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      await route.fulfill({ response: answer, body });
    };
    await page.route("**/v1/certificates/*/proof", corrupted);
    await page.reload();
    await visitor.see("Broken: the hashes lead to the root, but the log’s key did not sign this checkpoint.");
    expect(await page.getByText(/^Proved: the/).count()).toBe(0);
    await page.getByRole("link", { name: "Open the public check" }).waitFor();
    expect(fetchedCount, "times that the proof was fetched").toBe(1);
    await page.unroute("**/v1/certificates/*/proof");
    await page.route("**/ledger/checkpoint", corrupted);
    await visitor.visit("Ledger");
    await visitor.see("not made with the log's key that this service publishes.");
    await visitor.see("nothing is compared with a checkpoint that is not signed.");
    await page.unroute("**/ledger/checkpoint");
    await page.reload();
    await visitor.see("made with the log's key that this service publishes.");
    const history = page.locator(".check-row", { hasText: "History" });
    await history.getByText("nothing to compare with yet").waitFor();
    expect(await history.locator(".mark").innerText()).toBe("–");
    await page.getByText("The log’s key, and a check against your own copy").click();
    const { keys } = (await server.call({ key: null }, "GET /.well-known/expunge-log-keys.json")).json();
    await visitor.see(keys[0]);
    await page.goBack();
    await visitor.title(/forgotten by churn/);
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
    // The button stands below: the verdict comes to the reader.
    const verdict = visitor.page.getByText(/^Not verified: /);
    const isThere = (): Promise<boolean> =>
      verdict.evaluate((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return one === document.activeElement && top >= 0 && bottom <= innerHeight;
      });
    await expect.poll(isThere).toBe(true);
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
    const lines = ["\ufeffann@example.com;1", '"b, ""bob""",2', "", "c@example.com"].join("\r\n");
    const list = { name: "ids.csv", mimeType: "text/csv", buffer: Buffer.from(lines) };
    await visitor.field("Or a file of ids").setInputFiles(list);
    const people = visitor.field("People to forget");
    await expect.poll(() => people.inputValue()).toBe('ann@example.com\nb, "bob"\nc@example.com');
    await visitor.ask([personOf(400), "nobody@example.com", personOf(420)].join("\n"));
    const preview = page.getByRole("status", { name: "What it will cost" });
    await preview.getByText("1 id passed over:").waitFor();
    await preview.getByText("Place in your list: 2.").waitFor();
    await preview.getByText("Steps against noise").click();
    await preview.getByText("this is done").waitFor();
    await visitor.confirm();
    await server.work();
    const shown = page.getByRole("status", { name: "Receipt" }).first();
    // Whoever leaves before they are saved is asked; other pages of the dashboard keep them.
    expect(await visitor.asksBeforeItLeaves()).toBe(true);
    await visitor.visit("Ledger");
    await visitor.visit("Requests");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      shown.getByRole("button", { name: "Save 2 receipts, a file for each person" }).click(),
    ]);
    const files = Object.values(unzipSync(await readFile(await download.path()))).map((file) =>
      JSON.parse(Buffer.from(file).toString()),
    );
    expect(files.map(({ subject }: { subject: string }) => subject)).toEqual([personOf(400), personOf(420)]);
    for (const [i, file] of files.entries())
      expect(JSON.stringify(file), "names nobody else").not.toContain(files[1 - i].subject);
    const salts = files.map(({ receipts }: { receipts: { salt: string }[] }) => receipts[0]?.salt);
    expect(new Set(salts).size).toBe(2);
    savedReceipts = files;
    await shown.getByRole("button", { name: "Close", exact: true }).click();
    for (const others = page.getByRole("button", { name: "Close without saving" }); await others.count(); )
      await others.first().click();
    expect(await visitor.asksBeforeItLeaves()).toBe(false);
  });

  it("takes the receipts of several people at once, and says whose is missing", async () => {
    const { page } = visitor;
    const [{ certificateId }] = savedReceipts[0]!.receipts as [{ certificateId: string }];
    await visitor.settle(`#/certificates/${certificateId}`);
    await page.getByText("Check it against your own key").click();
    const [first, second] = savedReceipts.map((one) => JSON.stringify(one)) as [string, string];
    const both = `${first}\n${second}`;
    const isMeant = "Verified: every check passed, and it speaks of this person.";
    const isNotMeant = "Not verified: the person failed.";
    const expected = [
      { id: personOf(420), receipt: both, said: isMeant },
      { id: personOf(400), receipt: both, said: isMeant },
      { id: personOf(50), receipt: both, said: isNotMeant },
      { id: personOf(400), receipt: second, said: isNotMeant },
      { id: "", receipt: second, said: isMeant },
      { id: "", receipt: `${first}\n{}`, said: "Line 2: expected a receipt, as JSON with a salt." },
      {
        id: "",
        receipt: both,
        said: "The receipts name 2 people: give the id of the one who is asked about.",
      },
    ];
    for (const { id, receipt, said } of expected) {
      await visitor.field("Id of a person").fill(id);
      await visitor.field("Receipt").fill(receipt);
      // What was said of the fields as they were.
      await page.getByText(said).waitFor({ state: "detached" });
      await visitor.press("Verify in this browser");
      await page.getByText(said).waitFor();
    }
    await takeToLookAt(page, "receipts");
  });

  it("adds rows to a model, teaches it, corrects one, and draws its life", async () => {
    const { page } = visitor;
    await visitor.visit("Models");
    await page.getByRole("link", { name: "churn" }).click();
    const life = page.getByRole("region", { name: "Life" });
    const drawnRows = life.getByRole("img", { name: /^Rows of the model, / });
    await drawnRows.waitFor();
    const ticks = await drawnRows.locator('g[text-anchor="end"] text').allTextContents();
    expect(ticks.length).toBeGreaterThan(1);
    expect([...new Set(ticks)], "the numbers of rows at the axis, each once").toEqual(ticks);
    await life.getByText("Add rows").click();
    const rows = csv.split("\n").slice(0, 31).join("\n").replaceAll("person-", "new-");
    const table = { name: "more.csv", mimeType: "text/csv", buffer: Buffer.from(rows) };
    await life.getByLabel("A table of new rows", { exact: true }).setInputFiles(table);
    await life.getByRole("button", { name: "Add the rows" }).click();
    await life.getByText("30 rows added, from row 600 on.").waitFor();
    await life.getByRole("button", { name: "Add the rows" }).click();
    await life.getByText("30 rows had been added before").waitFor();
    await life.getByRole("button", { name: "Show what learning will take" }).click();
    const lesson = life.getByRole("status", { name: "What the lesson will take" });
    await lesson.getByText("A lesson issues no certificate, and weakens none.").waitFor();
    // What was shown is of another lesson.
    await life.getByLabel("Epochs", { exact: true }).fill("2");
    await lesson.waitFor({ state: "detached" });
    await life.getByRole("button", { name: "Show what learning will take" }).click();
    await lesson.getByText(/^2 epochs, /).waitFor();
    expect(await visitor.sticksOut()).toBe(false);
    await lesson.getByRole("button", { name: "Learn 30 rows" }).click();
    await life.getByText("a lesson waits for a worker").waitFor();
    await server.work();
    await life.getByText("30 rows learned").waitFor();
    await life.getByRole("img", { name: /^Rows of the model, / }).waitFor();
    await life.getByRole("img", { name: /^Accuracy on the evaluation data set, / }).waitFor();

    await life.getByText("Correct a row").click();
    for (const [name, value] of Object.entries({
      who: personOf(300),
      x0: "0.5",
      x1: "far",
      x2: "0",
      label: "1",
    }))
      await life.getByLabel(name, { exact: true }).fill(value);
    await life.getByLabel("Number of the row", { exact: true }).fill("300");
    await life.getByRole("button", { name: "Show what it will cost" }).click();
    await life.getByRole("alert").getByText("x1").waitFor();
    await life.getByLabel("x1", { exact: true }).fill("0.25");
    await life.getByRole("button", { name: "Show what it will cost" }).click();
    await life.getByRole("button", { name: "Replace 1 row" }).click();
    await life.getByText("Accepted: 1 row will be replaced").waitFor();
    await server.work();
    await page.getByRole("cell", { name: "1 correction" }).waitFor();
    await page.getByRole("cell", { name: "30 rows joined" }).waitFor();
    await life.getByText("When it learns by itself").click();
    await life.getByLabel("It learns", { exact: true }).selectOption("rows");
    await life.getByLabel("Rows", { exact: true }).fill("500");
    await life.getByRole("button", { name: "Set", exact: true }).click();
    await life.getByText("learned when 500 rows wait").waitFor();
    expect(await visitor.sticksOut()).toBe(false);
  });

  it("draws the proof of any entry, and a broken one", async () => {
    for (const row of [7, 40]) {
      await visitor.visit("Requests");
      await visitor.ask(personOf(row));
      await visitor.field("Your reference").fill(`DSR-${row}`);
      await visitor.field("Due").fill("2097-03-04");
      await visitor.confirm();
      await visitor.see(new RegExp(`DSR-${row}`));
      const queue = visitor.page.getByRole("region", { name: "Queue" });
      await queue.getByText(/due 4 Mar 2097 \([\d,]+ days left\)/).waitFor();
      await server.work();
    }
    await visitor.visit("Ledger");
    await visitor.see("computed here from the log's own hashes: the same.");
    const [, , hexRoot = "", base64Root] = await visitor.page.locator(".facts dd").allInnerTexts();
    expect(hexRoot).toMatch(/^[0-9a-f]{64}$/);
    expect(Buffer.from(hexRoot, "hex").toString("base64")).toBe(base64Root);
    await visitor.page.getByRole("link", { name: "3", exact: true }).click();
    await visitor.title("Entry 3");
    await visitor.see("Random id in place of the model’s");
    await visitor.see("It is no model’s own id");
    expect(await visitor.page.getByText(/^(requestId|modelId|modelBefore|certificateDigest)$/).count()).toBe(
      0,
    );
    await visitor.see(/^Proved: the/);
    await visitor.page.getByLabel("Pretend that one character").check();
    await visitor.see(/^Broken: the hashes/);
    await visitor.visit("Ledger");
    await visitor.see(/that this browser saw on/);
  });

  it("keeps the pages of a list while requests are served, and puts new ones before them", async () => {
    const { page } = visitor;
    const { items: sets } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = sets.find(({ name }) => name === "held out")?.id as string;
    const send = async (row: number): Promise<string> => {
      const answer = await server.call("submit", "POST /v1/requests", {
        payload: { datasetId, rows: [row] },
      });
      return answer.json().request.id;
    };
    for (let row = 0; row < 30; row++) await send(row);
    await server.work();
    await visitor.settle("#/requests");
    await page.getByText("All requests").click();
    const list = page.locator("details", { hasText: "All requests" }).locator(".request");
    await expect.poll(() => list.count()).toBe(20);
    await visitor.press("Show more");
    await expect.poll(() => list.count()).toBeGreaterThan(30);
    const before = await list.count();
    const readAgain: string[] = [];
    page.on("request", (request) => {
      if (/\/v1\/requests\/[0-9a-f-]{36}$/.test(request.url())) readAgain.push(request.url());
    });
    expect(await page.getByRole("status", { name: "Receipt" }).count(), "of finished requests").toBe(2);
    const id = await send(50);
    await server.work();
    await expect.poll(() => list.first().innerText(), { timeout: 20_000 }).toContain(id.slice(0, 8));
    await expect.poll(() => list.first().innerText()).toContain("completed");
    expect(readAgain, "what has ended is not read again").toEqual([]);
    expect(await list.count()).toBe(before + 1);
  });

  it("says so while the service does not answer, and keeps what it shows", async () => {
    const { page } = visitor;
    await visitor.settle("#/requests");
    await page.getByText("live", { exact: true }).waitFor();
    await page.context().setOffline(true);
    await visitor.see("The service does not answer.");
    await page.getByText("not live now").waitFor();
    await page.context().setOffline(false);
    await page.getByText("live", { exact: true }).waitFor();
    expect(await page.getByText("The service does not answer.").count()).toBe(0);
  });

  it("keeps its key where the service does not answer or asks for patience, and comes back by itself", async () => {
    const other = await newVisitor();
    await other.page.clock.install();
    await other.signIn(server.keys.audit);
    const kept = (): Promise<number> => other.page.evaluate(() => sessionStorage.length);
    const busy = { status: 429, headers: { "retry-after": "1" }, body: JSON.stringify({ code: "E_RATE" }) };
    for (const refuse of [(route: Route) => route.abort(), (route: Route) => route.fulfill(busy)]) {
      await other.page.route("**/v1/me", refuse);
      await other.page.reload();
      await other.see("This tab still has your key, and tries again by itself.");
      expect(await kept()).toBe(1);
      await other.page.unroute("**/v1/me");
      await other.page.clock.fastForward(5000);
      await other.page.getByRole("button", { name: "Sign out" }).waitFor();
    }
    await other.leave();
  });

  it("works below the path of a proxy", async () => {
    const other = await newVisitor();
    const below = `${origin}/some/path`;
    await other.page.route(`${origin}/**`, async (route) => {
      const url = route.request().url();
      if (!url.startsWith(`${below}/`)) return route.fulfill({ status: 404, body: "outside" });
      await route.fulfill({ response: await route.fetch({ url: url.replace(below, origin) }) });
    });
    await other.page.route("**/v1/events", (route) => route.abort());
    await other.page.goto(`${below}/`);
    await other.field("API key").fill(server.keys.audit);
    await other.press("Sign in");
    await other.page.getByRole("button", { name: "Sign out" }).waitFor();
    await other.page.goto(`${below}/#/ledger`);
    await other.see("computed here from the log's own hashes: the same.");
    await other.leave();
  });

  it("names models that the stream has no room for", async () => {
    const other = await newVisitor();
    await other.page.route("**/v1/events", async (route) => {
      const activity = await server.service.activity(server.tenantId);
      const body = `event: state\ndata: ${JSON.stringify({ ...activity, models: [], open: [], recent: [] })}\n\n`;
      await route.fulfill({ status: 200, contentType: "text/event-stream", body });
    });
    await other.signIn(server.keys.admin);
    await other.page.goto(`${origin}/#/certificates`);
    await other.page
      .getByText(/^by churn,/)
      .first()
      .waitFor();
    await other.leave();
  });

  it("gives a request an address and a title of its own, keeps choices in the address, and the place on Back", async () => {
    const { page } = visitor;
    await visitor.settle("#/requests");
    await visitor.settle("#/requests?state=completed");
    const list = page.locator("details", { hasText: "All requests" }).locator(".request");
    await expect.poll(() => list.count()).toBeGreaterThan(15);
    await visitor.field("State").selectOption("failed");
    await expect.poll(() => page.url()).toContain("?state=failed");
    await visitor.field("State").selectOption("completed");
    await expect.poll(() => list.count()).toBeGreaterThan(15);
    await visitor.field("Search").fill("dsr-4");
    await expect.poll(() => list.count()).toBe(1);
    await expect.poll(() => page.url()).toContain("search=dsr-4");
    await list.getByText("DSR-40").waitFor();
    await visitor.field("Search").fill("");
    await expect.poll(() => list.count()).toBeGreaterThan(15);
    const link = list.nth(14).getByRole("link").first();
    await link.scrollIntoViewIfNeeded();
    const at = await page.evaluate(() => scrollY);
    expect(at).toBeGreaterThan(100);
    const unnoted = (): Promise<number> =>
      page.evaluate(() => Math.abs(scrollY - (history.state?.scroll ?? 0)));
    await expect.poll(unnoted).toBeLessThan(1);
    const id = (await link.textContent())?.trim() as string;
    await link.click();
    await visitor.title(`Request ${id}`);
    await expect.poll(() => page.title()).toBe(`Request ${id} · Expunge`);
    await page.locator("dd").getByText("held out").waitFor();
    await page
      .getByText(/^\d+ \w+ 20\d\d, \d\d:\d\d \S+$/)
      .first()
      .waitFor();
    await page.goBack();
    await visitor.title("Deletion requests");
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(at - 60);
  });

  it("makes a key, shows it once, and revokes it", async () => {
    const { page } = visitor;
    await visitor.visit("Keys");
    await visitor.field("Role").selectOption("audit");
    await visitor.field("Label").fill("auditor");
    await visitor.press("Make a key");
    const made = page.getByRole("status", { name: "The new key" });
    const key = (await made.locator("code").innerText()).trim();
    expect((await server.call({ key }, "GET /v1/me")).json()).toMatchObject({
      role: "audit",
      label: "auditor",
    });
    await visitor.press("I have it");
    expect(await page.getByText(key).count()).toBe(0);
    await page.getByRole("button", { name: "Revoke auditor" }).click();
    await page.getByRole("button", { name: "Revoke for good auditor" }).click();
    const answered = async (): Promise<number> => (await server.call({ key }, "GET /v1/me")).statusCode;
    await expect.poll(answered).toBe(401);
    await page.getByRole("cell", { name: /^revoked / }).waitFor();
    const { keys } = (await server.call({ key: null }, "GET /.well-known/expunge-keys.json")).json();
    const log = (await server.call({ key: null }, "GET /.well-known/expunge-log-keys.json")).json();
    const shown = page.getByRole("region", { name: "Public keys" });
    await shown.getByText(Buffer.from(keys[0].x, "base64url").toString("hex")).waitFor();
    await shown.getByText(log.keys[0]).waitFor();
    // As certificates and whatever checks them name the key.
    const fingerprints = shown.locator("div", { hasText: "fingerprint of the key" }).locator("dd");
    const fromLog = Buffer.from(log.keys[0].replace(/^[^+]*\+[^+]*\+/, ""), "base64").subarray(1);
    expect(await fingerprints.allInnerTexts()).toEqual([keys[0].kid, sha256Of(fromLog)]);
  });

  it("finds models by a part of their names, in an order that the address keeps", async () => {
    const { page } = visitor;
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = items.find(({ name }) => name === "held out")?.id as string;
    const made: string[] = [];
    for (const name of ["zebra 10", "zebra 9"])
      made.push((await server.call("train", "POST /v1/models", { payload: { name, datasetId } })).json().id);
    const named = (): Promise<string[]> => page.locator(".model-card h2").allInnerTexts();
    await visitor.settle("#/models");
    await expect.poll(named).toEqual(["zebra 9", "zebra 10", "churn"]);
    await visitor.field("Search").fill("ZEB");
    await expect.poll(named).toEqual(["zebra 9", "zebra 10"]);
    await visitor.field("Order").selectOption("by name");
    await visitor.field("Search").fill("");
    await expect.poll(named).toEqual(["churn", "zebra 9", "zebra 10"]);
    expect(page.url()).toMatch(/#\/models\?sort=name$/);
    await visitor.settle("#/models?search=0&sort=oldest");
    await expect.poll(named).toEqual(["zebra 10"]);
    for (const id of made) await server.call("train", `DELETE /v1/models/${id}`);
  });

  it("leads from a certificate to what its own figures mean", async () => {
    const { page } = visitor;
    const [certificate] = (await server.service.listCertificates(server.tenantId, {})).items;
    await visitor.settle(`#/certificates/${certificate?.id}`);
    await page.getByRole("link", { name: "What this says, and what it does not" }).click();
    const { holds } = certificate as NonNullable<typeof certificate>;
    const most = mostAlarmsWords(holds.epsilon, holds.delta);
    await page.getByText(`${most} of the 100`, { exact: true }).waitFor();
    await visitor.see(`δ = ${numberWords(holds.delta)} the tester can`);
  });

  it("says what may be wrong where nothing takes up a training", async () => {
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = items.find(({ name }) => name === "held out")?.id as string;
    const payload = { name: "left alone", datasetId };
    const { id } = (await server.call("train", "POST /v1/models", { payload })).json();
    await visitor.settle(`#/models/${id}`);
    await visitor.see("It is trained as soon as a worker is free.");
    expect(await visitor.page.getByText("no worker runs").count()).toBe(0);
    const longAgo = sql`update models set created_at = now() - interval '10 minutes' where id = ${id}`;
    await server.database.queries.execute(longAgo);
    await visitor.page.reload();
    await visitor.see("no worker runs");
    await server.call("train", `DELETE /v1/models/${id}`);
  });

  it("takes the bandwidth and the seed of a feature map, and says where the bandwidth is read off the rows", async () => {
    const { page } = visitor;
    await visitor.settle("#/models/new");
    await visitor.field("Data set").selectOption({ label: "held out" });
    await visitor.field("Name").fill("waves");
    await page.getByText("More settings").click();
    expect(await visitor.field("Bandwidth").count()).toBe(0);
    const meaning = page.getByRole("region", { name: "What these settings mean" });
    const fromRows = meaning.getByText("read off distances between some of the rows");
    // Gates have no width.
    await visitor.field("Features").selectOption("gated-relu");
    await visitor.field("Seed of the map").waitFor();
    expect(await visitor.field("Bandwidth").count()).toBe(0);
    await visitor.field("Features").selectOption("fourier");
    await visitor.field("Waves or gates").fill("20");
    await visitor.see("every certificate then says under “not covered” that it was");
    await fromRows.waitFor();
    await visitor.field("Bandwidth").fill("0.5");
    await visitor.field("Seed of the map").fill("of the town hall");
    await fromRows.waitFor({ state: "detached" });
    await meaning.getByText("After the first request: Holds at").waitFor();
    await visitor.press("Train");
    await visitor.title("waves");
    await server.work();
    const { items } = await server.service.listModels(server.tenantId, {});
    const { id, plan } = items.find(({ name }) => name === "waves") ?? {};
    expect(plan?.features).toMatchObject({
      ...{ kind: "fourier", count: 20, bandwidth: 0.5, isBandwidthFromData: false, seed: "of the town hall" },
    });
    await server.call("train", `DELETE /v1/models/${id}`);
  });

  it("says that a model is not there, and bears long names", async () => {
    const { page } = visitor;
    await visitor.settle("#/models/00000000-0000-4000-8000-000000000000");
    await visitor.title("There is no such model");
    expect(await page.locator(".badge").filter({ hasText: "waiting" }).count()).toBe(0);
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = items.find(({ name }) => name === "held out")?.id as string;
    const payload = { name: "x".repeat(200), datasetId };
    const { id } = (await server.call("train", "POST /v1/models", { payload })).json();
    await server.work();
    for (const hash of ["#/models", `#/models/${id}`, "#/models/new", "#/requests"]) {
      await visitor.settle(hash);
      expect(await visitor.sticksOut(), hash).toBe(false);
    }
    await server.call("train", `DELETE /v1/models/${id}`);
  });

  it("has a header that lies over nothing, at any width", async () => {
    const seen = await newVisitor();
    await seen.signIn(server.keys.admin);
    for (const width of [360, 390, 560, 640, 700, 740, 768, 820, 900, 960, 1024, 1280]) {
      await seen.page.setViewportSize({ width, height: 800 });
      const parts = seen.page.locator("header.bar a, header.bar button, header.bar .who");
      expect(await overlapsIn(parts), `${width}`).toEqual([]);
      expect(await seen.sticksOut(), `${width}`).toBe(false);
      const hidden = await seen.page
        .locator("header.bar nav")
        .evaluate((nav) => nav.scrollWidth - nav.clientWidth);
      expect(hidden, `links out of sight at ${width}`).toBeLessThanOrEqual(0);
    }
    await seen.leave();
  });

  it("cancels an upload, gives each file its own name, and says what a CSV needs", async () => {
    const { page } = visitor;
    await visitor.visit("Data");
    const file = (name: string, text: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await visitor.field("Table").setInputFiles(file("first.csv", csv));
    expect(await visitor.field("Name").inputValue()).toBe("first");
    await visitor.field("Table").setInputFiles(file("second.csv", csv.replaceAll(",", ";")));
    expect(await visitor.field("Name").inputValue()).toBe("second");
    await visitor.see('Cells are separated by ";".');
    await visitor.field("Table").setInputFiles(file("third.csv", csv.slice(csv.indexOf("\n") + 1)));
    await visitor.see("There is no header: columns are called column1");
    await visitor.field("First line").selectOption("names");
    await page.getByText("There is no header").waitFor({ state: "detached" });
    await visitor.field("Schema").fill("{}");
    await page.route("**/v1/datasets", () => {});
    await visitor.press("Upload");
    await visitor.press("Cancel");
    await page.getByRole("alert").getByText("you cancelled it").waitFor();
    await page.unroute("**/v1/datasets");
  });

  it("drafts the schema of a table from its first rows, and has a sample table to start with", async () => {
    const { page } = visitor;
    await visitor.settle("#/data");
    const shownIn = (field: string): Promise<string | undefined> =>
      visitor.field(field).evaluate((input: HTMLInputElement) => input.files?.[0]?.name);
    const file = (name: string, text: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await visitor.field("Table").setInputFiles(file("before.csv", csv));
    await visitor.field("Column to predict").selectOption("label");
    await expect.poll(() => visitor.field("Schema").inputValue()).toContain('"x0"');
    await visitor.field("Schema file").setInputFiles(file("own.json", "{}"));
    await expect.poll(() => visitor.field("Schema").inputValue()).toBe("{}");
    await visitor.press("Take a sample table");
    await expect.poll(() => shownIn("Table")).toBe("sample-customers.csv");
    expect([await shownIn("Schema file"), await visitor.field("Schema").inputValue()]).toEqual([
      ...["own.json", "{}"],
    ]);
    await visitor.field("Column to predict").selectOption("renewed");
    expect(await visitor.field("Column that says whose row it is").inputValue()).toBe("email");
    await expect.poll(() => visitor.field("Schema").inputValue()).toContain('"subject": "email"');
    // Its text is no longer what is there.
    expect(await shownIn("Schema file")).toBeUndefined();
    await visitor.field("Table").setInputFiles(file("after.csv", csv));
    // Drafted of another table.
    await expect.poll(() => visitor.field("Schema").inputValue()).toBe("");
    await visitor.press("Upload");
    await page.getByRole("alert").getByText("Choose the column to predict").waitFor();
    await visitor.press("Take a sample table");
    await expect.poll(() => visitor.field("Schema").inputValue()).toContain('"subject": "email"');
    expect(await visitor.field("Column to predict").inputValue()).toBe("renewed");
    await page.getByText("every certificate treats the schema as PUBLIC").waitFor();
    await visitor.press("Upload");
    await visitor.see("sample-customers is stored.");
    expect(await shownIn("Table")).toBeUndefined();
    await page
      .getByRole("region", { name: "sample-customers" })
      .getByText("400 rows came in, those erased since among them; 4 features and an intercept")
      .waitFor();
    await visitor.visit("Requests");
    await visitor.field("Data set").selectOption({ label: "sample-customers" });
    await visitor.see("in the sample: customer5@example.com");
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const sample = items.find(({ name }) => name === "sample-customers");
    expect(sample).toMatchObject({ hasSubjects: true, description: { task: "binary", rowCount: 400 } });
    await server.call("train", `DELETE /v1/datasets/${sample?.id}`);
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
    const [request] = (await server.service.listRequests(server.tenantId, { state: "completed" })).items;
    return Visitor.places(model?.id as string, certificate?.id as string, request?.id as string);
  }

  it("fits, and has nothing serious for axe to find, on a phone and a desktop, in both themes", async () => {
    // The service's policy would keep axe out of the page.
    const seen = await newVisitor({
      ...{ viewport: SIZES.phone, isMobile: true, hasTouch: true, colorScheme: "light", bypassCSP: true },
    });
    const found: string[] = [];
    const tour = takeTour(seen, { key: server.keys.admin, places: await places(), who: personOf(300) });
    for await (const name of tour) {
      expect(await seen.sticksOut(), `${name}, phone`).toBe(false);
      found.push(...(await seen.seriousFlaws()));
      expect(await seen.tablesCutOff(), `${name}, phone`).toEqual([]);
      // Only colours are others in the other theme.
      await inTheme(seen.page, "dark", async () =>
        found.push(...(await seen.seriousFlaws(["color-contrast"]))),
      );
      for (const width of [660, 920]) {
        await seen.page.setViewportSize({ width, height: 1000 });
        expect(await seen.tablesCutOff(), `${name}, ${width} wide`).toEqual([]);
      }
      await seen.page.setViewportSize(SIZES.desktop);
      expect(await seen.sticksOut(), `${name}, desktop`).toBe(false);
      found.push(...(await seen.seriousFlaws()));
      await seen.page.setViewportSize(SIZES.phone);
    }
    expect(found).toEqual([]);
    await seen.leave();
  });

  if (arePicturesWanted)
    it.each(
      areForDocs
        ? (["phone-light", "phone-dark", "desktop-light", "desktop-dark"] as const)
        : (["desktop-light"] as const),
    )("is taken along in pictures, %s", async (variant) => {
      const [size, colorScheme] = variant.split("-") as ["phone" | "desktop", "light" | "dark"];
      const seen = await newVisitor({ viewport: SIZES[size], colorScheme });
      const tour = takeTour(seen, { key: server.keys.admin, places: await places(), who: personOf(300) });
      for await (const name of tour) await takePicture(seen, name, variant);
      await seen.leave();
    });

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
    await now.getByText(/of at most 4$/).waitFor();
    await now.getByText("This model certifies nothing about anybody yet").waitFor();
    expect(await now.getByText("no bound").count()).toBe(0);
    // Rows may come to its data set; it never learns any, and none of its own is corrected.
    const life = page.getByRole("region", { name: "Life" });
    await life.getByText("None joins and none is corrected").waitFor();
    await life.getByText("Add rows").click();
    const more = csv.split("\n").slice(0, 11).join("\n").replaceAll("person-", "later-");
    const table = { name: "later.csv", mimeType: "text/csv", buffer: Buffer.from(more) };
    await life.getByLabel("A table of new rows", { exact: true }).setInputFiles(table);
    await life.getByRole("button", { name: "Add the rows" }).click();
    await life.getByText(/^10 rows added/).waitFor();
    for (const none of ["Waiting", "Came since", "When it learns by itself", "Correct a row"])
      expect(await life.getByText(none, { exact: true }).count(), none).toBe(0);
    expect(await life.getByRole("button", { name: /^Learn/ }).count()).toBe(0);
    await visitor.visit("Requests");
    await visitor.ask(personOf(300));
    await visitor.confirm();
    await server.work();
    await page
      .getByRole("region", { name: "Queue" })
      .getByText("whoever asked, also after seeing releases")
      .waitFor();
    // Of rows that are named by their numbers there is no receipt.
    await visitor.field("Who is named by").selectOption("rows");
    await visitor.field("Rows to forget").fill("310");
    await visitor.press("Show what it will cost");
    await visitor.press("Forget 1 row");
    const kept = page.getByRole("status", { name: "Receipt" }).filter({ hasText: "Keep the ledger salt." });
    await kept.getByText("It will be done by").waitFor();
    await kept.getByText("There is no receipt: receipts are for people").waitFor();
    await server.work();
    await kept.getByText("It is done.").waitFor();
    expect(await kept.getByText("It will be done by").count()).toBe(0);
    const [certificate] = (await server.service.listCertificates(server.tenantId, {})).items;
    await visitor.settle(`#/certificates/${certificate?.id}`);
    const holds = page.getByRole("region", { name: "What holds" });
    await holds.getByText("Whoever asked, also after seeing every release").waitFor();
    await holds.getByText(/for any 6 rows; at most 4$/).waitFor();
    await page.getByText("Try to falsify it").click();
    await visitor.press("More noise");
    await visitor.see(/^Not verified: signature, seals, .*failed for the altered statement/);
    await visitor.press("One step more");
    await visitor.see(/^Not verified: signature, seals, .*cost failed for the altered statement/);
  });

  it("calls a bound that hides nobody no useful bound", async () => {
    const { page } = visitor;
    const { items } = await server.service.listDatasets(server.tenantId, {});
    const datasetId = items.find(({ name }) => name === "held out")?.id as string;
    const options = { noise: "every-step", unlearnSteps: 150, requests: 1, epochs: 10, batchSize: 20 };
    const payload = { name: "barely noisy", datasetId, options };
    const { id } = (await server.call("train", "POST /v1/models", { payload })).json();
    await server.work();
    await visitor.settle(`#/models/${id}`);
    const now = page.getByRole("region", { name: "Now" });
    await now.getByText("no useful bound").first().waitFor();
    await now
      .getByText(/^epsilon [\d,.×⁰-⁹ ]+ at delta = .*: that hides nobody$/)
      .first()
      .waitFor();
    await server.call("train", `DELETE /v1/models/${id}`);
  });

  it("signs out, and forgets the key", async () => {
    await visitor.press("Sign out");
    await visitor.field("API key").waitFor();
    expect(await visitor.page.evaluate(() => sessionStorage.length)).toBe(0);
    await visitor.page.reload();
    await visitor.field("API key").waitFor();
  });

  it("signs out by itself where the key is revoked, without anything being pressed", async () => {
    const payload = { role: "audit", label: "gone soon" };
    const { id, key } = (await server.call("admin", "POST /v1/keys", { payload })).json();
    const other = await newVisitor();
    await other.signIn(key);
    await server.call("admin", `DELETE /v1/keys/${id}`);
    await other.see("It was revoked or replaced.");
    expect(await other.page.evaluate(() => sessionStorage.length)).toBe(0);
    await other.leave();
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
