import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ExpungeError } from "expunge";
import { sha256Hex } from "expunge/process";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** A built page, ready to be sent. */
export interface Pages {
  readonly files: ReadonlyMap<string, PageFile>;
}

/** A file of a page, plain and gzipped, with its media type and its entity tag. */
export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** Of the style element that Observable Plot writes into every picture; nothing else may stand inside the page. */
export const PLOT_STYLE_HASH = "sha256-jSYQUrW7J0b3jPqhZP9C2Xh1PyJKHKXd4s0fpGGKrww=";

/** Nothing from elsewhere, nothing inline, nothing embedded; WebAssembly for the checks that run in the page. */
function dashboardHeaders(): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' '${PLOT_STYLE_HASH}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  };
}

/** Reads a built page into memory: it is small, and no path that somebody asks for ever reaches the file system. @throws ExpungeError E_OPTION */
export async function readPages(folder: string): Promise<Pages> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  if (!names.includes("index.html"))
    throw new ExpungeError("E_OPTION", `Expected a built page in ${folder}; npm run build makes it.`);
  const files = new Map<string, PageFile>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = await readFile(join(folder, name));
    const gzipped = await promisify(gzip)(plain, { level: 9 });
    const etag = `"${sha256Hex(plain).slice(0, 32)}"`;
    files.set(name.replaceAll(sep, "/"), { type, plain, gzipped, etag });
  }
  return { files };
}

/** Where a file is served: an index at its folder. */
const placeOf = (name: string): string => `/${name.replace(/(^|\/)index\.html$/, "$1")}`;

/** Serves a page at /, others in its folders at /<folder>/, and their files below assets/. */
export function servePages(app: FastifyInstance, { files }: Pages): void {
  const headers = dashboardHeaders();
  for (const [name, file] of files) {
    const url = placeOf(name);
    // Without its last slash a page would look for its files in the folder above.
    if (url !== "/" && url.endsWith("/"))
      app.route({
        method: "GET",
        url: url.slice(0, -1),
        config: { permission: "public" },
        schema: { hide: true },
        // Relative, so that it leads to the right place below a proxy's path, too.
        handler: (_, reply) => reply.redirect(`.${url.slice(url.slice(0, -1).lastIndexOf("/"))}`, 308),
      });
    app.route({
      method: "GET",
      url,
      config: { permission: "public" },
      schema: { hide: true },
      handler: async (request, reply) => {
        // The name of an asset holds the digest of what is in it.
        const lasts = /(^|\/)assets\//.test(name) ? "public, max-age=31536000, immutable" : "no-cache";
        reply.headers({ ...headers, "cache-control": lasts, etag: file.etag, vary: "accept-encoding" });
        if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
        reply.type(file.type);
        if (!takesGzip(request)) return reply.send(file.plain);
        return reply.header("content-encoding", "gzip").send(file.gzipped);
      },
    });
  }
}

function takesGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/.test(String(headers["accept-encoding"] ?? ""));
}
