import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

const ENTITIES = { "&amp;": "&", "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">" };
const decoded = (text) => text.replace(/&(amp|quot|#39|lt|gt);/g, (entity) => ENTITIES[entity]);

/**
 * Checks the HTML pages of a folder: every relative link leads to a file and, where it has a fragment, to an element of that page; nothing is
 * loaded from another host. The links that scripts make are not seen.
 *
 * @returns {Promise<{ pages: number, links: number, problems: string[] }>}
 */
export async function checkSite(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".html"));
  const pages = new Map();
  for (const name of names)
    pages.set(join(folder, name), readPage(await readFile(join(folder, name), "utf8")));
  const problems = [];
  let links = 0;
  for (const [path, { targets, loads }] of pages) {
    const complain = (text) => problems.push(`${relative(folder, path)}: ${text}`);
    for (const url of loads) if (isElsewhere(url)) complain(`loads ${url} from another host.`);
    for (const url of [...targets, ...loads]) {
      if (isElsewhere(url) || url.startsWith("data:")) continue;
      links++;
      const fault = await faultOf(url, path, pages);
      if (fault) complain(`${url} ${fault}`);
    }
  }
  return { pages: pages.size, links, problems };
}

function readPage(html) {
  const targets = new Set();
  const loads = new Set();
  const ids = new Set();
  for (const [, tag, attributes] of html.matchAll(
    /<([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*"|='[^']*')?)*)\s*\/?>/gi,
  )) {
    for (const [, name, value] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      if (name === "id" || name === "name") ids.add(decoded(value));
      if (name === "src" || (name === "href" && tag === "link")) loads.add(decoded(value));
      else if (name === "href" && tag === "a") targets.add(decoded(value));
    }
  }
  return { targets, loads, ids };
}

function isElsewhere(url) {
  return /^(?:[a-z]+:)?\/\//i.test(url) || /^mailto:/i.test(url);
}

async function faultOf(url, page, pages) {
  if (url.startsWith("/")) return "is no relative link.";
  const [path, fragment] = url.split("#").map(decodeURIComponent);
  const target = path === "" ? page : join(dirname(page), path);
  const isFile = await stat(target).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return "leads to no file.";
  if (!fragment || !pages.has(target)) return null;
  return pages.get(target).ids.has(fragment) ? null : "leads to no element of its page.";
}
