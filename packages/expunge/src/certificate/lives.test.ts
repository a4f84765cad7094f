import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import {
  codesOf,
  decode,
  PaperModel,
  planOf,
  resigned,
  SIGNER,
  signed,
  withField,
} from "../../testing/certificates.js";
import { disclosureEnergy, type Releases, releasesAt } from "../accounting/disclosure.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { costOf } from "../unlearner/request-cost.js";
import { trainedTimeline } from "../unlearner/timeline.js";
import { disclosureCost, isTooCostly } from "./check-cost.js";
import { signStatement } from "./dsse.js";
import { fieldsOf } from "./fields.js";
import { certificateJsonSchema } from "./json-schema.js";
import { makeStatement } from "./make.js";
import { verify } from "./verify.js";

const { publicKey } = SIGNER;

/** A few months of a model: rows join, some leave, some of them newcomers, some are corrected. */
function months(model: PaperModel, count = 4): Envelope[] {
  const certificates: Envelope[] = [];
  const keep = (facts: Parameters<typeof makeStatement>[0]): void => {
    certificates.push(signStatement(makeStatement(facts), SIGNER));
  };
  // Rows of the cycle's last batch were there from the start, until it has grown.
  let before: { readonly joined?: number } = {};
  for (let month = 0; month < count; month++) {
    const joined = model.timeline.steps;
    const batch = model.timeline.lives?.phases.at(-1)?.batchCount ?? model.plan.process.batchCount;
    model.learn(5, 30 + 7 * month);
    keep(model.forget([{ batch: (3 * month) % 20, count: 2 }]));
    keep(
      model.forget([
        { batch: batch - 1, count: 1, ...before },
        { batch, count: 1, joined },
      ]),
    );
    keep(
      model.correct([
        { batch: (5 * month + 1) % 20, count: 1 },
        { batch, count: 1, joined },
      ]),
    );
    before = { joined };
  }
  return certificates;
}

const PLANS = {
  "noise on release": planOf(),
  "noise at every step": planOf({ sigma: 0.5 }),
  "a limit fixed before training": planOf({ sigma: 12, limit: { epsilon: 3, delta: 1e-4, records: 2 } }),
  "records replaced": planOf({ deletion: "replace" }),
  "no regulariser": planOf({ sigma: 3, l2: 0 }),
};

describe("a certificate of a model that people joined", () => {
  it.each(Object.entries(PLANS))(
    "verifies, fits the JSON Schema and says what joined, with %s",
    (_, plan) => {
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(certificateJsonSchema());
      for (const certificate of months(new PaperModel(plan))) {
        expect(verify(certificate, { publicKey }).issues).toEqual([]);
        const statement = decode(certificate);
        validate(statement);
        expect(validate.errors).toBeNull();
        expect(fieldsOf(statement.predicate).some(({ path }) => path === "lives.phases")).toBe(true);
      }
    },
  );

  it("leads on from one request to the next where the model has learned between them", () => {
    const model = new PaperModel(planOf());
    const first = model.certify();
    model.learn(3, 20);
    const learned = model.model;
    const second = model.certify();
    const third = model.certify();
    const options = { publicKey, chain: [second, third], model: model.model };
    expect(verify(first, options).issues).toEqual([]);
    expect(decode(second).predicate.modelBefore).toBe(learned);
    // Nothing says of it that it was made after the first request.
    expect(verify(first, { ...options, model: learned }).ok).toBe(false);
    const unlinked = resigned(withField(decode(second), "predicate.lives.previous", null));
    expect(verify(first, { ...options, chain: [unlinked, third] }).ok).toBe(false);
  });

  it("says nothing of lives where nobody joined", () => {
    expect(decode(new PaperModel(planOf()).certify()).predicate.lives).toBeUndefined();
  });

  it("claims a correction as two deletions of the same place, and no less", () => {
    const plan = planOf({ sigma: 0.5 });
    const forgotten = decode(new PaperModel(plan).certify([{ batch: 3, count: 2 }]));
    const corrected = decode(
      signStatement(makeStatement(new PaperModel(plan).correct([{ batch: 3, count: 1 }])), SIGNER),
    );
    expect(corrected.predicate.timeline.cells).toEqual(forgotten.predicate.timeline.cells);
    expect(corrected.predicate.request.rowCount).toBe(1);
    const once = new PaperModel(plan).forget([{ batch: 3, count: 1 }]);
    const cheap = {
      ...once,
      lives: { isCorrection: true, joined: [], previous: null },
      timeline: {
        ...once.timeline,
        lives: { phases: [{ from: 0, batchCount: 20 }], joinedCount: 1, lessonCount: 0, previous: null },
      },
    };
    expect(() => makeStatement(cheap)).toThrow(/TIMELINE_SHIFTS/);
  });
});

const lastOf = (plan: ReturnType<typeof planOf>): Statement =>
  decode(months(new PaperModel(plan), 2).at(-1) as Envelope);
const released = lastOf(planOf());
const noised = lastOf(planOf({ sigma: 0.5 }));

const lies: readonly (readonly [string, unknown, string])[] = [
  ["lives.isCorrection", false, ""],
  ["lives.phases", [], "PROCESS_INVALID"],
  ["lives.phases", [{ from: 0, batchCount: 19 }], "PROCESS_INVALID"],
  ["lives.phases", [{ from: 0, batchCount: 21 }], "LIVES_FALSE"],
  ["lives.phases", [{ from: 0, batchCount: 20 }], "REQUEST_SLOTS_FALSE"],
  [
    "lives.phases",
    [
      { from: 0, batchCount: 20 },
      { from: 1e6, batchCount: 23 },
    ],
    "LIVES_FALSE",
  ],
  [
    "lives.phases",
    [
      { from: 0, batchCount: 20 },
      { from: 0, batchCount: 23 },
    ],
    "PROCESS_INVALID",
  ],
  ["lives.phases", [{ from: 5, batchCount: 20 }], "PROCESS_INVALID"],
  ["lives.phases", [{ from: 0, batchCount: 20, x: 1 }], "SHAPE_LIVES_PHASES"],
  ["lives.joinedCount", 0, "LIVES_FALSE"],
  ["lives.joinedCount", 1, "LIVES_FALSE"],
  ["lives.lessonCount", 0, "LIVES_FALSE"],
  ["lives.joined", null, "LIVES_FALSE"],
  ["lives.joined", [{ batch: 21, count: 3, joined: 100 }], "LIVES_FALSE"],
  ["lives.joined", [{ batch: 21, count: 1, joined: 1e9 }], "LIVES_FALSE"],
  ["lives.joined", [{ batch: 21, count: 1, joined: 1 }], "LIVES_FALSE"],
  ["lives.joined", [{ batch: 2, count: 1, joined: 5 }], "LIVES_FALSE"],
  ["lives.joined", [{ batch: 21, count: 1, joined: 0 }], "SHAPE_LIVES_JOINED"],
  ["lives.previous", "0".repeat(64), ""],
  ["lives.statement", "Nothing is certain.", "WORDING_LIVES"],
  ["lives", undefined, "WORDING_ASSUMPTIONS"],
  ["request.slots", null, "REQUEST_SLOTS_FALSE"],
];

describe("the shifts of a request, whose last cell lies before its first step", () => {
  it("are refused where they are a tenth too small", () => {
    for (const model of [
      new PaperModel(planOf({ sigma: 0.5 })),
      new PaperModel(planOf({ sigma: 20, l2: 0.3 })),
    ]) {
      const statement = decode(model.certify([{ batch: 3, count: 1 }]));
      const { cells, stepsBefore } = statement.predicate.timeline;
      expect(cells.steps.at(-1)).toBeLessThan(stepsBefore);
      const smaller = cells.shifts.map((shift) => 0.9 * shift);
      expect(codesOf(resigned(withField(statement, "predicate.timeline.cells.shifts", smaller)))).toContain(
        "TIMELINE_SHIFTS",
      );
    }
  });
});

describe("what a dishonest issuer could sign of lives", () => {
  it.each(lies)("is refused unless it is no less than the truth: %s = %j", (path, value, code) => {
    for (const statement of [released, noised]) {
      const found = codesOf(resigned(withField(statement, `predicate.${path}`, value)));
      // Claiming a deletion where a correction was accounted for claims too little; another predecessor is the issuer's word.
      if (code === "") expect(found).toEqual([]);
      else expect(found).toContain(code);
      expect(codesOf(signed(withField(statement, `predicate.${path}`, value)))).not.toEqual([]);
    }
  });

  it("is refused where a newcomer's row would have to have been there before", () => {
    for (const plan of [planOf(), planOf({ sigma: 0.5 })]) {
      const model = new PaperModel(plan);
      model.learn(2, 66);
      const joined = model.timeline.steps;
      model.learn(1, 24);
      const statement = decode(model.certify([{ batch: 2, count: 1, joined }]));
      expect(codesOf(signed(statement))).toEqual([]);
      expect(codesOf(resigned(withField(statement, "predicate.lives.joined", [])))).toContain(
        "TIMELINE_SHIFTS",
      );
    }
  });

  it("is refused where nothing is listed and less moved than the rows from the start must have", () => {
    const model = new PaperModel(planOf({ rowCount: 12_000, l2: 5e-4 }));
    model.learn(7, 700);
    const everywhere = Array.from({ length: 600 }, (_, batch) => ({ batch, count: 15 }));
    const statement = decode(model.certify(everywhere));
    expect(statement.predicate.request.slots).toBeNull();
    expect(codesOf(signed(statement))).toEqual([]);
    const { cells } = statement.predicate.timeline;
    const smaller = cells.shifts.map((shift, i) => (i < cells.shifts.length - 1 ? shift / 1000 : shift));
    const found = codesOf(resigned(withField(statement, "predicate.timeline.cells.shifts", smaller)));
    expect(found).toContain("TIMELINE_SHIFTS");
  });

  it("is refused where the rows of a few batches are not listed, however many they are", () => {
    const model = new PaperModel(planOf({ rowCount: 2000, batchSize: 200 }));
    model.learn(2, 30);
    const few = Array.from({ length: 10 }, (_, batch) => ({ batch, count: 60 }));
    const statement = decode(model.certify(few));
    expect(codesOf(signed(statement))).toEqual([]);
    const hidden = withField(
      withField(statement, "predicate.request.slots", null),
      "predicate.lives.joined",
      null,
    );
    expect(codesOf(resigned(hidden))).toContain("REQUEST_SLOTS_FALSE");
  });

  it("is refused where more joined without a lesson than were corrected", () => {
    const corrected = decode(
      signStatement(makeStatement(new PaperModel(planOf()).correct([{ batch: 3, count: 1 }])), SIGNER),
    );
    expect(codesOf(signed(corrected))).toEqual([]);
    expect(codesOf(resigned(withField(corrected, "predicate.lives.joinedCount", 2)))).toContain(
      "LIVES_FALSE",
    );
    const deleted = withField(corrected, "predicate.lives.isCorrection", false);
    expect(codesOf(resigned(deleted))).toContain("LIVES_FALSE");
  });

  it("is refused where a phase begins between releases", () => {
    const { phases } = noised.predicate.lives as NonNullable<typeof noised.predicate.lives>;
    const moved = phases.map((phase, i) => (i === 1 ? { ...phase, from: phase.from + 1 } : phase));
    const found = codesOf(resigned(withField(noised, "predicate.lives.phases", moved)));
    expect(found).toContain("LIVES_FALSE");
  });
});

describe("what a check of everything released takes", () => {
  /** A model of 64,000 rows that grew once, by the least that it can, and went on learning for many epochs. */
  const { process, noise } = planOf({ rowCount: 64_000, batchSize: 32, sigma: 0.05, l2: 1e-3, radius: 1100 });
  const grown = [
    { from: 0, batchCount: 2000 },
    { from: 2000, batchCount: 2032 },
  ];
  const living = { ...process, phases: grown };
  const std = noise.kind === "every-step" ? noise.std : 0;
  const epochs = (count: number, further = 0): Releases =>
    releasesAt(Array.from({ length: count + 1 }, (_, i) => 2000 + 2032 * i + further * ((i * (i + 1)) / 2)));

  it("counts what is computed once as once, also where the cycle has grown", () => {
    expect(disclosureCost(living, epochs(1100), 1)).toBe(disclosureCost(living, epochs(10), 1));
    for (const count of [1100, 2000]) expect(isTooCostly(living, epochs(count), 1)).toBe(false);
  });

  it("is bounded by leaving places out, and not by refusing, where all lengths are different", () => {
    const many = epochs(1500, 1);
    expect(isTooCostly(living, many, 1)).toBe(false);
    const began = disclosureEnergy(living, std, epochs(1000, 1), 1);
    const energy = disclosureEnergy(living, std, many, 1);
    expect(energy).toBeGreaterThan(began);
    expect(energy).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it("is refused before a request runs a step, and by its preview", () => {
    const limit = { epsilon: 1e3, delta: 1e-4, records: 2 ** 20 };
    const plan = planOf({ rowCount: 2 ** 20, batchSize: 1, l2: 0, sigma: 1e3, limit });
    const standing = { plan, timeline: trainedTimeline(plan, 3 * 2 ** 20) };
    expect(() => costOf(standing, [0], { target: plan.target })).toThrow(
      expect.objectContaining({
        code: "E_INFEASIBLE",
        message: expect.stringMatching(/too long to compute/),
      }),
    );
  });
});
