import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Licences that allow a copy inside another package where their text goes along. */
const ALLOWED = /^(Apache-2\.0|MIT|ISC|BSD-2-Clause|BSD-3-Clause|0BSD)$/;

/**
 * A plugin that writes THIRD-PARTY-NOTICES.txt beside the built files: name, version and licence text of every package that was bundled.
 * Throws where a licence is none of those allowed.
 */
export function thirdPartyNotices() {
  return {
    name: "third-party-notices",
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap((chunk) =>
        chunk.type === "chunk" ? Object.keys(chunk.modules) : [],
      );
      const folders = [...new Set(files.map(packageFolder).filter((folder) => folder !== null))].sort();
      if (folders.length === 0) return;
      const source = `Parts of these packages are in the built files.\n\n${notices(folders)}\n`;
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source });
    },
  };
}

/** The folder of the package that a file came from; null for files of this repository. */
function packageFolder(file) {
  if (!file.includes("/node_modules/") || file.endsWith(".d.ts")) return null;
  let folder = dirname(file.replace(/^\0/, ""));
  while (!isPackage(folder)) folder = dirname(folder);
  return folder;
}

function isPackage(folder) {
  const file = join(folder, "package.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name !== undefined;
}

/** Packages with the same texts share them. */
function notices(folders) {
  const sharers = new Map();
  for (const folder of folders) {
    const { title, text } = notice(folder);
    sharers.set(text, [...(sharers.get(text) ?? []), title]);
  }
  const line = "=".repeat(80);
  return [...sharers].map(([text, titles]) => `${line}\n${titles.join("\n")}\n\n${text}`).join("\n\n");
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!ALLOWED.test(license)) throw new Error(`${name} is under ${license}: it must not be bundled unseen.`);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)(\.|$)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return { title: `${name} ${version} (${license})`, text: texts.join("\n\n") };
}
