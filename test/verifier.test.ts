import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPages } from "../packages/service/src/http/pages.js";
import { listen } from "../packages/service/src/http/server.js";
import {
  startTestServer,
  type TestServer,
  testTable,
  trainTestModel,
} from "../packages/service/testing/test-server.js";
import { buildDashboard, chromiumPath, launchBrowser, type Notes, Visitor } from "./dashboard-driver.js";
import { firefoxPath, inFirefox, pressIn, seeIn } from "./firefox.js";
import { takeToLookAt } from "./pictures.js";

const who = testTable().subjects[0] as string;

/** A file as somebody drops it. */
const file = (name: string, content: object | string) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)),
});

describe.skipIf(chromiumPath === undefined)("the public verifier", () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let pages: string;
  let certificate: { id: string; envelope: { payload: string } };
  let receipt: object;
  let proof: string;
  const notes: Notes = { complaints: [], strangers: [] };

  beforeAll(async () => {
    pages = await buildDashboard();
    server = await startTestServer({ pages: await readPages(pages) });
    origin = await listen(server.app, { port: 0 });
    browser = await launchBrowser();
    const { datasetId } = await trainTestModel(server);
    const payload = { datasetId, subjects: [who] };
    const { request } = (await server.call("submit", "POST /v1/requests", { payload })).json();
    await server.work();
    const done = (await server.call("submit", `GET /v1/requests/${request.id}`)).json();
    const place = `/v1/certificates/${done.tasks[0].certificateId}`;
    certificate = (await server.call("audit", `GET ${place}`)).json();
    proof = (await server.call("audit", `GET ${place}/proof`)).body;
    const asked = { payload: { subjects: [who] } };
    const found = (await server.call("submit", `POST /v1/requests/${request.id}/receipts`, asked)).json();
    receipt = { requestId: request.id, subject: who, receipts: found.items[0].receipts };
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(address = `${origin}/verify/`): Promise<{ visitor: Visitor; page: Page }> {
    const visitor = await Visitor.open(browser, { origin, notes });
    await visitor.page.goto(address);
    return { visitor, page: visitor.page };
  }
  const give = (page: Page, ...files: ReturnType<typeof file>[]): Promise<void> =>
    page.getByLabel("Files").setInputFiles(files);

  it("is linked from a certificate, and says without a key of the service what holds and for whom", async () => {
    const { visitor, page } = await open(origin);
    await visitor.signIn(server.keys.audit);
    await page.goto(`${origin}/#/certificates/${certificate.id}`);
    const address = await page.getByRole("link", { name: "Open the public check" }).getAttribute("href");
    expect(address?.length).toBeLessThan(16_000);
    const person = await open(address as string);
    const result = person.page.getByRole("region", { name: "Result" });
    const lead = result.getByText(
      /^Holds at epsilon .*, for requests that do not depend on what the model showed\.$/,
    );
    await lead.waitFor();
    await result.getByText("Verified: this certificate is genuine, every check passed.").waitFor();
    expect(await person.visitor.isLargestIn(result, /^Verified: /)).toBe(true);
    const { keys } = (await server.call({ key: null }, "GET /.well-known/expunge-keys.json")).json();
    await result.getByText(`the key with the fingerprint ${keys[0].kid} (SHA-256)`).waitFor();
    await result.getByText("Compare this fingerprint with the one that the issuer gave you").waitFor();
    await result.getByText(`It was fetched from ${new URL(origin).host}`).waitFor();
    await person.page.getByText("That the process was run as stated").waitFor();
    await person.page.getByText("Whom it speaks of was not asked").waitFor();
    const ledger = person.page.getByRole("region", { name: "Its place in the ledger" });
    await ledger.getByText("The log’s key signed that, a key fetched from this address.").waitFor();
    await ledger.getByText("is the service’s own word").waitFor();
    await visitor.leave();
    await person.visitor.leave();
  });

  it("finds the person of a receipt, and nobody else", async () => {
    const { visitor, page } = await open();
    await give(
      page,
      file("c.json", certificate.envelope),
      file("r.json", receipt),
      file("p.tlog-proof", proof),
    );
    await page.getByText(`It speaks of ${who}: that is the id in the receipt`).waitFor();
    await page.getByText(`Left empty, it is the one in the receipt: ${who}.`).waitFor();
    await page.getByText(`genuine, every check passed, and it speaks of ${who}.`).waitFor();
    await page.getByLabel("Id of the person").fill("somebody@else.example");
    // The certificate is right all the same: it is about others.
    await page.getByText("It does not speak of somebody@else.example (the id that was typed).").waitFor();
    expect(await page.getByText(/should be relied on/).count()).toBe(0);
    const result = page.getByRole("region", { name: "Result" });
    expect(await visitor.isLargestIn(result, /^It does not speak of/)).toBe(true);
    expect(await page.getByText(/^(Verified|Holds at)/).count()).toBe(0);
    await result.getByText(/^For those whom it names it claims: epsilon/).waitFor();
    const failedPerson = page.locator(".check-row.failed", { hasText: "The person" });
    await failedPerson.getByText("do not show that it speaks of this person").waitFor();
    await page.getByLabel("Id of the person").fill(who);
    await page.getByText(`It speaks of ${who}:`).waitFor();
    await page.getByRole("button", { name: "Begin anew" }).click();
    await page.getByText("Nothing to check yet").waitFor();
    await takeToLookAt(page, "verifier-nothing");
    await give(page, file("c.json", certificate.envelope));
    await page.getByLabel("Id of the person").fill(who);
    await page.getByText("Give the person’s receipt, too").waitFor();
    await page.getByText("Whom it speaks of was not asked").waitFor();
    await visitor.leave();
  });

  it("finds a person in any line of a file of receipts, and shows a bad line", async () => {
    const { visitor, page } = await open();
    const { receipts } = receipt as { receipts: { salt: string; proof: object }[] };
    const lines = [
      { subject: "before@example.com", salt: "00".repeat(32), proof: receipts[0]?.proof },
      { subject: who, ...receipts[0] },
    ].map((line) => JSON.stringify(line));
    await give(page, file("c.json", certificate.envelope), file("all.jsonl", lines.join("\n")));
    await page.getByText("The receipts name 2 people.").waitFor();
    await page.getByLabel("Id of the person").fill(who);
    await page.getByText(`It speaks of ${who}:`).waitFor();
    await page.getByLabel("Id of the person").fill("before@example.com");
    await page.getByText("It does not speak of before@example.com").waitFor();
    await give(page, file("bad.jsonl", [...lines, "{}"].join("\n")));
    await page.getByRole("alert").getByText("Line 3: expected a receipt").waitFor();
    await visitor.leave();
  });

  it("refuses what was altered, what another signed, and a proof of something else", async () => {
    const { visitor, page } = await open();
    const payload = Buffer.from(certificate.envelope.payload, "base64").toString();
    const altered = payload.replace('"deletion":"tombstone"', '"deletion":"replace"');
    expect(altered).not.toBe(payload);
    const envelope = { ...certificate.envelope, payload: Buffer.from(altered).toString("base64") };
    await give(page, file("c.json", envelope), file("p.tlog-proof", proof));
    await page.getByText(/^Refused: signature failed/).waitFor();
    const failedSignature = page.locator(".check-row.failed", { hasText: "Signature" });
    await failedSignature.getByText("did not sign this text").waitFor();
    // No sentence of a check that passed stands beside one that did not.
    expect(await page.getByText(/It was signed with the issuer|Steps and gradients add up/).count()).toBe(0);
    const notRun = page.locator(".check-row.not-run", { hasText: "Cost" });
    expect(await notRun.innerText()).toMatch(/not run\.\s+Not run, since an earlier check failed\.$/);
    await page.getByText("Broken: the proof is of another certificate.").waitFor();
    await takeToLookAt(page, "verifier-refused");
    // Of what nobody signed nothing is repeated.
    expect(await page.getByRole("heading", { name: "What it does not cover" }).count()).toBe(0);
    const corrupted = proof.replace(/\S{8}\n$/, "AAAAAAA=\n");
    await page.getByRole("button", { name: "Begin anew" }).click();
    await give(page, file("c.json", certificate), file("p.tlog-proof", corrupted));
    await page.getByText(/^Broken: /).waitFor();
    await page.getByText(/^The certificate passed every check, but the proof of the ledger/).waitFor();
    expect(await page.getByText(/^Verified/).count()).toBe(0);
    await page.getByLabel("Or paste the text of one").fill("hello");
    await page.getByRole("button", { name: "Take the text" }).click();
    await page.getByRole("alert").getByText("This is none of what the page knows").waitFor();
    await visitor.leave();
  });

  it("says which address holds no whole certificate", async () => {
    const { visitor, page } = await open(`${origin}/verify/#certificate=abcd`);
    await page.getByRole("alert").getByText("Was it cut off?").waitFor();
    await visitor.leave();
  });

  it("prints as one page, with what it does not cover", async () => {
    const { visitor, page } = await open();
    await give(
      page,
      file("c.json", certificate.envelope),
      file("r.json", receipt),
      file("p.tlog-proof", proof),
    );
    await page.getByText(`It speaks of ${who}:`).waitFor();
    await takeToLookAt(page, "verifier-result");
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("region", { name: "What to check" }).isVisible()).toBe(false);
    expect(await page.getByRole("heading", { name: "What it does not cover" }).isVisible()).toBe(true);
    const top = (text: RegExp): Promise<number> =>
      page
        .getByText(text)
        .first()
        .evaluate((one) => one.getBoundingClientRect().top);
    expect(await top(/^Verified: /)).toBeLessThan(await top(/^Holds at epsilon/));
    expect(await top(/^Holds at epsilon/)).toBeLessThan(await top(/^What it does not cover/));
    await visitor.leave();
  });

  it("works as a file, without any server, against a key that was given", async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`file://${join(pages, "verify", "index.html")}`);
    await give(page, file("c.json", certificate.envelope));
    await page.getByText("the issuer’s public key is missing").waitFor();
    const keys = (await server.call({ key: null }, "GET /.well-known/expunge-keys.json")).json();
    await give(page, file("keys.json", keys));
    await page.getByText(/^Holds at epsilon/).waitFor();
    await page.getByText("You gave this key").waitFor();
    await give(page, file("p.tlog-proof", proof));
    await page.getByText("its key is missing").waitFor();
    const logKeys = (await server.call({ key: null }, "GET /.well-known/expunge-log-keys.json")).json();
    await give(page, file("log.txt", logKeys.keys[0]));
    await page.getByText("The log’s key signed that.").waitFor();
    await page.context().close();
  });

  it.each(["light", "dark"] as const)(
    "has nothing serious for axe to find on a phone, %s",
    async (colorScheme) => {
      const options = { colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } };
      const visitor = await Visitor.open(browser, { origin, notes, options });
      await visitor.page.goto(`${origin}/verify/`);
      expect(await visitor.seriousFlaws()).toEqual([]);
      await give(
        visitor.page,
        ...[file("c.json", certificate.envelope), file("r.json", receipt), file("p.tlog-proof", proof)],
      );
      await visitor.see(`It speaks of ${who}:`);
      expect(await visitor.seriousFlaws()).toEqual([]);
      expect(await visitor.sticksOut()).toBe(false);
      await visitor.leave();
    },
  );

  it.skipIf(firefoxPath === undefined)("checks in Firefox what the dashboard shows there", async () => {
    const complaints = await inFirefox(async (page) => {
      await page.goto(origin);
      await page.locator("input[type=password]").fill(server.keys.audit);
      await pressIn(page, "Sign in");
      await seeIn(page, "Sign out");
      await page.goto(`${origin}/#/certificates/${certificate.id}`);
      await pressIn(page, "Verify in this browser");
      await seeIn(page, "Verified: every check passed.");
      await seeIn(page, "Proved: the");
      const link = await page.locator("a ::-p-text(Open the public check)").waitHandle();
      const address = await link.evaluate((one) => (one.closest("a") as HTMLAnchorElement).href);
      await page.goto("about:blank");
      await page.goto(address);
      await seeIn(page, "Holds at epsilon");
      await seeIn(page, "signed that, a key fetched from this address.");
    });
    expect(complaints).toEqual([]);
  });

  it("has complained of nothing, and has asked nobody else", () => {
    expect(notes).toEqual({ complaints: [], strangers: [] });
  });
});
