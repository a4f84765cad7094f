import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import {
  codesOf,
  decode,
  PaperModel,
  planOf,
  resigned,
  SIGNER,
  subjectsOf,
  withField,
} from "../../testing/certificates.js";
import { createSigner, publicKeyToPem, signStatement } from "./dsse.js";
import { makeStatement } from "./make.js";
import { verify } from "./verify.js";

const { publicKey } = SIGNER;

const limit = { epsilon: 3, delta: 1e-4, records: 2 };

describe("a true certificate", () => {
  const plans = {
    "noise on release": planOf(),
    "noise at every step": planOf({ sigma: 0.5 }),
    "a limit fixed before training": planOf({ sigma: 1.5, limit }),
    "the float32 kernel": planOf({ kernel: "float32", isTuned: true }),
    "trials on public data": planOf({ tunedOn: "public" }),
    "trials on the training data": planOf({ tunedOn: "private", sigma: 0.5 }),
    "an offset": planOf({ objective: { kind: "logistic", offset: -4 } }),
    "many classes": planOf({ objective: { kind: "softmax", classCount: 5 } }),
    "records replaced": planOf({ deletion: "replace", objective: { kind: "huberRegression", threshold: 2 } }),
    "no regulariser": planOf({ sigma: 2, l2: 0, objective: { kind: "smoothedHinge", width: 0.5 } }),
  };
  it.each(Object.entries(plans))("verifies after one request and after twenty more, with %s", (_, plan) => {
    const model = new PaperModel(plan);
    for (let i = 0; i < 21; i++) {
      const certificate = model.certify([{ batch: (7 * i) % 20, count: 1 }]);
      if (i % 10 === 0) expect(verify(certificate, { publicKey }).issues).toEqual([]);
    }
  });

  it("verifies where a request took no step, and where it emptied more batches than are listed", () => {
    const quiet = new PaperModel(planOf({ sigma: 20 }));
    const { predicate, subject } = decode(quiet.certify());
    expect(predicate.cost.steps).toBe(0);
    expect(predicate.modelBefore).toBe(subject[0].digest.sha256);
    const wide = new PaperModel(planOf({ rowCount: 6000, batchSize: 10, l2: 0.3 }));
    const slots = Array.from({ length: 600 }, (_, batch) => ({ batch, count: 2 }));
    const certificate = wide.certify(slots);
    expect(decode(certificate).predicate.request.slots).toBeNull();
    expect(verify(certificate, { publicKey }).issues).toEqual([]);
  });

  it("verifies with the key as bytes, hex, PEM, or among others", () => {
    const certificate = new PaperModel(planOf()).certify();
    const other = createSigner(new Uint8Array(32).fill(9)).publicKey;
    for (const key of [publicKey, bytesToHex(publicKey), publicKeyToPem(publicKey), [other, publicKey]])
      expect(codesOf(certificate, { publicKey: key })).toEqual([]);
    expect(verify(JSON.stringify(certificate), { publicKey }).ok).toBe(true);
    expect(verify(JSON.stringify(certificate, null, 2), { publicKey }).ok).toBe(true);
    expect(codesOf(certificate, { publicKey: other })).toEqual(["SIGNATURE"]);
    expect(codesOf(certificate, { publicKey: [] })).toEqual(["SIGNATURE"]);
    expect(() => verify(certificate, { publicKey: "nonsense" })).toThrow(/Ed25519 public key/);
    for (const none of [undefined, null, 7, [undefined]])
      expect(() => verify(certificate, { publicKey: none as never })).toThrow(
        expect.objectContaining({ code: "E_KEY" }),
      );
  });

  it("says of a changed text that it was changed, and of another's signature whose it is", () => {
    const certificate = new PaperModel(planOf()).certify();
    const { payload } = new PaperModel(planOf({ l2: 0.3 })).certify();
    const [changed] = verify({ ...certificate, payload }, { publicKey }).issues;
    expect(changed).toMatchObject({
      code: "SIGNATURE",
      actual: expect.stringMatching(/names this key but does not fit the text: it was changed/),
    });
    const other = createSigner(new Uint8Array(32).fill(9)).publicKey;
    const [foreign] = verify(certificate, { publicKey: other }).issues;
    expect(foreign).toMatchObject({ code: "SIGNATURE", actual: [SIGNER.keyId] });
  });

  it("says in plain words what options were tried on", () => {
    const wordsOf = (choices: Parameters<typeof planOf>[0]) => {
      const { process, assumptions, notCovered } = decode(
        new PaperModel(planOf(choices)).certify(),
      ).predicate;
      return { process, text: [...assumptions.map(({ name }) => name), ...notCovered].join("\n") };
    };
    const untuned = wordsOf({});
    expect(untuned.process).not.toHaveProperty("tunedOn");
    expect(untuned.text).toContain("Hyperparameters chosen by looking at the data.");
    const privately = wordsOf({ tunedOn: "private" });
    expect(privately.process).toMatchObject({ isTuned: true, tunedOn: "private" });
    expect(privately.text).toContain("by trials on the training data, forgotten records among them");
    expect(privately.text).toContain("compares with retraining under the same options");
    const publicly = wordsOf({ tunedOn: "public" });
    expect(publicly.process).toMatchObject({ isTuned: true, tunedOn: "public" });
    expect(publicly.text).toContain("by trials on public data, none of the training records among them");
    expect(publicly.text).not.toContain("forgotten records among them");
  });

  it("has one subject for generic verifiers: the new model alone", () => {
    const model = new PaperModel(planOf());
    const before = model.model;
    const { subject, predicate } = decode(model.certify());
    expect(subject).toEqual([{ name: "model", digest: { sha256: model.model } }]);
    expect(predicate.modelBefore).toBe(before);
    expect(model.model).not.toBe(before);
  });
});

describe("what holds", () => {
  it("is the erasure claim for independent requesters", () => {
    const certificate = new PaperModel(planOf()).certify();
    const { epsilon, delta } = decode(certificate).predicate.erasure;
    const { holds } = verify(certificate, { publicKey });
    expect(holds).toEqual({ epsilon, delta, against: "independent" });
    expect(epsilon).toBeLessThanOrEqual(1);
    expect(codesOf(certificate, { atMost: { epsilon: 1, delta: 1e-4 } })).toEqual([]);
    expect(codesOf(certificate, { atMost: { epsilon: 0.9, delta: 1e-4 } })).toEqual(["TOO_WEAK"]);
    expect(codesOf(certificate, { atMost: { epsilon: 1, delta: 1e-5 } })).toEqual(["TOO_WEAK"]);
  });

  it("is the limit for adaptive requesters, however strong the erasure claim: nothing else meets atMost", () => {
    const certificate = new PaperModel(planOf({ sigma: 1.5, limit })).certify();
    const { holds } = verify(certificate, { publicKey });
    expect(holds).toEqual({ epsilon: 3, delta: 1e-4, against: "adaptive" });
    expect(decode(certificate).predicate.erasure.epsilon).toBeLessThan(1);
    expect(codesOf(certificate, { atMost: { epsilon: 1, delta: 1e-4 } })).toEqual(["TOO_WEAK"]);
    expect(codesOf(certificate, { atMost: { epsilon: 3, delta: 1e-4 } })).toEqual([]);
  });

  it("is nothing where the certificate fails, also where it is only too weak", () => {
    const certificate = new PaperModel(planOf()).certify();
    const { ok, holds } = verify(certificate, { publicKey, atMost: { epsilon: 0, delta: 0 } });
    expect({ ok, holds }).toEqual({ ok: false, holds: null });
  });

  it("cannot be for adaptive requesters without a limit, nor with noise on release", () => {
    const statement = decode(new PaperModel(planOf({ sigma: 1.5, limit })).certify());
    expect(codesOf(resigned(withField(statement, "predicate.disclosure.limit", null)))).toContain("POLICY");
    const released = decode(new PaperModel(planOf()).certify());
    expect(codesOf(resigned(withField(released, "predicate.holds.against", "adaptive")))).toContain("POLICY");
  });

  it("is told from requesters of the other policy by its wording too", () => {
    const statement = decode(new PaperModel(planOf({ sigma: 1.5, limit })).certify());
    const found = codesOf(resigned(withField(statement, "predicate.holds.against", "independent")));
    expect(found).toEqual(expect.arrayContaining(["POLICY", "WORDING_HOLDS"]));
  });
});

describe("the model that is given", () => {
  const model = new PaperModel(planOf());
  const certify = (batch: number) => model.certify([{ batch, count: 1 }]);
  const chain = [certify(0), certify(2), certify(4), certify(6), certify(8), certify(10)] as const;
  const modelAfter = (i: number): string => decode(elementAt(chain, i)).subject[0].digest.sha256;

  it("is the new one, and not the one before", () => {
    expect(codesOf(chain[1], { model: modelAfter(1), modelBefore: modelAfter(0) })).toEqual([]);
    expect(codesOf(chain[1], { model: modelAfter(1).toUpperCase() })).toEqual([]);
    expect(codesOf(chain[1], { model: modelAfter(0) })).toEqual(["MODEL"]);
    expect(codesOf(chain[1], { modelBefore: modelAfter(1) })).toEqual(["MODEL_BEFORE"]);
  });

  it.each([{}, "model 2", 7])("is refused where it is neither bytes nor a digest: %j", (found) => {
    for (const field of ["model", "modelBefore"])
      expect(() => codesOf(chain[1], { [field]: found as string })).toThrow(
        new RegExp(`Expected ${field} to be the bytes of a weights file or its sha256`),
      );
  });

  it("may have gone on: the chain of later certificates leads to it, in any order and with earlier ones among them", () => {
    const last = { model: modelAfter(5) };
    expect(codesOf(chain[1], last)).toEqual(["MODEL"]);
    expect(codesOf(chain[1], { ...last, chain: chain.slice(2) })).toEqual([]);
    expect(codesOf(chain[1], { ...last, chain: [...chain].reverse() })).toEqual([]);
    expect(codesOf(chain[1], { ...last, chain: chain.map((one) => JSON.stringify(one)) })).toEqual([]);
    expect(codesOf(chain[1], { model: modelAfter(3), chain })).toEqual([]);
  });

  it("is refused where the chain has a gap, leads backwards, or begins elsewhere", () => {
    const last = { model: modelAfter(5) };
    expect(codesOf(chain[1], { ...last, chain: [chain[2], chain[4], chain[5]] })).toEqual(["MODEL"]);
    expect(codesOf(chain[3], { model: modelAfter(1), chain })).toEqual(["MODEL"]);
    const stranger = new PaperModel({ ...planOf(), epochs: 4 });
    stranger.model = "f".repeat(64);
    expect(codesOf(stranger.certify(), { ...last, chain: chain.slice(2) })).toEqual(["MODEL"]);
  });

  it("is refused where a link is not signed, or has another shape", () => {
    const last = { model: modelAfter(5) };
    const forged = { ...chain[3], signatures: [] };
    const found = codesOf(chain[1], { ...last, chain: [chain[2], forged, chain[4], chain[5]] });
    expect(found).toEqual(["CHAIN_SIGNATURE", "MODEL"]);
    const bent = resigned(withField(decode(chain[3]), "predicate.version", 1));
    expect(codesOf(chain[1], { ...last, chain: [chain[2], bent, chain[4], chain[5]] })).toEqual([
      "CHAIN_SHAPE_VERSION",
      "MODEL",
    ]);
  });

  it("leads on through requests that needed no step", () => {
    const quiet = new PaperModel(planOf({ sigma: 20 }));
    const all = [quiet.certify(), quiet.certify(), quiet.certify()] as const;
    expect(codesOf(all[0], { model: quiet.model, chain: all })).toEqual([]);
  });
});

describe("the subject that is given", () => {
  const ids = Array.from({ length: 37 }, (_, i) => `person-${i}@example.com`);
  const { subjects, receiptOf } = subjectsOf(ids);
  const certificate = new PaperModel(planOf()).certify(
    [
      { batch: 1, count: 20 },
      { batch: 2, count: 20 },
    ],
    subjects,
  );

  it("is among those forgotten, by a receipt of their own", () => {
    for (const i of [0, 17, 36]) expect(codesOf(certificate, { subject: receiptOf(i) })).toEqual([]);
  });

  it("is nobody else, with anybody's receipt: each has a salt of their own", () => {
    const receipt = receiptOf(3);
    for (const id of [elementAt(ids, 4), "someone-else@example.com", ""])
      expect(codesOf(certificate, { subject: { ...receipt, id } })).toEqual(["SUBJECT"]);
    expect(codesOf(certificate, { subject: { ...receipt, salt: receiptOf(4).salt } })).toEqual(["SUBJECT"]);
    expect(codesOf(certificate, { subject: { ...receipt, proof: receiptOf(4).proof } })).toEqual(["SUBJECT"]);
    expect(JSON.stringify(decode(certificate))).not.toContain("person-");
  });

  it("is never passed over: a missing salt or proof, or one of another shape, is an issue", () => {
    const { id, salt, proof } = receiptOf(3);
    const asked = (subject: unknown): string[] => codesOf(certificate, { subject: subject as never });
    expect(asked({ id })).toEqual(["SUBJECT_SALT"]);
    for (const wrong of ["", salt.toUpperCase(), `${salt}0`, `${salt}\n`, ` ${salt}`, 7])
      expect(asked({ id, salt: wrong, proof })).toEqual(["SUBJECT_SALT"]);
    expect(asked({ id, salt })).toEqual(["SUBJECT_PROOF"]);
    for (const wrong of [
      7,
      [],
      {},
      { ...proof, path: "x" },
      { ...proof, path: ["x"] },
      { ...proof, index: 0.5 },
      { ...proof, path: Array(65).fill("0".repeat(64)) },
    ])
      expect(asked({ id, salt, proof: wrong })).toEqual(["SUBJECT_PROOF"]);
    expect(asked({ salt, proof })).toEqual(["SUBJECT_ID"]);
    expect(asked({ id, salt, proof: { ...proof, count: 36 } })).toEqual(["SUBJECT"]);
    expect(asked(null)).toEqual(["SUBJECT_ID"]);
  });

  it("was corrected, which is not to be forgotten, unless they asked for that", () => {
    const one = subjectsOf(["ann@example.com"]);
    const facts = new PaperModel(planOf()).forget([{ batch: 1, count: 1 }], one.subjects, true);
    const corrected = signStatement(makeStatement(facts), SIGNER);
    const receipt = one.receiptOf(0);
    expect(codesOf(corrected, { subject: receipt })).toEqual(["SUBJECT_ASKED"]);
    expect(codesOf(corrected, { subject: { ...receipt, asked: "correction" } })).toEqual([]);
    const forgotten = new PaperModel(planOf()).certify([{ batch: 1, count: 1 }], one.subjects);
    expect(codesOf(forgotten, { subject: { ...receipt, asked: "deletion" } })).toEqual([]);
    for (const asked of ["correction", "DELETION", null])
      expect(codesOf(forgotten, { subject: { ...receipt, asked: asked as never } })).toEqual([
        "SUBJECT_ASKED",
      ]);
  });

  it("needs no proof where the request named one, and is nobody where it named rows", () => {
    const lone = subjectsOf(["ann@example.com"]);
    const one = new PaperModel(planOf()).certify([{ batch: 1, count: 2 }], lone.subjects);
    const { id, salt } = lone.receiptOf(0);
    expect(codesOf(one, { subject: { id, salt } })).toEqual([]);
    expect(codesOf(one, { subject: lone.receiptOf(0) })).toEqual([]);
    expect(codesOf(one, { subject: { id: "bob@example.com", salt } })).toEqual(["SUBJECT"]);
    const rows = new PaperModel(planOf()).certify();
    expect(codesOf(rows, { subject: { id, salt } })).toEqual(["SUBJECT"]);
    expect(codesOf(rows, { subject: lone.receiptOf(0) })).toEqual(["SUBJECT"]);
  });
});

describe("a seeded run", () => {
  it("is signed but does not certify", () => {
    const { ok, holds, issues } = verify(new PaperModel(planOf({ seed: "1" })).certify(), { publicKey });
    expect({ ok, holds, codes: issues.map(({ code }) => code) }).toEqual({
      ok: false,
      holds: null,
      codes: ["NOT_CERTIFYING"],
    });
  });
});

describe("what is not stated", () => {
  it("a claim that misses its target, and a course that does not fit together", () => {
    const facts = new PaperModel(planOf()).forget();
    const strict = { ...facts, request: { ...facts.request, target: { epsilon: 0.1, delta: 1e-4 } } };
    expect(() => makeStatement(strict)).toThrow(expect.objectContaining({ code: "E_INFEASIBLE" }));
    const tiny = { ...facts, request: { ...facts.request, target: { epsilon: 1, delta: 1e-18 } } };
    expect(() => makeStatement(tiny)).toThrow(expect.objectContaining({ code: "E_INFEASIBLE" }));
    const apart = { ...facts, timeline: { ...facts.timeline, deletedCount: 7 } };
    expect(() => makeStatement(apart)).toThrow(expect.objectContaining({ code: "E_ASSUMPTION" }));
    const forgotten = { ...facts, release: { steps: facts.release.steps, std: 2 * facts.release.std } };
    expect(() => makeStatement(forgotten)).toThrow(expect.objectContaining({ code: "E_ASSUMPTION" }));
  });

  it("a release beyond the limit", () => {
    const facts = new PaperModel(planOf({ sigma: 1.5, limit })).forget();
    const stricter = { ...facts.plan, limit: { ...limit, epsilon: 0.05 } };
    expect(() => makeStatement({ ...facts, plan: stricter })).toThrow(
      expect.objectContaining({ code: "E_INFEASIBLE" }),
    );
  });

  it("an epsilon of everything released that the tails of the noise leave unproved: mu is, and null", () => {
    const small = makeStatement(new PaperModel(planOf({ sigma: 0.5 })).forget()).predicate.disclosure;
    expect(small?.epsilon).toBeGreaterThan(0);
    expect(small?.tailDelta).toBeGreaterThan(0);
    const certificate = new PaperModel(planOf({ sigma: 0.01 })).certify();
    const large = decode(certificate).predicate.disclosure;
    expect(large).toMatchObject({ epsilon: null, tailDelta: null });
    expect(large?.mu).toBeGreaterThan(5);
    expect(codesOf(certificate)).toEqual([]);
    const claimed = withField(decode(certificate), "predicate.disclosure.epsilon", 40);
    expect(codesOf(resigned(claimed))).toEqual(["DISCLOSURE_EPSILON_FALSE"]);
  });
});
