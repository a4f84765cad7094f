import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { areForDocs, picturesFolder, takeToLookAt } from "./pictures.js";
import { slowDown } from "./slow-pages.js";

export const root = join(import.meta.dirname, "..");

const candidates = [
  process.env.EXPUNGE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
export const chromiumPath = candidates.find((path): path is string => path !== undefined && existsSync(path));

const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".html": "text/html",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** The built playground on a server of its own without any headers, in a browser. */
export interface Playground {
  /** Where it is served. */
  readonly origin: string;
  /** What went wrong in any page so far: errors, refusals by the policy, requests to elsewhere. */
  readonly troubles: readonly string[];
  open(hash?: string, options?: BrowserContextOptions): Promise<Page>;
  /** The page where something is to go wrong: that is not noted. As a file, it is opened as by a double click in its folder. */
  openUnwatched(where: "server" | "file", hash?: string): Promise<Page>;
  /** A picture of what is in sight for the docs, where those are wanted; of the whole page in every size and theme, where pictures to look at are. */
  shoot(page: Page, name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openPlayground(): Promise<Playground> {
  const folder = build();
  const server = await serve(folder);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({
    executablePath: chromiumPath as string,
    args: ["--no-sandbox", "--disable-component-update", "--disable-sync", ...quiet],
  });
  const troubles: string[] = [];
  return {
    origin,
    troubles,
    async open(hash = "", options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      // A machine that is busy must not decide.
      page.setDefaultTimeout(120_000);
      await watch(page, origin, troubles);
      await slowDown(page);
      await page.goto(`${origin}/${hash}`);
      return page;
    },
    async openUnwatched(where, hash = "") {
      const page = await (await browser.newContext()).newPage();
      await slowDown(page);
      const address = where === "file" ? `file://${join(folder, "index.html")}` : `${origin}/`;
      await page.goto(`${address}${hash}`);
      return page;
    },
    async shoot(page, name) {
      if (!areForDocs) return takeToLookAt(page, `playground-${name}`);
      await mkdir(picturesFolder, { recursive: true });
      await page.screenshot({ path: join(picturesFolder, `playground-${name}.png`) });
    },
    async close() {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A folder of its own: dist may be built anew by somebody else meanwhile. */
function build(): string {
  const folder = mkdtempSync(join(tmpdir(), "expunge-playground-"));
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const options = ["build", "-c", "packages/web/vite.config.ts", "--mode", "playground", "--outDir", folder];
  execFileSync(process.execPath, [vite, ...options, "--emptyOutDir", "--logLevel", "error"], { cwd: root });
  return folder;
}

async function serve(folder: string) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    const body = await readFile(join(folder, path)).catch(() => null);
    response.writeHead(body === null ? 404 : 200, { "content-type": TYPES[extname(path)] ?? "text/plain" });
    response.end(body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function watch(page: Page, origin: string, troubles: string[]): Promise<void> {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
      troubles.push(`request to ${request.url()}`);
  });
  await page.exposeFunction("reportTrouble", (trouble: string) => troubles.push(trouble));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      (globalThis as never as { reportTrouble: (text: string) => void }).reportTrouble(
        `${violatedDirective} refused ${blockedURI}`,
      ),
    );
  });
}

/** Drags a slider's thumb to a share of its way. */
export async function drag(slider: Locator, share: number): Promise<void> {
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  if (box === null) throw new Error("Expected a slider to drag, found none.");
  const { mouse } = slider.page();
  const y = box.y + box.height / 2;
  const at = await slider.evaluate((input: HTMLInputElement) => Number(input.value) / Number(input.max));
  // The thumb's middle never reaches the ends.
  const place = (part: number): number => box.x + 8 + part * (box.width - 16);
  await mouse.move(place(at), y);
  await mouse.down();
  await mouse.move(place((at + share) / 2), y);
  await mouse.move(place(share), y);
  await mouse.up();
}
