import { beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { fromBase64 } from "../records/bytes.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { fit } from "../unlearner/fit.js";
import type { ForgetResult } from "../unlearner/model.js";
import { weightsFile } from "../unlearner/model-digest.js";
import { createSigner, publicKeyToPem, signStatement } from "./dsse.js";
import { FIELDS, valueAt } from "./fields.js";
import { sealOf, sealPredicate } from "./seals.js";
import { subjectDigest, verify } from "./verify.js";

const signer = createSigner(new Uint8Array(32).fill(7));
const { publicKey } = signer;
let result: ForgetResult;
let certificate: Envelope;
let statement: Statement;
const subject = "person-0@example.com";

beforeAll(async () => {
  const dataset = syntheticDataset();
  const model = await fit(dataset, {
    epsilon: 1,
    delta: 1e-4,
    epochs: 3,
    batchSize: 20,
    sigma: 0.05,
    kernel: "reference",
  });
  const first = await model.forget({ rows: [7, 9] }, { signer });
  result = await first.model.forget({ subjects: [subject] }, { signer });
  certificate = result.certificate as Envelope;
  statement = decode(certificate);
});

function decode(envelope: Envelope): Statement {
  return JSON.parse(new TextDecoder().decode(fromBase64(envelope.payload))) as Statement;
}

/** The statement with one field changed; the payload is put back without signing again. */
function withField(path: string, value: unknown): Statement {
  const copy = structuredClone(statement) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() as string;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as unknown as Statement;
}

function unsigned(changed: Statement): Envelope {
  const payload = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(changed))));
  return { ...certificate, payload };
}

/** What a dishonest issuer could make: changed, sealed anew and signed anew. */
function resigned(changed: Statement): Envelope {
  const { predicate } = changed;
  const [before, after] = changed.subject;
  const seals = {
    ...sealPredicate(predicate),
    "model-before": sealOf("model-before", before.digest.sha256),
    "model-after": sealOf("model-after", after.digest.sha256),
  };
  return signStatement({ ...changed, predicate: { ...predicate, seals } }, signer);
}

const codes = (envelope: Envelope, options = {}): string[] =>
  verify(envelope, { publicKey, ...options }).issues.map(({ code }) => code);

/** Another value of the same shape. */
function other(value: unknown): unknown {
  if (value === null) return typeof value === "object" ? "0".repeat(64) : 1;
  if (typeof value === "number") return Number.isInteger(value) ? value + 1 : value * 1.001;
  if (typeof value === "string") {
    if (/^[0-9a-f]{64}$/.test(value)) return value.replace(/^./, (c) => (c === "0" ? "1" : "0"));
    if (/^\d{4}-/.test(value)) return value.replace(/^\d{4}/, "2001");
    const choices: Record<string, string> = {
      tombstone: "replace",
      l2: "clip",
      binary: "regression",
      csprng: "seed",
      reference: "wasm-simd",
      float64: "float32",
    };
    return choices[value] ?? value.replace(/[a-z0-9](?=[^a-z0-9]*$)/i, (c) => (c === "1" ? "2" : "1"));
  }
  if (Array.isArray(value)) return value.slice(0, -1);
  return { kind: "smoothedHinge", width: 0.5 };
}

describe("a true certificate", () => {
  it("verifies, with the key as bytes, hex or PEM", () => {
    expect(verify(certificate, { publicKey })).toMatchObject({ ok: true, issues: [] });
    expect(verify(JSON.stringify(certificate), { publicKey: publicKeyToPem(publicKey) }).ok).toBe(true);
    expect(verify(certificate, { publicKey: Buffer.from(publicKey).toString("hex") }).ok).toBe(true);
  });

  it("speaks of the model before and after", () => {
    expect(verify(certificate, { publicKey, modelAfter: weightsFile(result.model.state) }).ok).toBe(true);
    expect(codes(certificate, { modelAfter: "0".repeat(64) })).toEqual(["MODEL_AFTER"]);
    expect(codes(certificate, { modelBefore: weightsFile(result.model.state) })).toEqual(["MODEL_BEFORE"]);
  });

  it("names a subject only to who holds the salt", () => {
    const salt = result.salt as string;
    expect(verify(certificate, { publicKey, subject: { id: subject, salt } }).ok).toBe(true);
    expect(codes(certificate, { subject: { id: "someone-else@example.com", salt } })).toEqual(["SUBJECT"]);
    expect(codes(certificate, { subject: { id: subject, salt: "0".repeat(64) } })).toEqual(["SUBJECT"]);
    expect(JSON.stringify(statement)).not.toContain("person-");
    expect(subjectDigest(subject, salt)).toBe(statement.predicate.request.subjects[0]);
  });
});

describe("a tampered certificate", () => {
  it.each(FIELDS.map(({ path, code }) => ({ path, code })))(
    "with $path altered fails as $code",
    ({ path, code }) => {
      const changed = withField(`predicate.${path}`, other(valueAt(statement.predicate, path)));
      expect(JSON.stringify(changed)).not.toBe(JSON.stringify(statement));
      const found = codes(unsigned(changed));
      expect(found).toContain("SIGNATURE");
      expect(found.some((c) => c === code || c === `SHAPE_${code}`)).toBe(true);
      // No other field's own code: it is this one that is named.
      const others = FIELDS.filter((field) => field.path !== path).map((field) => field.code);
      expect(found.filter((c) => others.includes(c))).toEqual([]);
    },
  );

  it.each(FIELDS.map(({ path, code }) => ({ path, code })))(
    "with $path removed fails as SHAPE_$code",
    ({ path, code }) => {
      expect(codes(unsigned(withField(`predicate.${path}`, undefined)))).toContain(`SHAPE_${code}`);
    },
  );

  it("fails where a field is added, a seal removed, or the statement is of another type", () => {
    expect(codes(unsigned(withField("predicate.claim.alsoTrue", 1)))).toContain("SHAPE_UNKNOWN_FIELD");
    expect(codes(unsigned(withField("predicate.seals", undefined)))).toContain("SHAPE_SEALS");
    expect(codes(resigned(withField("_type", "https://in-toto.io/Statement/v0.1")))).toContain(
      "STATEMENT_TYPE",
    );
    expect(codes(resigned(withField("predicateType", "urn:other")))).toContain("PREDICATE_TYPE");
  });

  it("fails where a model digest is altered", () => {
    const changed = structuredClone(statement) as unknown as { subject: { digest: { sha256: string } }[] };
    changed.subject[1].digest.sha256 = "0".repeat(64);
    expect(codes(unsigned(changed as unknown as Statement))).toEqual(["SIGNATURE", "SUBJECT_MODEL_AFTER"]);
  });

  it("fails for another key, a foreign key id, a stripped or damaged signature, and no certificate at all", () => {
    const stranger = createSigner(new Uint8Array(32).fill(9));
    expect(verify(certificate, { publicKey: stranger.publicKey }).issues[0].code).toBe("SIGNATURE");
    expect(codes({ ...certificate, signatures: [] })).toEqual(["SIGNATURE"]);
    const [{ sig, keyid }] = certificate.signatures;
    expect(codes({ ...certificate, signatures: [{ sig, keyid: stranger.keyId }] })).toEqual(["KEY_ID"]);
    expect(codes({ ...certificate, signatures: [{ sig: "!", keyid }] })).toEqual(["SIGNATURE"]);
    expect(codes({ ...certificate, payloadType: "text/plain" })).toEqual(["PAYLOAD_TYPE", "SIGNATURE"]);
    expect(codes({ ...certificate, payload: "!" })).toEqual(["SIGNATURE", "PAYLOAD"]);
    expect(verify("not json", { publicKey }).issues[0].code).toBe("ENVELOPE");
    expect(() => verify(certificate, { publicKey: "nonsense" })).toThrow(/Ed25519 public key/);
  });
});

describe("a certificate that its issuer signed falsely", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["claim.energy", 1e-12, "CLAIM_ENERGY_FALSE"],
    ["claim.mu", 1e-3, "CLAIM_MU_FALSE"],
    ["claim.epsilon", 1e-3, "CLAIM_EPSILON_FALSE"],
    ["joint.epsilon", 1e-3, "JOINT_EPSILON_FALSE"],
    ["joint.energy", 1e-12, "JOINT_ENERGY_FALSE"],
    ["joint.mu", 1e-3, "JOINT_MU_FALSE"],
    ["process.sigma", 5, "DERIVED_NOISE_STD"],
    ["process.noiseStd", 5, "DERIVED_NOISE_STD"],
    ["process.eta", 100, "PROCESS_INVALID"],
    ["process.recordSmoothness", 0.1, "PROCESS_INVALID"],
    ["process.lipschitz", 2, "PROCESS_INVALID"],
    ["process.lipschitz", 0.5, "DERIVED_SENSITIVITY"],
    ["process.contraction", 0.5, "DERIVED_CONTRACTION"],
    ["process.sensitivity", 1e-9, "DERIVED_SENSITIVITY"],
    ["process.smoothness", 0.2, "DERIVED_SMOOTHNESS"],
    ["process.strongConvexity", 1, "DERIVED_STRONG_CONVEXITY"],
    ["process.batchCount", 1, "DERIVED_BATCH_COUNT"],
    ["process.roundingPerStep", 1e-30, "DERIVED_ROUNDING_PER_STEP"],
    ["process.weightNorm", 1e-9, "DERIVED_ROUNDING_PER_STEP"],
    ["process.precision", "float32", "DERIVED_PRECISION"],
    ["process.kernel", "wasm-simd", "DERIVED_ROUNDING_PER_STEP"],
    ["request.subjects", ["0".repeat(64), "0".repeat(64)], "REQUEST_SUBJECTS_FALSE"],
    [
      "request.subjects",
      Array.from({ length: 50 }, (_, i) => String(i).padStart(64, "0")),
      "REQUEST_SUBJECTS_FALSE",
    ],
    ["request.target.delta", 1e-30, "TARGET_DELTA_TINY"],
    ["process.noiseSource", "seed", "NOT_CERTIFYING"],
    ["process.stepsBefore", 1e6, "TIMELINE_STEPS"],
    ["process.stepsAfter", 1e6, "TIMELINE_RELEASES"],
    ["process.deleted", [], "TIMELINE_ROW_COUNT"],
    ["process.deleted", [{ batch: 999, count: 9, through: 60 }], "TIMELINE_BATCH"],
    ["process.deleted", [{ batch: 1, count: 900, through: 60 }], "TIMELINE_COUNT"],
    ["process.deleted", [{ batch: 1, count: 3, through: 6000 }], "TIMELINE_THROUGH"],
    ["joint.releases", [0], "TIMELINE_RELEASES"],
    ["process.deleted", [{ batch: 1, count: 0, through: 60 }], "TIMELINE_GROUPS"],
    ["cost.steps", 0, "COST_STEPS_FALSE"],
    ["cost.gradientEvaluations", 1, "COST_EVALUATIONS_FALSE"],
    ["cost.retrainSteps", 1, "COST_RETRAIN_STEPS_FALSE"],
    ["cost.retrainGradientEvaluations", 1, "COST_RETRAIN_EVALUATIONS_FALSE"],
    ["claim.delta", 1e-3, "TARGET_DELTA"],
    ["request.target.epsilon", 1e-6, "TARGET_MISSED"],
    ["claim.roundingAllowance", 0, "DERIVED_ROUNDING_ALLOWANCE"],
    ["claim.theorem", "Because I say so.", "WORDING_THEOREM"],
    ["claim.statement", "Everything is fine.", "WORDING_CLAIM"],
    ["joint.statement", "Everything is fine.", "WORDING_JOINT"],
    ["assumptions", [], "WORDING_ASSUMPTIONS"],
    ["notCovered", [], "WORDING_NOT_COVERED"],
    ["issuedAt", "2999-01-01T00:00:00Z", "DATED_IN_FUTURE"],
    ["data.task", "regression", "TASK_MISMATCH"],
    ["request.deletion", "replace", "DERIVED_SENSITIVITY"],
  ];

  it.each(cases)("%s = %j is found out as %s", (path, value, code) => {
    const found = codes(resigned(withField(`predicate.${path}`, value)));
    expect(found).not.toContain("SIGNATURE");
    expect(found).toContain(code);
  });
});

describe("a certificate made to mislead or to keep the verifier busy", () => {
  it("fails where a subject or a summary is added to the statement", () => {
    const other = { name: "model-after", digest: { sha256: "0".repeat(64) } };
    expect(codes(resigned({ ...statement, subject: [...statement.subject, other] }))).toContain(
      "SHAPE_SUBJECT",
    );
    expect(codes(resigned({ ...statement, summary: "all copies erased" } as never))).toContain(
      "SHAPE_UNKNOWN_FIELD",
    );
    const [before, after] = statement.subject;
    const more = { ...after, digest: { ...after.digest, sha512: "0" } };
    expect(codes(resigned({ ...statement, subject: [before, more] }))).toContain("SHAPE_SUBJECT_MODEL_AFTER");
  });

  it("fails where a release is left out at which a request arrived", () => {
    const { releases } = statement.predicate.joint;
    const early = statement.predicate.process.deleted[0].through;
    const left = releases.filter((step) => step !== early);
    expect(codes(resigned(withField("predicate.joint.releases", left)))).toContain("TIMELINE_RELEASES");
  });

  it("fails where no claim can be bounded, whatever it states", () => {
    const weak = withField("predicate.process.sigma", 1e-160);
    (weak.predicate.process as { noiseStd: number }).noiseStd *= 1e-160 / statement.predicate.process.sigma;
    expect(codes(resigned(weak))).toContain("CLAIM_EPSILON_FALSE");
    expect(codes(resigned(weak))).toContain("JOINT_EPSILON_FALSE");
  });

  it("gets an answer, not an exception, for figures beyond computing and depths beyond the stack", () => {
    const extreme = withField("predicate.process.objective", { kind: "huberRegression", threshold: 1.7e308 });
    (extreme.predicate.process as { lipschitz: number }).lipschitz = 1.7e308;
    expect(verify(resigned(extreme), { publicKey }).ok).toBe(false);
    const text = JSON.stringify(statement).replace(
      '"binary"',
      `${"[".repeat(50_000)}"binary"${"]".repeat(50_000)}`,
    );
    const payload = Buffer.from(text).toString("base64");
    expect(codes({ ...certificate, payload })).toContain("UNCHECKABLE");
  });

  it("is not checked for ever", () => {
    const endless = withField("predicate.process.l2", 0);
    const { process: run, joint } = endless.predicate as never as {
      process: Record<string, unknown>;
      joint: Record<string, unknown>;
    };
    Object.assign(run, {
      stepsBefore: 4e15,
      stepsAfter: 4e15,
      deleted: [{ batch: 0, count: 5, through: 4e15 }],
    });
    joint.releases = [4e15];
    expect(codes(resigned(endless))).toContain("TIMELINE_TOO_LARGE");
    expect(codes({ ...certificate, payload: "A".repeat(2 ** 24 + 4) })).toEqual(["TOO_LARGE"]);
  });

  it("that is true but too weak for the one who checks is refused", () => {
    expect(codes(certificate, { atMost: { epsilon: 0.001, delta: 1e-3 } })).toEqual(["TOO_WEAK"]);
    expect(codes(certificate, { atMost: { epsilon: 1, delta: 1e-4 } })).toEqual([]);
  });
});

describe("a seeded run", () => {
  it("is signed but does not certify", async () => {
    const dataset = syntheticDataset({ rowCount: 100 });
    const model = await fit(dataset, {
      epsilon: 1,
      delta: 1e-3,
      epochs: 2,
      batchSize: 10,
      sigma: 0.1,
      seed: 1,
      kernel: "reference",
    });
    const { certificate: seeded } = await model.forget({ rows: [1] }, { signer });
    expect(codes(seeded as Envelope)).toEqual(["NOT_CERTIFYING"]);
  });
});
