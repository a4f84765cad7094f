import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { createDataset } from "../data/create-dataset.js";
import { sourceOf } from "../data/row-source.js";
import type { SubjectForm } from "../records/subject-form.js";
import { fitToDirectory } from "../store/fit-to-directory.js";
import { loadModel, saveModel } from "../store/stored-model.js";
import { fit } from "./fit.js";

const SPELLINGS = ["Zo\u00eb@x.org", "zoe\u0308@x.org", " ZOE\u0308@X.ORG\u00a0"] as const;
const signer = createSigner(new Uint8Array(32).fill(5));
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

/** Rows 0, 1 and 2 are Zoe's, each under another spelling. */
function people(subjectForm: SubjectForm) {
  const { features, featureCount, labels, task, rowCount } = syntheticDataset({ rowCount: 200 });
  const subjects = Array.from({ length: rowCount }, (_, i) => SPELLINGS[i] ?? `person-${i}`);
  return createDataset({ features, featureCount, labels, task, subjects, subjectForm });
}

describe("a model whose ids have a form", () => {
  it("forgets a person by any spelling, all rows at once, with a receipt that any spelling opens", async () => {
    const model = await fit(people("NFC-trim-lower-case"), options);
    expect((await model.preview({ subjects: [SPELLINGS[2]] })).rowCount).toBe(3);
    const request = { subjects: [SPELLINGS[1], "person-9", SPELLINGS[0]] };
    const { rowCount, certificate, receipts, model: next } = await model.forget(request, { signer });
    expect(rowCount).toBe(4);
    expect([...(receipts ?? [])].map(({ id }) => id)).toEqual([SPELLINGS[1], "person-9"]);
    const receipt = receipts?.of(SPELLINGS[2]);
    if (!receipt || certificate === null) throw new Error("expected a receipt and a certificate");
    const { salt, proof } = receipt;
    for (const id of SPELLINGS)
      expect(verify(certificate, { publicKey: signer.publicKey, subject: { id, salt, proof } }).ok).toBe(
        true,
      );
    const other = { id: "zoe@x.org", salt, proof };
    expect(verify(certificate, { publicKey: signer.publicKey, subject: other }).issues[0]?.code).toBe(
      "SUBJECT",
    );
    const again = await next.forget({ subjects: [SPELLINGS[0]] }, { signer });
    expect(again.earlierCertificates).toHaveLength(1);
    next.dispose();
  });

  it("keeps the form in its directory", async () => {
    const folder = await mkdtemp(join(tmpdir(), "expunge-form-"));
    try {
      await saveModel(await fit(people("NFC-trim-lower-case"), options), join(folder, "saved"));
      const source = sourceOf(people("NFC-trim-lower-case"));
      await (await fitToDirectory(source, join(folder, "fitted"), options)).close();
      for (const name of ["saved", "fitted"]) {
        const stored = await loadModel(join(folder, name));
        expect(stored.model.description.subjectForm).toBe("NFC-trim-lower-case");
        expect((await stored.forget({ subjects: [SPELLINGS[2]] }, { signer })).rowCount).toBe(3);
        await stored.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("without one, a certificate speaks of one spelling alone", async () => {
    const model = await fit(people("none"), options);
    const subjects = [SPELLINGS[0]];
    const { rowCount, certificate, receipts, model: next } = await model.forget({ subjects }, { signer });
    expect(rowCount).toBe(1);
    const receipt = receipts?.at(0);
    if (!receipt || certificate === null) throw new Error("expected a receipt and a certificate");
    const isIn = SPELLINGS.map(
      (id) => verify(certificate, { publicKey: signer.publicKey, subject: { id, ...receipt } }).ok,
    );
    expect(isIn).toEqual([true, false, false]);
    await expect(next.preview({ subjects: ["zo\u00eb@x.org"] })).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
    });
    next.dispose();
  });
});
