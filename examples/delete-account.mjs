// A Node application that deletes an account: the row goes from its own database, and what models have learned from it goes by a request
// to Expunge. The order matters: first the request is written down, then the account is deleted, then the request is sent until it is
// accepted. A crash in between loses nothing.
//
//   EXPUNGE_URL=https://expunge.example.com EXPUNGE_KEY=expunge_submit_... EXPUNGE_DATASET=<id> EXPUNGE_PUBLIC_KEY=<64 hex digits> \
//     node examples/delete-account.mjs ann@example.com
//
// EXPUNGE_PUBLIC_KEY is the issuer's key, got by a way that you trust; https://.../.well-known/expunge-keys.json is where it is published.

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "expunge/client";
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

/** Sends one entry of the outbox, waits until it is done, checks the certificates and keeps them. */
export async function forget(client, { entry, datasetId, publicKey, folder, everyMs = 1000 }) {
  // The entry's id is the idempotency key: sent twice, it is one request, and its salt comes again.
  const { request, salt } = await client.requests.submit(
    { datasetId, subjects: [entry.email] },
    { idempotencyKey: entry.id },
  );
  const done = await client.requests.wait(request.id, { everyMs });
  if (done.state !== "completed") throw new Error(`The request ${done.id} is ${done.state}: ${done.failure}`);
  await mkdir(folder, { recursive: true });
  const kept = [];
  for (const { modelId, certificateId } of done.tasks) {
    // Without one nothing had to be unlearned: an earlier request did it.
    if (certificateId === null) continue;
    const { envelope } = await client.certificates.get(certificateId);
    const { ok, issues, statement } = verify(envelope, { publicKey, subject: { id: entry.email, salt } });
    if (!ok) throw new Error(`The certificate ${certificateId} is false: ${JSON.stringify(issues)}`);
    const path = join(folder, `${certificateId}.json`);
    await writeFile(path, JSON.stringify(envelope));
    const { epsilon, delta } = statement.predicate.claim;
    kept.push({ modelId, path, epsilon, delta });
  }
  return kept;
}

async function main() {
  const { EXPUNGE_URL: url, EXPUNGE_KEY: key, EXPUNGE_DATASET: datasetId } = process.env;
  const { EXPUNGE_PUBLIC_KEY: publicKey } = process.env;
  const [email] = process.argv.slice(2);
  if (!url || !key || !datasetId || !publicKey || !email)
    throw new Error(
      "Expected EXPUNGE_URL, EXPUNGE_KEY, EXPUNGE_DATASET, EXPUNGE_PUBLIC_KEY and an email address.",
    );
  const client = createClient({ url, key });
  const accounts = openAccounts("accounts.json");
  await accounts.delete(email);
  // Everything that is left over from earlier runs too.
  for (const entry of await accounts.outbox()) {
    const kept = await forget(client, { entry, datasetId, publicKey, folder: "certificates" });
    await accounts.done(entry.id);
    for (const { modelId, path, epsilon, delta } of kept)
      console.log(
        `Model ${modelId} has forgotten the account: epsilon ${epsilon.toFixed(3)}, delta ${delta}. ${path}`,
      );
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
