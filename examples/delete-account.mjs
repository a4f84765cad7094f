// A Node application that deletes an account: the row goes from its own database, and what models have learned from it goes by a request
// to Expunge. The order matters: first the request is written down, then the account is deleted, then the request is sent until it is
// accepted. A crash in between loses nothing.
//
//   curl -s https://expunge.example.com/.well-known/expunge-keys.json > expunge-keys.json    # once, and kept: who it is from is for you to check
//   EXPUNGE_URL=https://expunge.example.com EXPUNGE_KEY=expunge_submit_... EXPUNGE_DATASET=<id> EXPUNGE_KEYS=expunge-keys.json \
//     node examples/delete-account.mjs ann@example.com

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "@expunge/client";
import { verify } from "expunge/verify";

/** The application's own users; yours are in a database. */
export function openAccounts(path) {
  const read = async () => JSON.parse(await readFile(path, "utf8").catch(() => '{"users":{},"outbox":[]}'));
  const write = async (state) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  return {
    /** One change: the user goes, and what is still to be done is written down. In SQL this is one transaction. */
    async delete(email) {
      const { users, outbox } = await read();
      delete users[email];
      const entry = { id: randomUUID(), email };
      await write({ users, outbox: [...outbox, entry] });
      return entry;
    },
    outbox: async () => (await read()).outbox,
    async done(id) {
      const { users, outbox } = await read();
      await write({ users, outbox: outbox.filter((entry) => entry.id !== id) });
    },
  };
}

/** Public keys of an issuer by the ids that certificates name, from the key set that it publishes. */
export async function readKeySet(path) {
  const { keys } = JSON.parse(await readFile(path, "utf8"));
  return new Map(keys.map(({ kid, x }) => [kid, new Uint8Array(Buffer.from(x, "base64url"))]));
}

/** Sends one entry of the outbox, waits until it is done, checks the certificates and keeps them. */
export async function forget(client, { entry, datasetId, keys, folder, everyMs = 1000 }) {
  // The entry's id is the idempotency key: sent twice, it is one request.
  const accepted = await client.requests
    .submit({ datasetId, subjects: [entry.email] }, { idempotencyKey: entry.id })
    .catch((error) => {
      // Most accounts may never have been in the data: then there is nothing to forget.
      if (error.code === "E_UNKNOWN_SUBJECT") return null;
      throw error;
    });
  if (accepted === null) return [];
  const { request } = accepted;
  const done = await client.requests.wait(request.id, { everyMs });
  if (done.state !== "completed") throw new Error(`The request ${done.id} is ${done.state}: ${done.failure}`);
  await mkdir(folder, { recursive: true });
  // What shows that a certificate means this account and, to whoever has it, nobody else.
  const { items } = await client.requests.receipts(request.id, { subjects: [entry.email] });
  const kept = [];
  // A model without a receipt had nothing of the account left: an earlier request, or one for its rows, took it.
  for (const receipt of items[0].receipts) {
    const { modelId, certificateId, salt, proof } = receipt;
    const { envelope } = await client.certificates.get(certificateId);
    const publicKey = keys.get(envelope.signatures[0].keyid);
    if (!publicKey)
      throw new Error(`The certificate ${certificateId} is signed with a key that you do not know.`);
    const subject = { id: entry.email, salt, proof };
    const { ok, issues, holds } = verify(envelope, { publicKey, subject });
    if (!ok) throw new Error(`The certificate ${certificateId} is false: ${JSON.stringify(issues)}`);
    const path = join(folder, `${certificateId}.json`);
    await writeFile(path, JSON.stringify(envelope));
    await writeFile(join(folder, `${certificateId}.receipt.json`), JSON.stringify(receipt));
    kept.push({ modelId, path, ...holds });
  }
  return kept;
}

async function main() {
  const { EXPUNGE_URL: url, EXPUNGE_KEY: key, EXPUNGE_DATASET: datasetId } = process.env;
  const [email] = process.argv.slice(2);
  if (!url || !key || !datasetId || !process.env.EXPUNGE_KEYS || !email)
    throw new Error("Expected EXPUNGE_URL, EXPUNGE_KEY, EXPUNGE_DATASET, EXPUNGE_KEYS and an email address.");
  // Before anything is deleted: what cannot be checked should not be begun.
  const keys = await readKeySet(process.env.EXPUNGE_KEYS);
  const client = createClient({ url, key });
  const accounts = openAccounts("accounts.json");
  await accounts.delete(email);
  // Everything that is left over from earlier runs too.
  for (const entry of await accounts.outbox()) {
    try {
      const kept = await forget(client, { entry, datasetId, keys, folder: "certificates" });
      await accounts.done(entry.id);
      if (kept.length === 0) console.log("No model has anything of the account left.");
      for (const { modelId, path, epsilon, delta, against } of kept)
        console.log(
          `Model ${modelId} has forgotten the account: epsilon ${epsilon.toFixed(3)}, delta ${delta}, against ${against} requesters. ${path}`,
        );
    } catch (error) {
      // It stays in the outbox for the next run, and keeps nobody else waiting.
      console.error(`Not yet: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
