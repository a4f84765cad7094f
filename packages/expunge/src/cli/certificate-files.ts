import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { type IssuerKey, isIssuedBy } from "./issuer-key.js";
import { readEvidence } from "./ledger-evidence.js";

/**
 * Other certificates of a model, from files and from folders of them. Whoever names a certificate wants it used: what is none, or is not the
 * issuer's, is refused and not passed over.
 *
 * @throws ExpungeError E_CERTIFICATE naming the file
 */
export async function readChainFiles(
  paths: readonly string[],
  keys: readonly IssuerKey[],
): Promise<string[]> {
  const chain: string[] = [];
  for (const path of (await Promise.all(paths.map(filesIn))).flat()) {
    const text = envelopeIn(await readEvidence(path, "certificate", "E_CERTIFICATE"), path);
    if (!isIssuedBy(text, keys))
      throw new ExpungeError(
        "E_CERTIFICATE",
        `${path} was not signed by the issuer's key while that key signed: give the issuer's key set, or leave this one out of --chain.`,
      );
    chain.push(text);
  }
  return chain;
}

async function filesIn(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(".json")).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new ExpungeError("E_CERTIFICATE", `${path} holds no certificate: expected files that end in .json.`);
}

/** The envelope that a text is, or that a service's answer holds. @throws ExpungeError E_CERTIFICATE where there is none */
export function envelopeIn(text: string, path: string): string {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new ExpungeError("E_CERTIFICATE", `${path} is no JSON: it is no certificate, or was cut off.`);
  }
  const { payload, envelope } = Object(found) as { payload?: unknown; envelope?: unknown };
  if (payload !== undefined) return text;
  if (envelope !== undefined) return JSON.stringify(envelope);
  const fields = Object.keys(Object(found)).slice(0, 10).join(", ") || "none";
  throw new ExpungeError(
    "E_CERTIFICATE",
    `${path} is no certificate: expected a DSSE envelope with payload, payloadType and signatures; its fields: ${fields}.`,
  );
}
