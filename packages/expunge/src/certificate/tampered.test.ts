import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import {
  codesOf,
  decode,
  PaperModel,
  planOf,
  resigned,
  signed,
  subjectsOf,
  withField,
} from "../../testing/certificates.js";
import type { Statement } from "../records/certificate.js";
import { createSigner } from "./dsse.js";
import { type Field, fieldsOf, valueAt } from "./fields.js";

const { subjects } = subjectsOf(["ann@example.com", "bob@example.com"]);
const slots = [
  { batch: 3, count: 2 },
  { batch: 5, count: 1 },
];

/** The third certificate of a model. */
function third(model: PaperModel): Statement {
  model.certify([{ batch: 0, count: 1 }]);
  model.certify([{ batch: 9, count: 4 }]);
  return decode(model.certify(slots, subjects));
}

const released = third(new PaperModel(planOf()));
const noised = third(new PaperModel(planOf({ sigma: 1.5, limit: { epsilon: 3, delta: 1e-4, records: 4 } })));
const weighted = third(
  new PaperModel(planOf({ weighting: { classes: [0.05, 1], isBalanced: true, samples: true } })),
);

/** Another value of the same shape. */
function other(value: unknown): unknown {
  if (value === null) return "0".repeat(64);
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return Number.isInteger(value) ? value + 1 : value * 1.001;
  if (typeof value === "string") {
    if (/^[0-9a-f]{64}$/.test(value)) return value.replace(/^./, (c) => (c === "0" ? "1" : "0"));
    if (/^\d{4}-/.test(value)) return value.replace(/^\d{4}/, "2001");
    const choices: Record<string, string> = {
      tombstone: "replace",
      l2: "clip",
      binary: "regression",
      csprng: "seed",
      float64: "float32",
      proved: "measured",
      "on-release": "every-step",
      "every-step": "on-release",
      independent: "adaptive",
      adaptive: "independent",
    };
    return choices[value] ?? value.replace(/[a-z0-9](?=[^a-z0-9]*$)/i, (c) => (c === "1" ? "2" : "1"));
  }
  if (Array.isArray(value)) return value.length > 0 ? value.slice(0, -1) : [{ length: 1, count: 1 }];
  if ((value as { kind?: string }).kind) return { kind: "smoothedHinge", width: 0.5 };
  return { epsilon: 4, delta: 1e-4 };
}

const cases: (readonly [string, Field, Statement])[] = [
  ["noise on release", released],
  ["noise at every step", noised],
  ["weights", weighted],
].flatMap(([name, statement]) =>
  fieldsOf((statement as Statement).predicate).map(
    (field) => [`${name as string}, ${field.path}`, field, statement as Statement] as const,
  ),
);

describe("an altered certificate", () => {
  it.each(cases)(
    "fails at the signature, and names what its seals name where that is put back: %s",
    (_, field, statement) => {
      const { path, code } = field;
      const changed = withField(statement, `predicate.${path}`, other(valueAt(statement.predicate, path)));
      expect(JSON.stringify(changed)).not.toBe(JSON.stringify(statement));
      const { sig } = elementAt(signed(statement).signatures, 0);
      expect(codesOf({ ...signed(changed), signatures: [{ sig }] })).toEqual(["SIGNATURE"]);
      const found = codesOf(signed(changed));
      expect(found.some((one) => one === code || one.startsWith(`SHAPE_${code}`))).toBe(true);
      // No other field's own code: it is this one that is named. Without its disclosure a predicate has other fields.
      const others = fieldsOf(statement.predicate).filter((one) => one.path !== path);
      if (path !== "disclosure")
        expect(found.filter((one) => others.some((field) => field.code === one))).toEqual([]);
    },
  );

  it.each(cases)("fails where a field is missing: %s", (_, { path, code }, statement) => {
    const found = codesOf(signed(withField(statement, `predicate.${path}`, undefined)));
    expect(path === "disclosure" ? found.length > 0 : found.includes(`SHAPE_${code}`)).toBe(true);
  });

  it("fails where what options were tried on is added, altered or left out", () => {
    const path = "predicate.process.tunedOn";
    expect(codesOf(signed(withField(released, path, "public")))).toContain("PROCESS_TUNED_ON");
    const tuned = third(new PaperModel(planOf({ tunedOn: "private" })));
    expect(codesOf(signed(tuned))).toEqual([]);
    expect(codesOf(signed(withField(tuned, path, "public")))).toContain("PROCESS_TUNED_ON");
    expect(codesOf(resigned(withField(tuned, path, "public")))).toContain("WORDING_NOT_COVERED");
    expect(codesOf(signed(withField(tuned, path, undefined)))).toContain("SEALS");
    expect(codesOf(resigned(withField(tuned, path, undefined)))).toEqual(["WORDING_NOT_COVERED"]);
  });

  it("fails where it is hidden that the longest row had a say in how rows are held, or said where it had none", () => {
    const path = "predicate.process.isRowFormFromData";
    const sparse = third(new PaperModel({ ...planOf(), sparse: { capacity: 2 }, isRowFormFromData: true }));
    expect(codesOf(signed(sparse))).toEqual([]);
    expect(sparse.predicate.notCovered.join()).toContain("The form that rows are held in");
    expect(JSON.stringify(sparse.predicate)).not.toContain("capacity");
    expect(codesOf(signed(withField(sparse, path, undefined)))).toContain("SEALS");
    expect(codesOf(resigned(withField(sparse, path, undefined)))).toEqual(["WORDING_NOT_COVERED"]);
    expect(codesOf(resigned(withField(sparse, path, false)))).toContain(
      "SHAPE_PROCESS_IS_ROW_FORM_FROM_DATA",
    );
    expect(codesOf(resigned(withField(released, path, true)))).toEqual(["WORDING_NOT_COVERED"]);
    for (const [field, value] of [
      ["process.kernel", "float32"],
      ["request.deletion", "replace"],
    ] as const)
      expect(codesOf(resigned(withField(sparse, `predicate.${field}`, value)))).toContain("PROCESS_INVALID");
  });

  it("fails where a field is added, at any depth, also under a name with a dot", () => {
    for (const path of ["predicate.erasure.alsoTrue", "predicate.extra", "extra", "predicate.holds.by"])
      expect(codesOf(resigned(withField(released, path, 1)))).toEqual(["SHAPE_UNKNOWN_FIELD"]);
    const dotted = structuredClone(released) as unknown as { predicate: Record<string, unknown> };
    dotted.predicate["erasure.mu"] = 0;
    expect(codesOf(resigned(dotted as never))).toEqual(["SHAPE_UNKNOWN_FIELD"]);
    expect(codesOf(resigned({ ...released, "predicate.erasure": 1 } as never))).toEqual([
      "SHAPE_UNKNOWN_FIELD",
    ]);
    expect(codesOf(signed(withField(released, "predicate.seals.extra", "0".repeat(16))))).toEqual(["SEALS"]);
  });

  it("fails where it is of another type, without seals or without a predicate", () => {
    expect(codesOf(signed(withField(released, "predicate.seals", undefined)))).toEqual(["SHAPE_SEALS"]);
    expect(codesOf(signed(withField(released, "predicate.seals", [])))).toEqual(["SHAPE_SEALS"]);
    const older = withField(released, "_type", "https://in-toto.io/Statement/v0.1");
    expect(codesOf(resigned(older))).toEqual(["SHAPE_STATEMENT_TYPE"]);
    const first = withField(released, "predicateType", "urn:expunge:predicate:unlearning:v1");
    expect(codesOf(resigned(first))).toEqual(["SHAPE_PREDICATE_TYPE"]);
    for (const predicate of [undefined, null, 7, "x", []])
      expect(codesOf(signed(withField(released, "predicate", predicate))).length).toBeGreaterThan(10);
  });

  it("fails where the subject is not one model with one digest", () => {
    const [entry] = released.subject;
    const before = { name: "model-before", digest: { sha256: "0".repeat(64) } };
    for (const subject of [
      [],
      [entry, before],
      [before, entry],
      [{ ...entry, name: "model-after" }],
      [{ ...entry, uri: "x" }],
      [{ ...entry, digest: { ...entry.digest, sha512: "0" } }],
      [{ ...entry, digest: { sha256: entry.digest.sha256.toUpperCase() } }],
      [null],
      entry,
    ])
      expect(codesOf(signed({ ...released, subject } as never))).toContain("SHAPE_SUBJECT");
    const altered = withField(released, "subject.0.digest.sha256", "0".repeat(64));
    expect(codesOf(signed(altered))).toEqual(["SUBJECT_MODEL"]);
  });

  it("fails for the key of somebody else", () => {
    const stranger = createSigner(new Uint8Array(32).fill(9));
    expect(codesOf(signed(released), { publicKey: stranger.publicKey })).toEqual(["SIGNATURE"]);
  });
});

const lies: readonly (readonly [string, unknown, string])[] = [
  ["erasure.mu", 1e-3, "ERASURE_MU_FALSE"],
  ["erasure.epsilon", 1e-3, "ERASURE_EPSILON_FALSE"],
  ["erasure.delta", 1e-3, "ERASURE_DELTA_FALSE"],
  ["erasure.tailDelta", 0, "ERASURE_TAIL_DELTA_FALSE"],
  ["holds.epsilon", 1e-3, "HOLDS_EPSILON_FALSE"],
  ["holds.delta", 1e-9, "HOLDS_DELTA_FALSE"],
  ["process.eta", 100, "PROCESS_INVALID"],
  ["process.recordSmoothness", 0.1, "PROCESS_INVALID"],
  ["process.lipschitz", 2, "PROCESS_INVALID"],
  ["process.lipschitz", 0.5, "DERIVED_SENSITIVITY"],
  ["process.contraction", 0.5, "DERIVED_CONTRACTION"],
  ["process.sensitivity", 1e-9, "DERIVED_SENSITIVITY"],
  ["process.smoothness", 0.2, "DERIVED_SMOOTHNESS"],
  ["process.l2", 0.01, "DERIVED_SMOOTHNESS"],
  ["process.batchCount", 1, "DERIVED_BATCH_COUNT"],
  ["process.batchSize", 40, "DERIVED_BATCH_COUNT"],
  ["process.outputCount", 2, "DERIVED_OUTPUT_COUNT"],
  ["process.roundingPerStep", 1e-30, "DERIVED_ROUNDING_PER_STEP"],
  ["process.radius", 1e-9, "DERIVED_ROUNDING_PER_STEP"],
  ["process.rounding", "measured", "DERIVED_ROUNDING"],
  ["process.kernel", "float32", "DERIVED_ROUNDING_PER_STEP"],
  ["process.kernel", "float32", "WORDING_ASSUMPTIONS"],
  ["process.isTuned", true, "WORDING_NOT_COVERED"],
  ["process.tunedOn", "public", "TUNING_FALSE"],
  ["process.tunedOn", "public", "WORDING_ASSUMPTIONS"],
  ["process.tunedOn", "private", "TUNING_FALSE"],
  ["process.tunedOn", null, "SHAPE_PROCESS_TUNED_ON"],
  ["process.tunedOn", "both", "SHAPE_PROCESS_TUNED_ON"],
  ["data.featureCount", 600, "DERIVED_ROUNDING_PER_STEP"],
  ["data.rowCount", 4000, "DERIVED_BATCH_COUNT"],
  ["data.task", "regression", "TASK_MISMATCH"],
  ["noise.source", "seed", "NOT_CERTIFYING"],
  ["noise.grid", 0, "DERIVED_GRID"],
  ["request.subjects", { count: 4, root: "0".repeat(64) }, "REQUEST_SUBJECTS_FALSE"],
  ["request.subjects", { count: 0, root: "0".repeat(64) }, "REQUEST_SUBJECTS_FALSE"],
  ["request.subjects", { count: 2, root: null }, "REQUEST_SUBJECTS_FALSE"],
  ["request.rowCount", 2, "REQUEST_SLOTS_FALSE"],
  ["request.slots", null, "REQUEST_SLOTS_FALSE"],
  ["request.slots", [], "REQUEST_SLOTS_FALSE"],
  ["request.slots", [{ batch: 20, count: 3 }], "REQUEST_SLOTS_FALSE"],
  [
    "request.slots",
    [
      { batch: 3, count: 1 },
      { batch: 3, count: 2 },
    ],
    "REQUEST_SLOTS_FALSE",
  ],
  [
    "request.slots",
    [
      { batch: 5, count: 1 },
      { batch: 3, count: 2 },
    ],
    "REQUEST_SLOTS_FALSE",
  ],
  ["request.deletion", "replace", "DERIVED_SENSITIVITY"],
  ["request.target.epsilon", 1e-6, "TARGET_MISSED"],
  ["request.target.delta", 1e-30, "ERASURE_EPSILON_FALSE"],
  ["request.number", 9, "TIMELINE_DELETED_COUNT_FALSE"],
  ["request.number", 1, "TIMELINE_DELETED_COUNT_FALSE"],
  ["timeline.stepsBefore", 1e6, "TIMELINE_STEPS"],
  ["timeline.deletedCount", 401, "TIMELINE_DELETED_COUNT_FALSE"],
  ["timeline.deletedCount", 4, "TIMELINE_DELETED_COUNT_FALSE"],
  ["timeline.releaseCount", 0, "TIMELINE_RELEASE_COUNT_FALSE"],
  ["timeline.releaseCount", 5, "TIMELINE_RELEASE_COUNT_FALSE"],
  ["timeline.start", 1e6, "TIMELINE_START_FALSE"],
  ["timeline.cells", { steps: [], shifts: [], stds: [] }, "TIMELINE_"],
  ["timeline.cells", { steps: [1], shifts: [], stds: [] }, "TIMELINE_CELLS"],
  ["cost.steps", 0, "COST_STEPS_FALSE"],
  ["cost.gradientEvaluations", 1, "COST_EVALUATIONS_FALSE"],
  ["cost.retrainSteps", 1, "COST_RETRAIN_STEPS_FALSE"],
  ["cost.retrainGradientEvaluations", 1, "COST_RETRAIN_EVALUATIONS_FALSE"],
  ["erasure.theorem", "Because I say so.", "WORDING_THEOREM"],
  ["erasure.statement", "Everything is fine.", "WORDING_ERASURE"],
  ["holds.statement", "Everything is fine.", "WORDING_HOLDS"],
  ["assumptions", [], "WORDING_ASSUMPTIONS"],
  ["notCovered", [], "WORDING_NOT_COVERED"],
  ["issuedAt", "2999-01-01T00:00:00Z", "DATED_IN_FUTURE"],
  ["issuedAt", "2025-02-31T00:00:00Z", "SHAPE_ISSUED_AT"],
  ["issuedAt", "2025-02-28T24:00:00Z", "SHAPE_ISSUED_AT"],
  ["issuedAt", "2025-02-28T12:61:00Z", "SHAPE_ISSUED_AT"],
  ["issuedAt", "2025-13-01T00:00:00Z", "SHAPE_ISSUED_AT"],
];

const ofReleased: typeof lies = [
  ["noise.std", 5, "TIMELINE_RELEASE"],
  ["noise.std", 0, "NOISE_STD_FALSE"],
  ["noise.sigma", 1, "NOISE_SIGMA_FALSE"],
  ["noise.kind", "every-step", "DISCLOSURE_PRESENCE"],
  ["modelBefore", released.subject[0].digest.sha256, "MODEL_UNCHANGED"],
];

const ofNoised: typeof lies = [
  ["noise.sigma", 5, "DERIVED_STD"],
  ["noise.std", 5, "DERIVED_STD"],
  ["noise.kind", "on-release", "DISCLOSURE_PRESENCE"],
  ["disclosure.mu", 1e-3, "DISCLOSURE_MU_FALSE"],
  ["disclosure.epsilon", 1e-3, "DISCLOSURE_EPSILON_FALSE"],
  ["disclosure.epsilon", null, "DISCLOSURE_EPSILON_FALSE"],
  ["disclosure.tailDelta", null, "DISCLOSURE_TAIL_DELTA_FALSE"],
  ["disclosure.delta", 1e-9, "DISCLOSURE_DELTA_FALSE"],
  ["disclosure.records", 9, "DISCLOSURE_MU_FALSE"],
  ["disclosure.records", 401, "DISCLOSURE_RELEASES"],
  ["disclosure.limit", { epsilon: 0.05, delta: 1e-4 }, "LIMIT_EXCEEDED"],
  ["disclosure.limit", { epsilon: 4, delta: 1e-4 }, "HOLDS_EPSILON_FALSE"],
  ["disclosure.limit", null, "POLICY"],
  ["disclosure.lengths", [59], "DISCLOSURE_RELEASES"],
  ["disclosure.from", 1, "DISCLOSURE_RELEASES"],
  ["disclosure.older", [{ length: 3, count: 1 }], "DISCLOSURE_RELEASES"],
  ["disclosure.statement", "Nothing to see.", "WORDING_DISCLOSURE"],
  ["modelBefore", "0".repeat(64), "MODEL_CHANGED"],
];

const ofWeighted: typeof lies = [
  ["process.weighting", undefined, "WORDING_ASSUMPTIONS"],
  ["process.weighting.extra", 1, "SHAPE_UNKNOWN_FIELD"],
  ["process.weighting.classes", [0, 1], "SHAPE_PROCESS_WEIGHTING_CLASSES"],
  ["process.weighting.classes", [0.05, 1.001], "SHAPE_PROCESS_WEIGHTING_CLASSES"],
  ["process.weighting.classes", [0.05, 1, 1], "WEIGHTING_FALSE"],
  ["process.weighting.classes", [0.05, 0.9], "WEIGHTING_FALSE"],
  ["process.weighting.classes", null, "WEIGHTING_FALSE"],
  ["process.weighting.isBalanced", false, "WORDING_ASSUMPTIONS"],
  ["process.weighting.samples", false, "WORDING_ASSUMPTIONS"],
  ["process.weighting", { classes: null, isBalanced: false, samples: false }, "WEIGHTING_FALSE"],
];

describe("a certificate that its issuer signed falsely", () => {
  const all: (readonly [string, Statement, string, unknown, string])[] = [
    ...lies.map(([path, value, code]) => ["on release", released, path, value, code] as const),
    ...ofReleased.map(([path, value, code]) => ["on release", released, path, value, code] as const),
    ...ofWeighted.map(([path, value, code]) => ["weights", weighted, path, value, code] as const),
    ...ofNoised.map(([path, value, code]) => ["every step", noised, path, value, code] as const),
  ];
  it.each(all)("(%s, %#) is found out: $2 = $3", (_, statement, path, value, code) => {
    const found = codesOf(resigned(withField(statement, `predicate.${path}`, value)));
    expect(found).not.toContain("SIGNATURE");
    expect(found.some((one) => one === code || (code.endsWith("_") && one.startsWith(code)))).toBe(true);
  });

  it("where its weights are null or empty", () => {
    for (const nothing of [null, {}]) {
      const found = codesOf(signed(withField(weighted, "predicate.process.weighting", nothing)));
      expect(found).toContain("SHAPE_PROCESS_WEIGHTING_CLASSES");
    }
  });

  it("where the cells hold less than its own rows moved, in all of them or in one", () => {
    const { shifts } = released.predicate.timeline.cells;
    for (let i = 0; i < shifts.length; i++) {
      const less = shifts.map((shift, j) => (i === j ? 0 : shift));
      const found = codesOf(resigned(withField(released, "predicate.timeline.cells.shifts", less)));
      expect(
        found.some((one) => ["TIMELINE_SHIFTS", "TIMELINE_RELEASE", "ERASURE_MU_FALSE"].includes(one)),
      ).toBe(true);
    }
  });

  it("where its rows are said to lie in batches that were visited longer ago than its cells, or shorter", () => {
    const first = decode(new PaperModel(planOf()).certify([{ batch: 0, count: 1 }]));
    const later = withField(first, "predicate.request.slots", [{ batch: 19, count: 1 }]);
    expect(codesOf(resigned(later))).toEqual(["TIMELINE_SHIFTS"]);
    const visits = decode(new PaperModel(planOf({ sigma: 0.5 })).certify([{ batch: 0, count: 1 }]));
    const sooner = withField(visits, "predicate.request.slots", [{ batch: 4, count: 1 }]);
    expect(codesOf(resigned(sooner))).toEqual(["TIMELINE_SHIFTS"]);
  });

  it("where it lists no batches, and its cells hold less than the least that so many rows can have moved", () => {
    const wide = new PaperModel(planOf({ rowCount: 6000, batchSize: 10, l2: 0.001 }));
    const statement = decode(wide.certify(Array.from({ length: 600 }, (_, batch) => ({ batch, count: 9 }))));
    const { shifts } = statement.predicate.timeline.cells;
    const less = shifts.map((shift, i) => (i === shifts.length - 1 ? shift : shift / 20));
    const found = codesOf(resigned(withField(statement, "predicate.timeline.cells.shifts", less)));
    expect(found).toContain("TIMELINE_SHIFTS");
  });

  it("where steps that had no noise are said to have had it", () => {
    const { cells, stepsBefore, stepsAfter } = released.predicate.timeline;
    expect(stepsAfter - stepsBefore).toBeGreaterThan(1);
    const more = {
      steps: [...cells.steps.slice(0, -1), stepsAfter - 1, stepsAfter],
      shifts: [...cells.shifts.slice(0, -1), 0, cells.shifts.at(-1)],
      stds: [...cells.stds.slice(0, -1), 1, cells.stds.at(-1)],
    };
    expect(codesOf(resigned(withField(released, "predicate.timeline.cells", more)))).toContain(
      "TIMELINE_CELLS",
    );
    const { cells: visits } = noised.predicate.timeline;
    const stds = visits.stds.map(() => 1);
    expect(codesOf(resigned(withField(noised, "predicate.timeline.cells.stds", stds)))).toContain(
      "TIMELINE_CELLS",
    );
  });

  it("where the grid of its release is left out of the shifts", () => {
    const { shifts } = released.predicate.timeline.cells;
    const less = [...shifts.slice(0, -1), (shifts.at(-1) as number) / 2];
    expect(codesOf(resigned(withField(released, "predicate.timeline.cells.shifts", less)))).toContain(
      "TIMELINE_RELEASE",
    );
  });
});
