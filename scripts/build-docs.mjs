/**
 * npm run docs: builds the documentation as a static site in docs-site/, with the playground in it. The site works below any path and
 * from disk, and loads nothing from elsewhere. Fails where an exported name has no docstring, a link leads nowhere, or a page would load
 * something from another host.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Application, Comment, CommentTag, Converter, JSX, LogLevel, ReflectionKind } from "typedoc";
import { checkSite } from "./check-site.mjs";
import { bin, PUBLISHED, root, run } from "./run.mjs";

const SITE = join(root, "docs-site");

/** The manuals in reading order, under the headings of the navigation. */
const MANUALS = {
  "Using Expunge": ["command-line", "library", "data", "defaults", "tuning", "evaluation", "errors"],
  "What is proved": ["certificate", "theory", "audits", "ledger", "reproduction"],
  "The service": ["service", "operations", "backups"],
  "The project": [
    "performance",
    "performance-figures",
    "ARCHITECTURE",
    "CONTRIBUTING",
    "SECURITY",
    "CHANGELOG",
  ],
};
const pathOf = (name) => join(root, /[A-Z]/.test(name) ? `${name}.md` : `docs/${name}.md`);

await rm(SITE, { recursive: true, force: true });

const app = await Application.bootstrap({
  name: "Expunge",
  readme: join(root, "README.md"),
  projectDocuments: Object.values(MANUALS).flat().map(pathOf),
  entryPointStrategy: "packages",
  entryPoints: PUBLISHED.map((name) => join(root, "packages", name)),
  packageOptions: {
    readme: "none",
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
  sortEntryPoints: false,
  groupOrder: [...Object.keys(MANUALS), "Modules"],
  navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
  locales: { en: { kind_plural_module: "Reference" } },
  highlightLanguages: ["bash", "css", "html", "javascript", "json", "python", "sh", "shellscript", "ts", "typescript", "yaml"],
  searchInDocuments: true,
  searchInComments: true,
  hideGenerator: true,
  customCss: join(root, "scripts", "docs-site.css"),
  logLevel: LogLevel.Warn,
});
nameManuals(app.converter);
dropSchemas(app.converter);
linkPlayground(app.renderer);

const project = await app.convert();
if (!project) process.exit(1);
app.validate(project);
await app.generateDocs(project, SITE);
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error("The documentation has errors (above).");
  process.exit(1);
}

run(bin("vite"), [
  ...["build", "-c", "packages/web/vite.config.ts", "--mode", "playground"],
  ...["--outDir", join(SITE, "playground"), "--logLevel", "warn"],
]);

const { pages, links, problems } = await checkSite(SITE);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`docs-site/index.html: ${pages} pages; ${links} links between them lead somewhere.`);

/** A manual is called by its heading, and listed under its part of the navigation. */
function nameManuals(converter) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, manual) => {
    const [part] = Object.entries(MANUALS).find(([, names]) =>
      names.includes(manual.name.replace("docs/", "")),
    );
    const [heading] = manual.content;
    manual.name = /^# (.+)$/m.exec(heading.text)[1];
    manual.comment = new Comment([], [new CommentTag("@group", [{ kind: "text", text: part }])]);
  });
}

/** The client exports the types of its schemas, not the schemas of the same names. */
function dropSchemas(converter) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const interfaces = new Set(
      project.getReflectionsByKind(ReflectionKind.Interface).map(({ name }) => name),
    );
    for (const alias of project.getReflectionsByKind(ReflectionKind.TypeAlias))
      if (interfaces.has(alias.name)) project.removeReflection(alias);
  });
}

/** A link to the playground above the navigation of every page. */
function linkPlayground(renderer) {
  renderer.hooks.on("sidebar.begin", (context) =>
    JSX.createElement(
      "a",
      { href: context.relativeURL("playground/index.html"), class: "playground-link" },
      "Try it: the playground",
    ),
  );
}
