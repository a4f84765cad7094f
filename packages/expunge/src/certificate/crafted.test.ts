import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  codesBeside,
  decode,
  PaperModel,
  planOf,
  resigned,
  restated,
  SIGNER,
  withField,
  withFields,
} from "../../testing/certificates.js";
import { shiftWithin } from "../accounting/cell-visits.js";
import type { Releases } from "../accounting/disclosure.js";
import { gridShift } from "../accounting/erasure.js";
import { EMPTY_HISTORY, type History, withDeleted, withRelease } from "../accounting/history.js";
import { encodeSafetensors } from "../export/safetensors.js";
import { sha256Hex } from "../records/bytes.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { checkEarlier } from "./check-earlier.js";
import { disclosureClaimOf } from "./claims.js";
import { courseOf, processOf } from "./derive.js";
import { leastShift } from "./needed-shifts.js";
import { verify } from "./verify.js";
import { wordedByOf } from "./worded-by.js";
import { earlierTextsOf, LIVES_STATEMENT } from "./wording.js";

/* Certificates that a dishonest issuer signs: every figure follows from the course that is stated, which nothing can have run. */

const { publicKey } = SIGNER;
/** A row of batch 3, which steps 4, 24, 44, ... visit, forgotten by the second request; its release comes one step later. */
const second = ((): Statement => {
  const model = new PaperModel(planOf());
  model.certify([{ batch: 7, count: 1 }]);
  return decode(model.certify([{ batch: 3, count: 1 }]));
})();

const LIVES = {
  joinedCount: 1,
  lessonCount: 1,
  isCorrection: false,
  joined: [],
  previous: null,
  statement: LIVES_STATEMENT,
};

/** A statement with two cells: an earlier release just before the newest visit of batch 3, and this one. */
function withCells(
  statement: Statement,
  earlier: { readonly shift: number; readonly std: number },
  std: number,
): Statement {
  const { stepsBefore } = statement.predicate.timeline;
  const visit = 4 + 20 * Math.floor((stepsBefore - 4) / 20);
  const stepsAfter = stepsBefore + 1;
  const process = processOf(statement.predicate);
  const needed = process.sensitivity * process.contraction ** (stepsAfter - visit);
  return withFields(statement, {
    "predicate.noise.std": std,
    "predicate.timeline.stepsAfter": stepsAfter,
    "predicate.timeline.start": 0,
    "predicate.timeline.deletedCount": 2,
    "predicate.timeline.releaseCount": 2,
    "predicate.timeline.cells.steps": [visit - 1, stepsAfter],
    "predicate.timeline.cells.shifts": [earlier.shift, 1.01 * needed + gridShift(process, std)],
    "predicate.timeline.cells.stds": [earlier.std, std],
    "subject.0.digest.sha256": "a".repeat(64),
  });
}

describe("noise that is far too small for the newest visits", () => {
  it("is told by enough of it, which verifies", () => {
    expect(codesBeside(restated(withCells(second, { shift: 1, std: 1 }, 2)))).toEqual([]);
  });

  it.each([
    ["earlier noise whose square is no number", { shift: 1, std: 1e160 }],
    ["earlier noise whose square is just one", { shift: 1, std: 2 ** 500 }],
    ["an earlier shift and noise beside which the newest would vanish", { shift: 1e100, std: 1e103 }],
    ["earlier noise that takes half of its digits", { shift: 1, std: 100 }],
  ])("does not certify, however it is hidden: %s", (_, earlier) => {
    expect(codesBeside(restated(withCells(second, earlier, 1e-6)))).toContain(
      earlier.std > 2 ** 500 ? "TIMELINE_CELLS" : "TARGET_MISSED",
    );
  });

  it("does not certify where all is so small that products vanish", () => {
    const tiny = withFields(second, {
      "predicate.process.lipschitz": 1e-130,
      "predicate.process.radius": 1e-129,
    });
    expect(codesBeside(restated(withCells(tiny, { shift: 1e-130, std: 1e-128 }, 1e-138)))).toEqual([
      "SHAPE_PROCESS_RADIUS",
    ]);
    const smaller = withFields(second, { "predicate.process.lipschitz": 1e-137 });
    expect(codesBeside(restated(withCells(smaller, { shift: 1e-130, std: 1e-128 }, 1e-3)))).toContain(
      "PROCESS_RANGE",
    );
  });
});

describe("the release of a request", () => {
  it("has a grid, which no visit's shift stands for", () => {
    const statement = withCells(second, { shift: 1, std: 1 }, 2);
    const [earlier, newest] = statement.predicate.timeline.cells.shifts as [number, number];
    const grid = gridShift(processOf(statement.predicate), 2);
    const without = withField(statement, "predicate.timeline.cells.shifts", [
      earlier,
      ((newest - grid) / 1.01) * (1 + 1e-6),
    ]);
    expect(codesBeside(restated(without))).toEqual(["TIMELINE_SHIFTS"]);
  });

  it("is none where it ran no step: nothing had noise before the first one", () => {
    const first = decode(new PaperModel(planOf()).certify([{ batch: 3, count: 1 }]));
    const { stepsBefore } = first.predicate.timeline;
    const still = withFields(first, {
      "predicate.noise.std": 0,
      "predicate.timeline.stepsAfter": stepsBefore,
      "predicate.timeline.cells.steps": [stepsBefore],
      "predicate.timeline.cells.shifts": [1],
      "predicate.timeline.cells.stds": [1e6],
      "predicate.timeline.releaseCount": 1,
      "subject.0.digest.sha256": first.predicate.modelBefore,
    });
    const impossible = ["TIMELINE_RELEASE_COUNT_FALSE", "TIMELINE_EARLIER_NOISE"];
    expect(codesBeside(restated(still))).toEqual(impossible);
    const counted = withField(still, "predicate.timeline.releaseCount", 0);
    expect(codesBeside(restated(counted))).toEqual(impossible);
    const noiseless = withField(counted, "predicate.timeline.cells.stds", [0]);
    expect(codesBeside(restated(noiseless))).toContain("TARGET_MISSED");
    const empty = withFields(counted, {
      "predicate.timeline.cells": { steps: [], shifts: [], stds: [] },
    });
    expect(codesBeside(restated(empty))).toEqual(["TIMELINE_SHIFTS"]);
  });
});

describe("what is at fault", () => {
  const issuesAt = (changes: Readonly<Record<string, unknown>>): string[] =>
    verify(resigned(withFields(second, changes)), { publicKey }).issues.map(
      ({ code, path }) => `${code} ${path}`,
    );

  it("is the noise where it is so small that no grid is as fine, beside all else that is wrong", () => {
    const found = issuesAt({ "predicate.noise.std": 1e-290, "predicate.timeline.deletedCount": 1e6 });
    expect(found).toContain("NOISE_STD_FALSE predicate.noise.std");
    expect(found).toContain("TIMELINE_DELETED_COUNT_FALSE predicate.timeline.deletedCount");
    expect(issuesAt({ "predicate.noise.std": 0 })).toContain("NOISE_STD_FALSE predicate.noise.std");
  });

  it.each<[string, unknown, string?]>([
    ["process.eta", 100],
    ["process.lipschitz", 2],
    ["process.recordSmoothness", 0.1],
    ["process.l2", 1e9, "process.eta"],
    ["process.batchSize", 1e6],
    ["data.featureCount", 2 ** 50],
    ["process.isRowFormFromData", true],
    [
      "lives",
      {
        ...LIVES,
        phases: [
          { from: 0, batchCount: 20 },
          { from: 60, batchCount: 20 },
        ],
      },
      "lives.phases",
    ],
    [
      "process.features",
      { kind: "fourier", count: 2 ** 40, seed: "", bandwidth: 1, isBandwidthFromData: false },
      "process.features.count",
    ],
  ])("is the constant that the theory does not allow: %s = %j", (field, value, at = field) => {
    const kernel = field === "process.isRowFormFromData" ? { "predicate.process.kernel": "float32" } : {};
    expect(issuesAt({ [`predicate.${field}`]: value, ...kernel })).toContain(
      `PROCESS_INVALID predicate.${at}`,
    );
  });
});

describe("earlier releases", () => {
  it("had the noise of their own certificates, where these are given", () => {
    const model = new PaperModel(planOf({ rowCount: 2000, l2: 0.002, radius: 600 }));
    const all = Array.from({ length: 40 }, (_, i) => model.certify([{ batch: (37 * i) % 100, count: 1 }]));
    const newest = all.at(-1) as Envelope;
    const { stds } = decode(newest).predicate.timeline.cells;
    expect(codesBeside(newest, all)).toEqual([]);
    expect(codesBeside(newest, all.slice(30))).toEqual([]);
    const noised = stds.flatMap((std, i) => (std > 0 ? [i] : [])).slice(0, -1);
    for (const i of [noised.at(-4), noised.at(-1)]) {
      const louder = stds.map((std, at) => (at === i ? 1.01 * std : std));
      const crafted = restated(withField(decode(newest), "predicate.timeline.cells.stds", louder));
      expect(codesBeside(crafted)).toEqual([]);
      expect(codesBeside(crafted, all)).toEqual(["CHAIN_FORKED"]);
      expect(codesBeside(crafted, all.slice(0, -1))).toEqual(["TIMELINE_EARLIER_NOISE"]);
    }
    const late = withField(decode(all[35] as Envelope), "predicate.timeline.stepsAfter", 1e9);
    expect(codesBeside(newest, [...all.slice(0, 35), resigned(late), ...all.slice(36)])).toEqual([
      "CHAIN_LINK",
    ]);
  });

  it("had it also where their cells were merged", () => {
    const process = { ...processOf(second.predicate), contraction: 0.9999, radius: 1e6 };
    let history: History = EMPTY_HISTORY;
    let steps = 100;
    const certificates = Array.from({ length: 500 }, (_, i): Statement => {
      const std = 0.01 * (1 + (i % 7));
      const stepsBefore = steps;
      history = withDeleted(process, "on-release", history, [{ batch: i % 20, count: 1 }], steps);
      steps += 5;
      history = withRelease(history, { steps, shift: 0, std });
      return withFields(second, {
        "predicate.request.number": i + 1,
        "predicate.modelBefore": `model ${i}`,
        "subject.0.digest.sha256": `model ${i + 1}`,
        "predicate.noise.std": std,
        "predicate.process.contraction": process.contraction,
        "predicate.timeline.stepsBefore": stepsBefore,
        "predicate.timeline.stepsAfter": steps,
        "predicate.timeline.cells.steps": history.cells.map(({ step }) => step),
        "predicate.timeline.cells.shifts": history.cells.map(({ shift }) => shift),
        "predicate.timeline.cells.stds": history.cells.map((cell) => cell.std),
      });
    });
    const newest = certificates.at(-1) as Statement;
    const { stds } = newest.predicate.timeline.cells;
    expect(stds.filter((std) => std > 0).length).toBeLessThan(256);
    const links = certificates
      .slice(0, -1)
      .reverse()
      .map((statement) => ({ statement, name: "" }));
    const earlier = { links, beyond: [], backTo: 1, issues: [], isAmbiguous: false, ways: [], levels: [] };
    expect(checkEarlier(newest, earlier, false).issues).toEqual([]);
    const louder = stds.map((std) => 1.5 * std);
    expect(
      checkEarlier(withField(newest, "predicate.timeline.cells.stds", louder), earlier, false).issues,
    ).toMatchObject([{ code: "TIMELINE_EARLIER_NOISE" }]);
  });
});

describe("rows whose places are not listed", () => {
  const vast = planOf({ rowCount: 2 ** 20, batchSize: 1024, epochs: 10 });
  const places = Array.from({ length: 600 }, (_, batch) => ({ batch, count: 1 }));
  const honest = decode(new PaperModel(vast).certify(places));

  it("have moved something, in as many batches as they must lie in", () => {
    expect(honest.predicate.request).toMatchObject({ slots: null, rowCount: 600 });
    expect(codesBeside(resigned(honest))).toEqual([]);
    const { stepsBefore } = honest.predicate.timeline;
    const untouched = withFields(honest, {
      "predicate.noise.std": 0,
      "predicate.timeline.stepsAfter": stepsBefore,
      "predicate.timeline.cells": { steps: [], shifts: [], stds: [] },
      "predicate.timeline.releaseCount": 0,
      "subject.0.digest.sha256": honest.predicate.modelBefore,
    });
    expect(codesBeside(restated(untouched))).toEqual(["TIMELINE_SHIFTS"]);
  });

  it("get a note, and others none", () => {
    const [note, ...more] = verify(resigned(honest), { publicKey }).notes;
    expect(note).toMatch(/does not list where its rows lay/);
    expect(more).toEqual([]);
    const first = new PaperModel(planOf()).certify();
    expect(verify(first, { publicKey }).notes).toEqual([]);
  });

  it("have moved no less than the least over all places that there can be", () => {
    const rows = fc.record({
      batchCount: fc.integer({ min: 1, max: 5 }),
      batchSize: fc.integer({ min: 1, max: 3 }),
      rowCount: fc.integer({ min: 1, max: 8 }),
      batches: fc.integer({ min: -1, max: 6 }),
      steps: fc.integer({ min: 0, max: 14 }),
      from: fc.integer({ min: 0, max: 14 }),
      further: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(rows, ({ batchCount, batchSize, rowCount, batches, steps, from, further }) => {
        fc.pre(rowCount <= batchCount * batchSize && batches <= Math.min(batchCount, rowCount));
        const process = { ...processOf(second.predicate), batchCount, batchSize };
        const end = steps + further;
        const least = Math.min(
          ...placements(batchCount, batchSize, rowCount)
            .filter((counts) => counts.filter((count) => count > 0).length >= batches)
            .map((counts) =>
              counts.reduce(
                (sum, count, batch) => sum + shiftWithin(process, { batch, count }, steps, from, end),
                0,
              ),
            ),
        );
        const found = leastShift({ rowCount, batches }, steps, process, from, end);
        expect(Math.abs(found - least)).toBeLessThanOrEqual(1e-12 * least);
      }),
      { numRuns: 500 },
    );
  });

  it("are not all said to have joined: there is no room for so many", () => {
    const model = new PaperModel(vast);
    model.learn(3000, 2000);
    const living = decode(model.certify(places));
    expect(living.predicate.lives).toMatchObject({ joinedCount: 3000 });
    expect(codesBeside(resigned(living))).toEqual([]);
    const crowded = withField(living, "predicate.lives.joinedCount", 2 ** 21);
    expect(codesBeside(resigned(crowded))).toEqual(["LIVES_FALSE"]);
  });
});

describe("lives that no model can have had", () => {
  const living = ((): Statement => {
    const model = new PaperModel(planOf());
    model.learn(5, 20);
    return decode(model.certify([{ batch: 20, count: 5, joined: 60 }]));
  })();
  const { stepsBefore } = living.predicate.timeline;
  /** As if nothing had had to be done for the request. */
  const nothing = {
    "predicate.noise.std": 0,
    "predicate.timeline.stepsAfter": stepsBefore,
    "predicate.timeline.start": 0,
    "predicate.timeline.cells": { steps: [], shifts: [], stds: [] },
    "predicate.timeline.releaseCount": 0,
    "subject.0.digest.sha256": living.predicate.modelBefore,
  };
  const lifeless = (changes: Readonly<Record<string, unknown>>): string[] =>
    codesBeside(restated(withFields(living, { ...nothing, ...changes })));

  it("are those of a cycle that grew by far more than joined, so that nobody was visited again", () => {
    const far = (batchCount: number, from = 60, joinedCount = 5) =>
      lifeless({
        "predicate.request.slots": [{ batch: 19, count: 5 }],
        "predicate.lives.joined": [],
        "predicate.lives.joinedCount": joinedCount,
        "predicate.lives.phases": [
          { from: 0, batchCount: 20 },
          { from, batchCount },
        ],
      });
    expect(far(1e9)).toContain("LIVES_FALSE");
    expect(far(22)).toContain("LIVES_FALSE");
    // What is left to say is not enough.
    expect(far(21)).toEqual(["TIMELINE_SHIFTS"]);
    expect(far(22, 60, 21)).toEqual(["TIMELINE_SHIFTS"]);
    expect(far(21, 19)).toContain("LIVES_FALSE");
    expect(far(21, stepsBefore)).toContain("LIVES_FALSE");
  });

  it("are those of a cycle that grew again before it was full", () => {
    const phases = [20, 21, 22].map((batchCount, i) => ({ from: i === 0 ? 0 : 60 + i, batchCount }));
    const twice = (joinedCount: number) =>
      codesBeside(
        restated(
          withFields(living, {
            "predicate.lives.phases": phases,
            "predicate.lives.lessonCount": 2,
            "predicate.lives.joinedCount": joinedCount,
            "predicate.lives.joined": [{ batch: 20, count: 5, joined: 61 }],
          }),
        ),
      );
    expect(twice(20)).toContain("LIVES_FALSE");
    expect(twice(21)).not.toContain("LIVES_FALSE");
  });

  it("are those of rows from the start in batches that came later", () => {
    expect(lifeless({ "predicate.lives.joined": [] })).toContain("LIVES_FALSE");
    expect(codesBeside(restated(withField(living, "predicate.lives.joined", [])))).toContain("LIVES_FALSE");
  });

  it("are those of rows that joined by a lesson which ran no step, or while the model was trained", () => {
    for (const joined of [stepsBefore, 19])
      expect(lifeless({ "predicate.lives.joined": [{ batch: 20, count: 5, joined }] })).toContain(
        "LIVES_FALSE",
      );
    // Corrections join in a slot that was there, and may need no step: the row was not visited since.
    const quiet = new PaperModel(planOf({ sigma: 20 }));
    const facts = quiet.correct([{ batch: 3, count: 1 }]);
    expect(facts.release.steps).toBe(0);
    const again = quiet.certify([{ batch: 3, count: 1, joined: facts.stepsBefore }], undefined, true);
    expect(codesBeside(again)).toEqual([]);
    expect(codesBeside(resigned(withField(decode(again), "predicate.timeline.deletedCount", 1)))).toContain(
      "LIVES_FALSE",
    );
  });
});

describe("releases that are counted and not listed", () => {
  const limit = { epsilon: 6, delta: 1e-4, records: 1 };
  const model = new PaperModel(planOf({ sigma: 1.2, limit }));
  for (let lesson = 0; lesson < 200; lesson++) model.learn(1, 3);
  const honest = decode(model.certify([{ batch: 19, count: 1 }]));
  const { stepsAfter, releaseCount } = honest.predicate.timeline;
  /** Restated with what the accountant says of other releases. */
  const released = (disclosure: Pick<Releases, "older" | "from" | "lengths">, count: number): string[] => {
    const lie = withFields(honest, {
      "predicate.disclosure.older": disclosure.older,
      "predicate.disclosure.from": disclosure.from,
      "predicate.disclosure.lengths": disclosure.lengths,
      "predicate.timeline.releaseCount": count,
    });
    const claim = disclosureClaimOf(courseOf(lie.predicate, processOf(lie.predicate)));
    return codesBeside(
      restated(
        withFields(lie, {
          "predicate.disclosure.mu": claim?.mu,
          "predicate.disclosure.epsilon": claim?.epsilon,
          "predicate.disclosure.tailDelta": claim?.tailDelta,
        }),
      ),
    );
  };

  it("are as many as there were lessons, at least", () => {
    expect(codesBeside(resigned(honest))).toEqual([]);
    expect(releaseCount).toBeGreaterThan(200);
    const one = { older: [{ length: stepsAfter, count: 1 }], from: stepsAfter, lengths: [] };
    expect(released(one, 1)).toEqual([
      "TIMELINE_RELEASE_COUNT_FALSE",
      "DISCLOSURE_RELEASES",
      "DISCLOSURE_RELEASES",
    ]);
  });

  it("are no fewer than are counted at once, and others stay listed", () => {
    const few = { older: [{ length: 3, count: 220 }], from: stepsAfter, lengths: [] };
    expect(released(few, 220)).toContain("DISCLOSURE_RELEASES");
  });
});

/** All ways to put rows in batches. */
function placements(batches: number, most: number, rows: number): number[][] {
  if (batches === 0) return rows === 0 ? [[]] : [];
  return Array.from({ length: Math.min(most, rows) + 1 }, (_, here) =>
    placements(batches - 1, most, rows - here).map((others) => [here, ...others]),
  ).flat();
}

describe("texts that certificates had earlier", () => {
  const { predicate, ...first } = decode(new PaperModel(planOf()).certify());
  const earlier = { ...predicate, ...earlierTextsOf(wordedByOf(predicate)) };
  const at = (issuedAt: string, version = "0.1.0"): Envelope =>
    resigned({ ...first, predicate: { ...earlier, issuedAt, generator: { name: "expunge", version } } });

  it("verify with a note for each that is missing, at any date, in certificates of versions of that time alone", () => {
    const check = (envelope: Envelope) => verify(envelope, { publicKey, now: new Date("2027-01-01") });
    for (const issuedAt of ["2026-11-30T23:59:59Z", "2026-12-24T00:00:00Z"]) {
      const then = check(at(issuedAt));
      expect(then.issues).toEqual([]);
      expect(then.notes).toEqual([
        expect.stringMatching(/does not name the assumption that which build/),
        expect.stringMatching(/not covered: The labels/),
      ]);
    }
    for (const later of [at("2026-11-01T00:00:00Z", "0.2.0"), at("2026-11-01T00:00:00Z", "1.0.0")])
      expect(check(later).issues.map(({ code }) => code)).toEqual([
        "WORDING_ASSUMPTIONS",
        "WORDING_NOT_COVERED",
      ]);
  });
});

describe("the weights that are given", () => {
  /** A certificate of the bytes of a weights file, after the request and before it. */
  const certifying = (statement: Statement, bytes: Uint8Array): Envelope[] => [
    resigned(withField(statement, "subject.0.digest.sha256", sha256Hex(bytes))),
    resigned(withField(statement, "predicate.modelBefore", sha256Hex(bytes))),
  ];
  const weightsOf = (shape: readonly number[], value: number, name = "weights"): Uint8Array => {
    const data = new Float64Array(shape.reduce((product, size) => product * size, 1)).fill(value);
    return encodeSafetensors({ [name]: { dtype: "F64", shape, data } });
  };
  const found = (statement: Statement, bytes: Uint8Array): string[][] => {
    const [after, before] = certifying(statement, bytes) as [Envelope, Envelope];
    return [
      verify(after, { publicKey, model: bytes }).issues.map(({ code }) => code),
      verify(before, { publicKey, modelBefore: bytes }).issues.map(({ code }) => code),
    ];
  };
  const { featureCount } = second.predicate.data;
  const { radius } = second.predicate.process;
  const most = radius / Math.sqrt(featureCount);

  it("are as many as the certificate is for, and within its radius", () => {
    for (const value of [0, -1, most * (1 - 2 ** -50)])
      expect(found(second, weightsOf([1, featureCount], value))).toEqual([[], []]);
  });

  it.each<[string, Uint8Array]>([
    ["more weights than the rounding of steps is counted for", weightsOf([1, 10 * featureCount], 0)],
    ["fewer", weightsOf([1, featureCount - 1], 0)],
    ["another shape", weightsOf([featureCount, 1], 0)],
    ["another name", weightsOf([1, featureCount], 0, "weight")],
    ["weights beyond the radius", weightsOf([1, featureCount], most * (1 + 1e-12))],
    ["weights whose norm is no number", weightsOf([1, featureCount], 1e200)],
    ["weights that are none", weightsOf([1, featureCount], Number.NaN)],
    [
      "another precision",
      encodeSafetensors({ weights: { dtype: "F32", shape: [1, 6], data: new Float32Array(6) } }),
    ],
    ["no weights file", new TextEncoder().encode("no weights")],
  ])("are refused where they are %s", (_, bytes) => {
    expect(found(second, bytes)).toEqual([["MODEL_WEIGHTS"], ["MODEL_WEIGHTS"]]);
  });
});
