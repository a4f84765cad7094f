import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { decode, restated, SIGNER, withField } from "../../testing/certificates.js";
import { createPlace, idsOf, type Place, signer } from "../../testing/model-directories.js";
import { verify } from "../certificate/verify.js";
import { type DurableFiles, nodeFiles } from "../store/durable-files.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import { type IssuerKey, issuerKeysIn, issuerOf, verifyWith } from "./issuer-key.js";
import { readModelEvidence } from "./model-evidence.js";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** A key that signs at any time. */
const only = ({ publicKey }: { readonly publicKey: Uint8Array }): IssuerKey[] => [
  { publicKey, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY },
];

/** A model that has forgotten one row, and the certificate of that. */
async function begun(files: DurableFiles = nodeFiles) {
  const directory = await place.savedModel();
  const stored = await loadModel(directory, { files });
  const { certificate } = await stored.forget({ rows: [0] }, { signer });
  return { directory, stored, certificate: JSON.stringify(certificate) };
}

async function issuesOf(directory: string, certificate: string, files?: Pick<DurableFiles, "read">) {
  const { evidence, chain } = await readModelEvidence(directory, certificate, only(signer), files);
  return verify(certificate, { publicKey: signer.publicKey, model: evidence, chain }).issues;
}

it("reads a whole model before and after every file operation of a request", async () => {
  let look = async (): Promise<void> => {};
  const watched = Object.fromEntries(
    Object.entries(nodeFiles).map(([name, operation]) => [
      name,
      async (...given: unknown[]) => {
        await look();
        const result = await (operation as (...some: unknown[]) => Promise<unknown>)(...given);
        await look();
        return result;
      },
    ]),
  ) as unknown as DurableFiles;
  const { directory, stored, certificate } = await begun(watched);
  let looks = 0;
  look = async () => {
    looks++;
    expect(await issuesOf(directory, certificate)).toEqual([]);
  };
  await stored.forget({ rows: [1] }, { signer });
  expect(looks).toBeGreaterThan(20);
  look = async () => {};
  await stored.close();
});

/** Files that let a request of the next row come between the reading of a file of this name and what is read after it. */
function changedWhileRead(stored: StoredModel, name: string, times: number): Pick<DurableFiles, "read"> {
  let row = 1;
  return {
    async read(path) {
      const bytes = await nodeFiles.read(path);
      if (path.endsWith(name) && row <= times) await stored.forget({ rows: [row++] }, { signer });
      return bytes;
    },
  };
}

it.each(["current", "model.json", "certificates.log", "weights.safetensors"])(
  "begins anew where another generation came into force after %s was read",
  async (name) => {
    const { directory, stored, certificate } = await begun();
    expect(await issuesOf(directory, certificate, changedWhileRead(stored, name, 2))).toEqual([]);
    await stored.close();
  },
);

it("gives up with a clear error where the model never rests", async () => {
  const { directory, stored, certificate } = await begun();
  await expect(
    issuesOf(directory, certificate, changedWhileRead(stored, "current", Number.POSITIVE_INFINITY)),
  ).rejects.toMatchObject({
    code: "E_MODEL",
    message: expect.stringMatching(/changed whenever it was read, 20 times/),
  });
  await stored.close();
});

it("compares what earlier requests contributed with their certificates, as far as these are there and signed with the key", async () => {
  const directory = await place.savedModel();
  const stored = await loadModel(directory);
  const certificates = [];
  for (const row of [0, 1, 2, 3]) {
    const by = row === 0 ? signer : SIGNER;
    certificates.push((await stored.forget({ rows: [row] }, { signer: by })).certificate!);
  }
  const ids = await idsOf(stored);
  await stored.close();
  const look = async (certificate: string) => {
    const { publicKey } = SIGNER;
    const { evidence, chain } = await readModelEvidence(directory, certificate, only(SIGNER));
    const { issues, notes } = verify(certificate, { publicKey, model: evidence, chain });
    return { codes: issues.map(({ code }) => code), notes };
  };
  const backTo = (request: number) => [expect.stringContaining(`back to request ${request},`)];
  const newest = decode(elementAt(certificates, 3));
  const { stds } = newest.predicate.timeline.cells;
  const loud = stds.map((std, i) => (i === stds.length - 2 ? 1.5 * std : std));
  const crafted = JSON.stringify(restated(withField(newest, "predicate.timeline.cells.stds", loud)));
  expect(verify(crafted, { publicKey: SIGNER.publicKey }).issues).toEqual([]);
  expect(await look(crafted)).toEqual({ codes: ["TIMELINE_EARLIER_NOISE"], notes: [] });
  expect(await look(JSON.stringify(certificates[3]))).toEqual({ codes: [], notes: backTo(2) });
  const alone = [expect.stringContaining("no certificate of the request before it was given")];
  const later = expect.stringContaining("The model given is the one that request 4 left");
  const further = expect.stringMatching(
    /^Of the certificate of request 4: .*back to request 2, and no further/,
  );
  expect(await look(JSON.stringify(certificates[1]))).toEqual({
    codes: [],
    notes: [later, further, ...alone],
  });
  // Behind a gap they lead nowhere.
  await nodeFiles.erase(join(directory, "certificates", `${ids[2]}.json`));
  expect(await look(crafted)).toEqual({ codes: [], notes: alone });
});

it("follows a chain through all keys of a set, each while it signed, and passes over others", async () => {
  const directory = await place.savedModel();
  const stored = await loadModel(directory);
  const texts: string[] = [];
  for (const [row, by] of [signer, SIGNER, SIGNER].entries())
    texts.push(JSON.stringify((await stored.forget({ rows: [row] }, { signer: by })).certificate));
  await stored.close();
  const now = Math.floor(Date.now() / 1000);
  const day = 24 * 3600;
  const setWith = (iat: number): readonly IssuerKey[] =>
    issuerKeysIn(
      JSON.stringify({
        keys: [
          { ...jwkOf(signer.publicKey), exp: now },
          { ...jwkOf(SIGNER.publicKey), iat },
        ],
      }),
    );
  const look = async (i: number, keys: readonly IssuerKey[]) => {
    const text = elementAt(texts, i);
    const { evidence, chain } = await readModelEvidence(directory, text, keys);
    const { issues, notes } = verifyWith(text, issuerOf(text, keys), keys, { model: evidence, chain });
    return { codes: issues.map(({ code }) => code), notes };
  };
  const later = expect.stringContaining("The model given is the one that request 3 left");
  for (const i of [0, 1]) expect(await look(i, setWith(now))).toEqual({ codes: [], notes: [later] });
  expect(await look(2, setWith(now))).toEqual({ codes: [], notes: [] });
  expect(await look(2, only(SIGNER))).toEqual({
    codes: [],
    notes: [expect.stringContaining("back to request 2")],
  });
  expect((await look(0, only(signer))).codes).toEqual(["MODEL"]);
  expect((await look(0, only(SIGNER))).codes).toEqual(["SIGNATURE"]);
  // A key leads nowhere at a time when it did not sign.
  expect((await look(0, setWith(now + 3 * day))).codes).toEqual(["MODEL"]);
});

function jwkOf(publicKey: Uint8Array) {
  return { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") };
}

it("reads earlier certificates also where every step has noise", async () => {
  const directory = await place.savedModel({ sigma: 0.05 });
  const stored = await loadModel(directory);
  const first = await stored.forget({ rows: [0] }, { signer });
  const { certificate } = await stored.forget({ rows: [1] }, { signer });
  await stored.close();
  const text = JSON.stringify(certificate);
  const { chain } = await readModelEvidence(directory, text, only(signer));
  expect(chain.map((one) => JSON.parse(one))).toEqual([JSON.parse(JSON.stringify(first.certificate))]);
  expect(verify(text, { publicKey: signer.publicKey, chain })).toMatchObject({ ok: true, notes: [] });
});

it("names the file that cannot be read", async () => {
  const { directory, stored, certificate } = await begun();
  await stored.close();
  await nodeFiles.erase(join(directory, "generations/2/weights.safetensors"));
  await expect(issuesOf(directory, certificate)).rejects.toMatchObject({
    ...{
      code: "E_MODEL",
      message: expect.stringMatching(/Cannot read the model's weights .*weights\.safetensors/),
    },
  });
});
