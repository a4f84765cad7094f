import { planOnRelease } from "expunge/accounting";
import { FIT_OPTIONS } from "expunge/options";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../packages/expunge/src/unlearner/defaults.js";
import { isWithinChance } from "../packages/web/playground/compare/accuracy.js";
import { DEFAULT_STEPS, MNIST_SIZE } from "../packages/web/playground/compare/setting.js";
import { figuresOfAudit } from "../packages/web/playground/lab/audit-words.js";
import { startPoints } from "../packages/web/playground/lab/points.js";
import { packPoints, unpackPoints } from "../packages/web/playground/lab/points-address.js";
import { mostAlarmsWords } from "../packages/web/shared/alarms.js";
import { figuresIn, meaningQuery } from "../packages/web/shared/figures-address.js";
import { holdsWords } from "../packages/web/shared/holds-words.js";
import {
  atLeastWords,
  boundWords,
  columnWords,
  countWords,
  disclosureWords,
  isUsefulBound,
  numberWords,
  plural,
} from "../packages/web/shared/numbers.js";

/** The number that a reader takes from the words. */
function read(words: string): number {
  const [mantissa, power] =
    words.startsWith("10") && /[⁻⁰-⁹]/.test(words) ? ["1", words] : words.split(" × ");
  const digits = [...(power ?? "").slice(2)].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("");
  return Number(`${(mantissa as string).replaceAll(",", "")}e${power === undefined ? 0 : digits}`);
}

describe("a bound in words", () => {
  it("is never below the bound, and at most a hundredth above", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e9, noNaN: true }), (bound) => {
        const shown = read(boundWords(bound));
        expect(shown).toBeGreaterThanOrEqual(bound);
        expect(shown).toBeLessThanOrEqual(bound * 1.0101);
      }),
    );
  });

  it.each([
    [0.9994, "1"],
    [0.99900000000001, "1"],
    [0.974, "0.974"],
    [1.0000000000001, "1.01"],
    [86_900.2, "87,000"],
    [2.5000001e-6, "2.51 × 10⁻⁶"],
    [0, "0"],
  ])("%d is %s", (bound, words) => expect(boundWords(bound)).toBe(words));

  it("is useful only while it hides somebody", () => {
    expect([0.1, 1, 4, 86_900, Number.POSITIVE_INFINITY].map(isUsefulBound)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("what was shown at least, in words", () => {
  it("is never above, and at most a hundredth below", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e9, noNaN: true }), (shown) => {
        const words = read(atLeastWords(shown));
        expect(words).toBeLessThanOrEqual(shown);
        expect(words).toBeGreaterThanOrEqual(shown * 0.9899);
      }),
    );
  });

  it.each([
    [0.9996, "0.999"],
    [1, "1"],
    [0, "0"],
  ])("%d is %s", (shown, words) => expect(atLeastWords(shown)).toBe(words));
});

describe("numbers that stand below one another", () => {
  it.each([
    [
      [0.1, 0.0984, 0.0976],
      ["0.1000", "0.0984", "0.0976"],
    ],
    [
      [0.5, 0.8412, 0.3],
      ["0.500", "0.841", "0.300"],
    ],
    [
      [12.5, 3, 0],
      ["12.50", "3.00", "0"],
    ],
    [
      [0.09996, 0.2],
      ["0.100", "0.200"],
    ],
    [
      [123.4, 20],
      ["123.4", "20.0"],
    ],
    [
      [1234, 120],
      ["1,234", "120"],
    ],
    // Not of like size: digits that align would mean nothing.
    [
      [0.00236, 0.0301, 3.43, 0.11],
      ["0.00236", "0.0301", "3.43", "0.110"],
    ],
    [
      [2.5e-7, 0.1],
      ["2.50 × 10⁻⁷", "0.100"],
    ],
    [
      [0.5, null],
      ["0.500", "–"],
    ],
    [[], []],
  ])("%j are %j", (values, words) => expect(columnWords(values)).toEqual(words));

  it("have their points in one place", () => {
    const scaled = fc.tuple(
      fc.array(fc.double({ min: 1, max: 49, noNaN: true }), { minLength: 1 }),
      fc.integer({ min: -3, max: 3 }),
    );
    const values = scaled.map(([column, power]) => column.map((value) => value * 10 ** power));
    fc.assert(
      fc.property(values, (column) => {
        const places = columnWords(column).map((words) => words.split(".")[1]?.length ?? 0);
        expect(new Set(places).size).toBe(1);
      }),
    );
  });
});

describe("the page of costs", () => {
  it("names the steps that the defaults need at its size", () => {
    const { rowCount, dimension: featureCount, lipschitz, smoothness } = MNIST_SIZE;
    const target = { epsilon: FIT_OPTIONS.epsilon.usual, delta: FIT_OPTIONS.delta.usual };
    const chosen = defaultSettings({
      ...{ rowCount, featureCount, outputCount: 1, task: "binary", lipschitz, target },
      ...{ recordSmoothness: smoothness, noise: "on-release" },
    });
    const plan = planOnRelease({
      ...chosen,
      ...target,
      rowCount,
      lipschitz,
      smoothness,
      deletion: "tombstone",
    });
    expect({ request: plan.totals.steps, training: plan.retraining.totalSteps }).toEqual(DEFAULT_STEPS);
  });

  it("calls a difference chance within two standard errors of the test alone", () => {
    expect(isWithinChance(0.929, 0.932, 2000)).toBe(true);
    expect(isWithinChance(0.929, 0.95, 2000)).toBe(false);
    expect(isWithinChance(1, 0.99, 2000)).toBe(false);
  });
});

describe("the figures of an audit", () => {
  const judged = { mu: { bound: 1.4683 }, confidence: 0.95 } as never as Parameters<typeof figuresOfAudit>[0];
  const certified = { mu: 0.3884, epsilon: 0.9999, delta: 1e-3 };

  it("are those of epsilon where it is refuted, and where nothing is", () => {
    const refuted = { ...judged, certified, epsilon: 1.7099, violations: ["mu", "epsilonForward"] } as const;
    const words = figuresOfAudit(refuted);
    expect(words).toBe(
      "Certified: ε at most 1, at δ = 0.001. The attack shows: ε at least 1.7, with 95% confidence.",
    );
    const nothing = figuresOfAudit({ ...refuted, epsilon: 0.2, violations: [] });
    expect(nothing).toContain("The attack shows: ε at least 0.2, with");
  });

  it("are those of mu where that alone is refuted, with what that leaves of epsilon", () => {
    const words = figuresOfAudit({ ...judged, certified, epsilon: 0.71, violations: ["mu"] });
    expect(words).toContain("mu at most 0.389. The attack shows: mu at least 1.46, with 95% confidence.");
    expect(words).toContain(
      "do not refute its ε by itself: certified is at most 1, and shown at least 0.71.",
    );
  });
});

describe("what holds, in words", () => {
  it("says of a bound of no use that it hides nobody", () => {
    const holds = { epsilon: 0.9741, delta: 1e-5, against: "independent" } as const;
    expect(holdsWords(holds)).toBe(
      "epsilon 0.975, delta 10⁻⁵, for requests that do not depend on what the model showed",
    );
    expect(holdsWords({ ...holds, epsilon: 7, against: "adaptive" })).toContain(
      "epsilon 7, delta 10⁻⁵ only, which hides nobody, whoever asked",
    );
    expect([null, Number.POSITIVE_INFINITY, 86_900, 2.001].map(disclosureWords)).toEqual([
      ...["no bound", "no bound", "no useful bound", "ε = 2.01"],
    ]);
  });

  it("means the same on every page that an address leads to", () => {
    const query = meaningQuery({ epsilon: 0.9999999999999877, delta: 1e-3 });
    const figures = figuresIn(new URLSearchParams(query));
    expect(figures).toEqual({ epsilon: 0.9999999999999877, delta: 1e-3 });
    expect(mostAlarmsWords(0.9999999999999877, 1e-3)).toBe("13.7");
    for (const wrong of ["epsilon=1", "epsilon=-1&delta=0.1", "epsilon=x&delta=0.1", "epsilon=1&delta=2"])
      expect(figuresIn(new URLSearchParams(wrong)), wrong).toEqual({});
  });
});

describe("points in an address", () => {
  it("come back where they were, to a thousandth", () => {
    const points = startPoints();
    const back = unpackPoints(packPoints(points));
    expect(back?.map(({ label }) => label)).toEqual(points.map(({ label }) => label));
    for (const [i, { x, y }] of points.entries()) {
      expect(Math.abs(back![i]!.x - x)).toBeLessThan(1e-3);
      expect(Math.abs(back![i]!.y - y)).toBeLessThan(1e-3);
    }
  });

  it("are none where nothing can be trained on them", () => {
    const blue = packPoints([{ x: 0, y: 0, label: 1 }]);
    for (const packed of [null, "", "???", "abc", blue]) expect(unpackPoints(packed), `${packed}`).toBeNull();
  });
});

describe("counts in words", () => {
  it("agree with their number", () => {
    expect([plural(1, "step"), plural(2, "step"), plural(1200, "row")]).toEqual([
      "1 step",
      "2 steps",
      "1,200 rows",
    ]);
    expect([countWords(12_345), numberWords(0.030004)]).toEqual(["12,345", "0.03"]);
  });
});
