/**
 * npm run docs: builds the documentation as a static site in docs-site/, with the playground and the public verifier in it. The site works
 * below any path and loads nothing from elsewhere. Fails where an exported name has no docstring, a link leads nowhere, or a page would load something from another
 * host.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Application, Converter, JSX, KindRouter, LogLevel, MarkdownEvent, ReflectionKind } from "typedoc";
import { checkSite } from "./check-site.mjs";
import { bin, PUBLISHED, root, run } from "./run.mjs";

const SITE = join(root, "docs-site");

/** The manuals in reading order, under the headings of the navigation. */
const MANUALS = {
  "Using Expunge": [
    "command-line",
    "library",
    "data",
    "exports",
    "defaults",
    "features",
    "tuning",
    "evaluation",
    "errors",
  ],
  "What is proved": ["certificate", "theory", "audits", "ledger", "reproduction"],
  "The service": ["service", "deployment", "operations", "storage", "backups"],
  "The project": [
    "performance",
    "performance-figures",
    "ARCHITECTURE",
    "CONTRIBUTING",
    "SECURITY",
    "CHANGELOG",
  ],
};
const REFERENCE = "Reference";
const pathOf = (name) => join(root, /[A-Z]/.test(name) ? `${name}.md` : `docs/${name}.md`);

await rm(SITE, { recursive: true, force: true });

const app = await Application.bootstrap({
  name: "Expunge",
  readme: join(root, "README.md"),
  projectDocuments: Object.values(MANUALS).flat().map(pathOf),
  entryPointStrategy: "packages",
  entryPoints: PUBLISHED.map((name) => join(root, "packages", name)),
  packageOptions: {
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    // `npm test` checks types.
    skipErrorChecking: true,
    requiredToBeDocumented: ["Variable", "Function", "Class", "Interface", "TypeAlias", "Method", "Accessor"],
    validation: {
      notExported: true,
      notDocumented: true,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
    },
  },
  validation: { invalidLink: true, invalidPath: true, rewrittenLink: true },
  router: "manuals",
  headings: { readme: false },
  sortEntryPoints: false,
  categoryOrder: [...Object.keys(MANUALS), REFERENCE],
  defaultCategory: REFERENCE,
  navigation: { includeGroups: false, includeCategories: true, includeFolders: false },
  highlightLanguages: [
    "bash",
    "css",
    "html",
    "javascript",
    "json",
    "python",
    "sh",
    "shellscript",
    "ts",
    "typescript",
    "yaml",
  ],
  searchInDocuments: true,
  searchInComments: true,
  hideGenerator: true,
  customCss: join(root, "scripts", "docs-site.css"),
  logLevel: LogLevel.Warn,
});
nameManuals(app);
tidyReference(app.converter);
linkManuals(app.renderer);
linkPages(app.renderer);

const project = await app.convert();
if (!project) process.exit(1);
app.validate(project);
await app.generateDocs(project, SITE);
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error("The documentation has errors (above).");
  process.exit(1);
}

for (const [mode, folder] of [
  ["playground", "playground"],
  ["verifier", "verify"],
])
  run(bin("vite"), [
    ...["build", "-c", "packages/web/vite.config.ts", "--mode", mode],
    ...["--outDir", join(SITE, folder), "--logLevel", "warn"],
  ]);

const { pages, links, problems } = await checkSite(SITE);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`docs-site/index.html: ${pages} pages; ${links} links between them lead somewhere.`);

/** A manual is called by its heading, listed under its part of the navigation, and keeps the name of its file. */
function nameManuals({ converter, renderer }) {
  const fileNames = new Map();
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, manual) => {
    const name = manual.name.replace("docs/", "");
    fileNames.set(manual, name.toLowerCase());
    const [part] = Object.entries(MANUALS).find(([, names]) => names.includes(name));
    const [heading] = manual.content;
    manual.name = /^# (.+)$/m.exec(heading.text)[1];
    manual.frontmatter.category = part;
  });
  renderer.defineRouter(
    "manuals",
    class extends KindRouter {
      getIdealBaseName(reflection) {
        return fileNames.has(reflection)
          ? `manuals/${fileNames.get(reflection)}`
          : super.getIdealBaseName(reflection);
      }
    },
  );
}

/**
 * The client exports the types of its schemas, not the schemas of the same names. A parameter that is taken apart at once is called by its type.
 */
function tidyReference(converter) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const interfaces = new Set(
      project.getReflectionsByKind(ReflectionKind.Interface).map(({ name }) => name),
    );
    for (const alias of project.getReflectionsByKind(ReflectionKind.TypeAlias))
      if (interfaces.has(alias.name)) project.removeReflection(alias);
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (!parameter.name.startsWith("__namedParameters")) continue;
      const { name = "options" } = parameter.type;
      parameter.name = name[0].toLowerCase() + name.slice(1);
    }
  });
}

/** What a docstring says of a manual, and of a section in quotation marks, becomes a link; `checkSite` finds those that lead nowhere. */
function linkManuals(renderer) {
  const mention = /(?<![`[(/\w])docs\/([a-z-]+)\.md(?:, "([^"]+)")?/g;
  const beforeParsing = 100;
  const link = (event) => {
    if (event.page.model.isDocument() || event.page.model.isProject()) return;
    const toRoot = "../".repeat(event.page.url.split("/").length - 1);
    event.parsedText = event.parsedText.replace(mention, (text, name, section) => {
      const fragment = section === undefined ? "" : `#${slugOf(section)}`;
      return `[${text}](${toRoot}manuals/${name}.html${fragment})`;
    });
  };
  renderer.on(MarkdownEvent.PARSE, link, beforeParsing);
}

/** The id of a heading. */
function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

/** Links to the pages that are no documentation, above the navigation of every page. */
function linkPages(renderer) {
  const pages = [
    ["playground/index.html", "Try it: the playground"],
    ["verify/index.html", "Check a certificate"],
  ];
  renderer.hooks.on("sidebar.begin", (context) => {
    const links = pages.map(([page, words]) =>
      JSX.createElement("a", { href: context.relativeURL(page), class: "page-link" }, words),
    );
    return JSX.createElement(JSX.Fragment, null, ...links);
  });
}
