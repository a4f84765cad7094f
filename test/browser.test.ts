import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { createSigner, fit, runTrials } from "expunge";
import { epsilonFromMu, planUnlearning } from "expunge/accounting";
import { createDataset } from "expunge/data";
import { publicKeyToPem } from "expunge/verify";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "./synthetic.js";

const candidates = [
  process.env.EXPUNGE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = candidates.find((path): path is string => path !== undefined && existsSync(path));
const dist = join(import.meta.dirname, "../packages/expunge/dist");
const isReady = executablePath !== undefined && existsSync(join(dist, "verify.js"));
if (!isReady)
  console.warn("SKIPPED: the browser tests need Chromium (EXPUNGE_CHROMIUM) and a build (npm run build).");

/** Vitest rewrites import() in the tests' own code, so the page brings its own. */
const PAGE = "<!doctype html><title>test</title><script>globalThis.load = (url) => import(url)</script>";
// biome-ignore lint/suspicious/noExplicitAny: the built modules, as a page sees them
declare const load: (url: string) => Promise<any>;

/** A page that may share memory between threads. */
const ISOLATED = "/isolated";
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const TYPES: Record<string, string> = { ".js": "text/javascript", ".html": "text/html" };

describe.skipIf(!isReady)("in headless Chromium, the built files as they are", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const isPage = path === "/" || path === ISOLATED;
      const body = isPage ? PAGE : await readFile(join(dist, path)).catch(() => null);
      response
        .writeHead(body === null ? 404 : 200, {
          "content-type": TYPES[extname(path)] ?? "text/html",
          ...(path === ISOLATED ? ISOLATION : {}),
        })
        .end(body ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const quiet = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ];
    browser = await chromium.launch({ executablePath: executablePath as string, args: quiet });
    page = await browser.newPage();
    await page.goto(origin);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it("the accountant computes what it computes in Node", async () => {
    const options = {
      rowCount: 11264,
      batchSize: 128,
      epochs: 100,
      l2: 0.011264,
      smoothness: 0.25,
      lipschitz: 1,
      epsilon: 1,
      delta: 8.9e-5,
      unlearnSteps: 88,
    };
    const found = await page.evaluate(
      async ({ url, options: o }) => {
        const accounting = await load(url);
        return { epsilon: accounting.epsilonFromMu(0.5, 1e-6), sigma: accounting.planUnlearning(o).sigma };
      },
      { url: `${origin}/accounting.js`, options },
    );
    expect(found.epsilon).toBeCloseTo(epsilonFromMu(0.5, 1e-6), 12);
    expect(found.sigma).toBeCloseTo(planUnlearning(options).sigma, 14);
  });

  it("the verifier accepts a true certificate and refuses a tampered one", async () => {
    const signer = createSigner();
    const model = await fit(syntheticDataset(), {
      epsilon: 1,
      delta: 1e-4,
      epochs: 3,
      batchSize: 20,
      sigma: 0.05,
    });
    const { certificate } = await model.forget({ rows: [3] }, { signer });
    const { good, bad } = await page.evaluate(
      async ({ url, certificate: c, publicKey }) => {
        const { verify } = await load(url);
        const statement = JSON.parse(atob(c.payload));
        statement.predicate.erasure.epsilon /= 2;
        const tampered = { ...c, payload: btoa(JSON.stringify(statement)) };
        const codesOf = (envelope: unknown) =>
          verify(envelope, { publicKey }).issues.map((issue: { code: string }) => issue.code);
        return { good: codesOf(c), bad: codesOf(tampered) };
      },
      {
        url: `${origin}/verify.js`,
        certificate: certificate as never as { payload: string },
        publicKey: publicKeyToPem(signer.publicKey),
      },
    );
    expect(good).toEqual([]);
    expect(bad).toEqual(["SIGNATURE"]);
  });

  it("the core trains, forgets and verifies on the SIMD kernel", async () => {
    const found = await page.evaluate(async (url) => {
      const { createDataset, createSigner: sign, fit: train, verify } = await load(url);
      const rows = Array.from(
        { length: 300 },
        (_, i) => [Math.sin(i * 12.9), Math.cos(i * 7.7), Math.sin(i * 3.1)] as const,
      );
      const labels = rows.map(([a, b]) => (a + 0.3 * b > 0 ? 1 : -1));
      const dataset = createDataset({ features: rows, labels, task: "binary", scaling: "l2" });
      const model = await train(dataset, { epsilon: 1, delta: 1e-4, batchSize: 20 });
      const signer = sign();
      const result = await model.forget({ rows: [1, 2] }, { signer });
      return {
        score: result.model.score(dataset),
        issues: verify(result.certificate, { publicKey: signer.publicKey }).issues,
      };
    }, `${origin}/core.js`);
    expect(found.score).toBeGreaterThan(0.8);
    expect(found.issues).toEqual([]);
  });

  const trialOptions = {
    ...{ epsilon: 1, delta: 1e-4, batchSize: 20, epochs: 3, sigma: 0.01, seed: 3 },
    ...{ trials: 6, forget: [{ rows: [4] }] },
  };

  /** First weights of every trial after the last stage, or the code of the error. */
  async function trialsOn(path: string, workers?: number): Promise<number[] | string> {
    const { features, labels, featureCount } = syntheticDataset();
    const tab = await browser.newPage();
    await tab.goto(`${origin}${path}`);
    const found = await tab.evaluate(
      async ({ url, data, options }) => {
        const { createDataset, runTrials } = await load(url);
        const dataset = createDataset({
          ...data,
          features: Float32Array.from(data.features),
          task: "binary",
        });
        return runTrials(dataset, options).then(
          (stages: { weights: Float64Array[] }[]) => stages.at(-1)?.weights.map(([weight]) => weight),
          (error: { code: string }) => error.code,
        );
      },
      {
        url: `${origin}/core.js`,
        data: { features: [...features], labels: [...labels], featureCount },
        options: workers === undefined ? trialOptions : { ...trialOptions, workers },
      },
    );
    await tab.close();
    return found;
  }

  it("trials run on threads of a cross-origin isolated page, on its own thread elsewhere, with the bits of Node", async () => {
    const { features, labels, featureCount } = syntheticDataset();
    const dataset = createDataset({ features, labels, featureCount, task: "binary" });
    const stages = await runTrials(dataset, trialOptions);
    const expected = stages.at(-1)?.weights.map(([weight]) => weight);
    expect(await trialsOn(ISOLATED, 2)).toEqual(expected);
    expect(await trialsOn(ISOLATED)).toEqual(expected);
    expect(await trialsOn("/")).toEqual(expected);
    expect(await trialsOn("/", 2)).toBe("E_WORKER");
  });

  it("a worker trains and forgets as the page does", async () => {
    const steps = await page.evaluate(async (url) => {
      const source = `import { createDataset, fit } from "${url}";
        const features = Array.from({ length: 300 }, (_, i) => [Math.sin(i * 12.9), Math.cos(i * 7.7)]);
        const labels = features.map(([a]) => (a > 0 ? 1 : -1));
        const dataset = createDataset({ features, labels, task: "binary", scaling: "l2" });
        const model = await fit(dataset, { epsilon: 1, delta: 1e-4, batchSize: 20 });
        const { model: next } = await model.forget({ rows: [1] });
        postMessage(next.timeline.steps);`;
      const blob = new Blob([source], { type: "text/javascript" });
      const worker = new Worker(URL.createObjectURL(blob), { type: "module" });
      return new Promise<number>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data as number);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
    }, `${origin}/core.js`);
    expect(steps).toBeGreaterThanOrEqual(300);
  });
});
