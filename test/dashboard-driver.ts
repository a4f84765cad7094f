import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { TEST_SCHEMA } from "../packages/service/testing/test-server.js";
import { onceARun, runFolder } from "./once-a-run.js";
import { drawn, SIZES } from "./pictures.js";
import { slowDown } from "./slow-pages.js";

const root = join(import.meta.dirname, "..");

const candidates = [process.env.EXPUNGE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"];
export const chromiumPath = candidates.find((path): path is string => path !== undefined && existsSync(path));

if (chromiumPath === undefined)
  console.warn("SKIPPED: the dashboard's tests need Chromium (EXPUNGE_CHROMIUM).");

export function launchBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  return chromium.launch({ executablePath: chromiumPath as string, args });
}

/** The dashboard with the verifier in it, built for all suites of a run: dist may be built anew by somebody else meanwhile. */
export const buildDashboard = (): Promise<string> =>
  onceARun("dashboard", async () => {
    const folder = join(runFolder(), "dashboard");
    await buildPage("dashboard", folder);
    await buildPage("verifier", join(folder, "verify"));
    return folder;
  });

async function buildPage(mode: string, folder: string): Promise<void> {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const options = ["build", "-c", "packages/web/vite.config.ts", "--mode", mode, "--outDir", folder];
  const args = [vite, ...options, "--emptyOutDir", "--logLevel", "warn"];
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, args, { cwd: root, env });
}

/** All that pages said was wrong, and all that they asked of anybody but the service. */
export interface Notes {
  readonly complaints: string[];
  readonly strangers: string[];
}

/** A visitor in a browser of their own. */
export class Visitor {
  readonly page: Page;
  readonly origin: string;

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.origin = origin;
  }

  static async open(
    browser: Browser,
    { origin, notes, options = {} }: { origin: string; notes: Notes; options?: BrowserContextOptions },
  ): Promise<Visitor> {
    const context = await browser.newContext({ viewport: SIZES.desktop, ...options });
    // A machine that is busy must not decide.
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await slowDown(page);
    page.on("console", (message) => {
      // Chromium itself reports every answer that is no success; the page shows those.
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        notes.complaints.push(message.text());
    });
    page.on("pageerror", (error) => notes.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(origin))
        notes.strangers.push(request.url());
    });
    return new Visitor(page, origin);
  }

  field(name: string): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  press(name: string): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  visit(name: string): Promise<void> {
    return this.page.getByRole("navigation").getByRole("link", { name }).click();
  }

  /** Waits until a text is there. */
  see(text: string | RegExp): Promise<void> {
    return this.page.getByText(text).first().waitFor();
  }

  title(name: string | RegExp): Promise<void> {
    return this.page.getByRole("heading", { name, level: 1 }).waitFor();
  }

  /** The text of what has the focus. */
  focused(): Promise<string> {
    return this.page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  }

  /** Whether the page asks before its tab is closed. */
  asksBeforeItLeaves(): Promise<boolean> {
    return this.page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
  }

  /** Whether no text of a part of the page is larger than this one. */
  async isLargestIn(part: Locator, text: string | RegExp): Promise<boolean> {
    const own = await part
      .getByText(text)
      .first()
      .evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
    const all = await part
      .locator("p, h2, h3, h4, dd, dd span, li, td")
      .evaluateAll((found) => found.map((one) => parseFloat(getComputedStyle(one).fontSize)));
    return own >= Math.max(...all);
  }

  async signIn(key: string): Promise<void> {
    await this.page.goto(this.origin);
    await this.field("API key").fill(key);
    await this.press("Sign in");
    await this.page.getByRole("button", { name: "Sign out" }).waitFor();
  }

  async upload(folder: string, name: string, table: string): Promise<void> {
    const [data, schema] = [join(folder, `${name}.csv`), join(folder, "schema.json")];
    await writeFile(data, table);
    await writeFile(schema, JSON.stringify(TEST_SCHEMA));
    await this.field("Name").fill("");
    await this.field("Table").setInputFiles(data);
    await this.field("Schema file").setInputFiles(schema);
    await expect.poll(() => this.field("Schema").inputValue()).not.toBe("");
    await this.press("Upload");
  }

  /** Asks what it will cost to forget somebody. */
  async ask(who: string): Promise<void> {
    const form = this.page.getByRole("region", { name: "New request" });
    await form.getByLabel("Data set", { exact: true }).selectOption({ label: "customers" });
    await form.getByLabel("People to forget", { exact: true }).fill(who);
    await form.getByRole("button", { name: "Show what it will cost" }).click();
  }

  async confirm(): Promise<void> {
    const button = this.page.getByRole("button", { name: /^Forget/ });
    await button.click();
    await button.waitFor({ state: "detached" });
    await this.see("Keep the receipt.");
  }

  /** Goes to a page, and waits until nothing is loading; certificates are verified. */
  async settle(hash: string): Promise<void> {
    await this.page.goto(`${this.origin}/${hash}`);
    // The page that is left may be whole; the new one is drawn by the second frame from now.
    await drawn(this.page);
    await this.page.waitForFunction(
      () => document.querySelector(".loading") === null && !/Working it out/.test(document.body.innerText),
    );
    const verifying = this.page.getByRole("button", { name: "Verify in this browser" });
    if (!(await verifying.isVisible())) return;
    await verifying.click();
    await this.see("Verified: every check passed.");
  }

  /** What axe finds serious or critical, with everything unfolded. @param rules those to try, all where there is none */
  async seriousFlaws(rules: readonly string[] = []): Promise<string[]> {
    if (!(await this.page.evaluate(() => "axe" in globalThis)))
      await this.page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
    await this.page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await drawn(this.page);
    return this.page.evaluate(async (values) => {
      interface Found {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly html: string }[];
      }
      const { axe } = globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: Found[] }> };
      };
      const only = values.length === 0 ? {} : { runOnly: { type: "rule", values } };
      return (await axe.run({ resultTypes: ["violations"], ...only })).violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${location.hash} ${id}: ${nodes[0]?.html.slice(0, 200)}`);
    }, rules);
  }

  /** Tables of which a part is out of sight, by their names. */
  tablesCutOff(): Promise<string[]> {
    return this.page
      .locator(".scroll:has(table)")
      .evaluateAll((found) =>
        found
          .filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => one.getAttribute("aria-label") ?? "?"),
      );
  }

  /** Nothing may stick out to the side. A phone makes its window as wide as what does. */
  async sticksOut(): Promise<boolean> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth > Math.min(innerWidth, screen.width),
    );
  }

  /** Every page there is, by its hash; some of this model, certificate and request. */
  static places(
    modelId: string,
    certificateId: string,
    requestId: string,
  ): readonly (readonly [name: string, hash: string])[] {
    const plain = ["models", "data", "requests", "certificates", "ledger", "keys", "about", "nowhere"];
    return [
      ...plain.map((name) => [name, `#/${name}`] as const),
      ["model", `#/models/${modelId}`],
      ["request", `#/requests/${requestId}`],
      ["new-model", "#/models/new"],
      ["certificate", `#/certificates/${certificateId}`],
      ["entry", "#/ledger/3"],
    ];
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
