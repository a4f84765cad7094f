import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../testing/test-server.js";
import { PLOT_STYLE_HASH, readPages } from "./pages.js";

let folder: string;
let server: TestServer;
const page = "<!doctype html><title>t</title>";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-pages-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), page);
  await writeFile(join(folder, "assets", "a-1234.js"), "export {}");
  await mkdir(join(folder, "verify", "assets"), { recursive: true });
  await writeFile(join(folder, "verify", "index.html"), page);
  await writeFile(join(folder, "verify", "assets", "b-1234.js"), "void 0");
  await writeFile(join(folder, "secret.pem"), "no");
  server = await startTestServer({ pages: await readPages(folder) });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers = {}) => server.call({ key: null }, `GET ${path}`, { headers });

describe("the dashboard's files", () => {
  it("are served to anybody, with a policy that lets nothing else in", async () => {
    const { statusCode, headers, body } = await get("/");
    expect([statusCode, body]).toEqual([200, page]);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
    );
    expect(headers["content-security-policy"]).not.toMatch(/unsafe-inline|unsafe-eval'? ?;.*unsafe-eval'/);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect((await get("/assets/a-1234.js")).headers["cache-control"]).toMatch(/immutable/);
  });

  it("hold a page in a folder, at the folder's address", async () => {
    const { statusCode, headers, body } = await get("/verify/");
    expect([statusCode, body]).toEqual([200, page]);
    expect(headers["cache-control"]).toBe("no-cache");
    expect((await get("/verify/assets/b-1234.js")).headers["cache-control"]).toMatch(/immutable/);
    const without = await get("/verify");
    expect([without.statusCode, without.headers.location]).toEqual([308, "./verify/"]);
  });

  it("come compressed, and only once", async () => {
    const zipped = await get("/", { "accept-encoding": "br, gzip" });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(page);
    expect((await get("/", { "accept-encoding": "gzip;q=0" })).headers["content-encoding"]).toBeUndefined();
    const again = await get("/", { "if-none-match": zipped.headers.etag });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
  });

  it("are those of a page and no others", async () => {
    for (const path of ["/secret.pem", "/assets/../secret.pem", "/assets/%2e%2e/secret.pem", "/assets/"])
      expect((await get(path)).statusCode, path).toBe(404);
    await expect(readPages(join(folder, "assets"))).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("may hold the one style element of Observable Plot, as it is in this version", () => {
    const { document } = parseHTML("<html></html>");
    const plot = Plot.plot({ document: document as never, marks: [] });
    const style = plot.querySelector("style")?.textContent ?? "";
    expect(`sha256-${createHash("sha256").update(style).digest("base64")}`).toBe(PLOT_STYLE_HASH);
  });
});
