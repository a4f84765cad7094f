import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkSite } from "../scripts/check-site.mjs";

const GOOD = `<h1 id="top">Home</h1><img src="picture.svg"/><a href="https://example.com/">elsewhere</a>
  <a class="x" href="part/page.html#a&amp;b">page</a> <a href="#top">top</a>`;
const PAGE = `<h2 id="a&amp;b">Part</h2><a href="../index.html#top">home</a>`;

describe("the links of a site", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-site-"));
    await mkdir(join(folder, "part"));
    await writeFile(join(folder, "picture.svg"), "<svg/>");
    await writeFile(join(folder, "part", "page.html"), PAGE);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const problemsOf = async (html: string): Promise<readonly string[]> => {
    await writeFile(join(folder, "index.html"), html);
    return (await checkSite(folder)).problems;
  };

  it("passes pages whose links lead to files and to their elements, and counts them", async () => {
    expect(await problemsOf(GOOD)).toEqual([]);
    expect(await checkSite(folder)).toMatchObject({ pages: 2, links: 4 });
  });

  it.each([
    ["a missing page", `<a href="part/none.html">x</a>`, "part/none.html leads to no file."],
    ["a folder", `<a href="part">x</a>`, "part leads to no file."],
    [
      "a missing element",
      `<a href="part/page.html#none">x</a>`,
      "part/page.html#none leads to no element of its page.",
    ],
    [
      "a missing element of the page itself",
      `<a href="#none">x</a>`,
      "#none leads to no element of its page.",
    ],
    [
      "a link from the root of the host",
      `<a href="/part/page.html">x</a>`,
      "/part/page.html is no relative link.",
    ],
    ["a missing picture", `<img src="none.svg">`, "none.svg leads to no file."],
    [
      "a script of another host",
      `<script src="https://example.com/x.js"></script>`,
      "loads https://example.com/x.js from another host.",
    ],
    [
      "a style of another host",
      `<link href="//example.com/x.css"/>`,
      "loads //example.com/x.css from another host.",
    ],
  ])("finds %s", async (_, link, problem) => {
    expect(await problemsOf(`<h1 id="top">Home</h1>${link}`)).toEqual([`index.html: ${problem}`]);
  });
});
