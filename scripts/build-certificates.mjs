/**
 * Writes the certificates of version 2 in test/certificates once; those that are there stay as they are, because they must verify for ever.
 *
 *   node scripts/build-certificates.mjs
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

async function load(path) {
  const bundle = await rolldown({ input: `${root}${path}`, logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm" });
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString("base64")}`);
}

const { fixtures } = await load("packages/expunge/testing/certificate-fixtures.ts");
const { SIGNER } = await load("packages/expunge/testing/certificates.ts");
const { publicKeyToPem } = await load("packages/expunge/src/certificate/dsse.ts");

const files = { "issuer.pub": publicKeyToPem(SIGNER.publicKey) };
for (const [name, fixture] of Object.entries(fixtures()))
  files[`${name}.json`] = `${JSON.stringify(fixture, null, 2)}\n`;
for (const [name, text] of Object.entries(files)) {
  await writeFile(`${root}test/certificates/${name}`, text, { flag: "wx" }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}
