import { describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import { gaussianRuns, normalSource } from "../../testing/normal-samples.js";
import { deltaFromMu, epsilonFromMu } from "../accounting/index.js";
import { auditSamples } from "./audit.js";
import type { AuditResult } from "./audit-result.js";
import { forgottenLoss, knownDirection } from "./directions.js";

const DELTA = 1e-3;
/** Of a confidence of 0.95. */
const FAILURE = 0.05;

/** N(shift, I) against N(0, I), with |shift| = mu spread over all coordinates; mu = 0 is the null control. */
function samples(seed: number, d: number, m: number, mu: number) {
  const normal = normalSource(seed);
  const shift = new Array(d).fill(mu / Math.sqrt(d));
  return {
    unlearned: gaussianRuns(normal, m, shift),
    retrained: gaussianRuns(
      normal,
      m,
      shift.map(() => 0),
    ),
  };
}

function certificate(mu: number, delta = DELTA) {
  return { mu, epsilon: epsilonFromMu(mu, delta), delta };
}

function slack(repeats: number): number {
  return 3 * Math.sqrt((FAILURE * (1 - FAILURE)) / repeats);
}

describe("over repeated audits of pairs whose law is known", () => {
  it.each([
    { d: 1, mu: 1, m: 400, repeats: tries(100, 300) },
    { d: 1, mu: 0.5, m: 200, repeats: tries(100, 300) },
    { d: 20, mu: 1, m: 200, repeats: tries(100, 250) },
    { d: 20, mu: 3, m: 200, repeats: tries(100, 150) },
  ])("no bound exceeds the truth more often than in 5 of 100, d = $d, mu = $mu", ({ d, mu, m, repeats }) => {
    let exceeded = 0;
    for (let seed = 0; seed < repeats; seed++) {
      const found = auditSamples({ ...samples(seed, d, m, mu), certified: certificate(mu) });
      if (found.verdict === "violated") exceeded++;
    }
    expect(exceeded / repeats).toBeLessThan(FAILURE + slack(repeats));
  });

  it("a null control shows anything above 0 no more often than in 5 of 100", () => {
    let above = 0;
    const repeats = tries(100, 300);
    for (let seed = 0; seed < repeats; seed++) {
      const found = auditSamples({ ...samples(seed, 1 + (seed % 3), 200, 0), certified: certificate(0) });
      if (found.mu.bound > 0 || found.epsilon > 0) above++;
      expect(found.verdict === "violated").toBe(found.mu.bound > 0 || found.epsilon > 0);
    }
    expect(above / repeats).toBeLessThan(FAILURE + slack(repeats));
  });

  it("at 2,000 runs and mu = 1 the bound is within 15% on average", () => {
    let sum = 0;
    for (let seed = 0; seed < 40; seed++)
      sum += auditSamples({ ...samples(1000 + seed, 1, 2000, 1), certified: certificate(1) }).mu.bound;
    expect(sum / 40).toBeGreaterThan(0.85);
    expect(sum / 40).toBeLessThan(1);
  });
});

describe("at 20,000 runs the bound on mu is within 15% of the exact value and not above it", () => {
  it.each([
    [1, 0.5],
    [1, 1],
    [1, 2],
    [20, 0.5],
    [20, 1],
    [20, 2],
  ])("d = %i, mu = %f", (d, mu) => {
    const found = auditSamples({ ...samples(77 + d, d, 20_000, mu), certified: certificate(mu) });
    expect(found.mu.bound).toBeGreaterThan(0.85 * mu);
    expect(found.mu.bound).toBeLessThanOrEqual(mu);
    expect(found.epsilon).toBeGreaterThan(0.4 * epsilonFromMu(mu, DELTA));
    expect(found.epsilon).toBeLessThanOrEqual(epsilonFromMu(mu, DELTA));
    expect(found.verdict).toBe("consistent");
    expect(Math.abs(found.estimate.gaussianMu / mu - 1)).toBeLessThan(0.1);
    expect(found.mu.bound / found.reach.ifTight!.mu).toBeGreaterThan(0.9);
  });
});

describe("an audit", () => {
  it("finds the violation where mu = 0.5 is certified and 1 is true", () => {
    const found = auditSamples({ ...samples(4, 5, 4000, 1), certified: certificate(0.5) });
    expect(found.verdict).toBe("violated");
    expect(found.violations).toContain("mu");
    expect(found.mu.exceedsCertified).toBe(true);
    const high = found.tradeOff.some(({ high, certifiedMu }) => high < certifiedMu!);
    expect(high).toBe(true);
  });

  it("finds a violation by epsilon alone where no mu is certified", () => {
    const found = auditSamples({ ...samples(4, 1, 20_000, 2), certified: { epsilon: 0.5, delta: 1e-3 } });
    expect(found.violations).toEqual(["epsilonForward", "epsilonBackward"]);
    expect(found.mu.exceedsCertified).toBe(false);
    expect(found.reach.ifTight).toBeNull();
  });

  it("tells the two directions of epsilon apart", () => {
    // Unlearned has an atom of mass 0.3 where retrained never is: forward only delta >= 0.3 would do, backward epsilon = log(1 / 0.7) does.
    const normal = normalSource(8);
    const m = 4000;
    const retrained = gaussianRuns(normal, m, [0, 0]);
    const unlearned = gaussianRuns(normal, m, [0, 0]).map((w, i) => (i % 10 < 3 ? w.map((x) => x + 100) : w));
    const found = auditSamples({ unlearned, retrained, certified: { epsilon: 1, delta: 0 } });
    expect(found.violations).toEqual(["epsilonForward"]);
    expect(found.epsilonForward.bound).toBeGreaterThan(4);
    expect(found.epsilonBackward.bound).toBeLessThan(Math.log(1 / 0.7));
    const mirrored = auditSamples({
      unlearned: retrained,
      retrained: unlearned,
      certified: { epsilon: 1, delta: 0 },
    });
    expect(mirrored.violations).toEqual(["epsilonBackward"]);
    expect(mirrored.epsilon).toBe(mirrored.epsilonBackward.bound);
  });

  it("finds a difference of spread, which no direction shows", () => {
    const normal = normalSource(21);
    const shift = new Array(10).fill(0);
    const unlearned = gaussianRuns(
      normal,
      2000,
      shift,
      shift.map(() => 1.5),
    );
    const found = auditSamples({
      unlearned,
      retrained: gaussianRuns(normal, 2000, shift),
      certified: certificate(1),
    });
    expect(found.verdict).toBe("violated");
    expect(found.mu.statistic).toMatch(/distance|norm/);
  });

  it("takes the caller's statistics and prefers the exact direction where there are few runs for many dimensions", () => {
    const d = 200;
    const { unlearned, retrained } = samples(6, d, 600, 2);
    const loss = forgottenLoss((weights) => Math.log1p(Math.exp(-weights[0]!)));
    const statistics = [knownDirection(new Float64Array(d).fill(1)), loss];
    const blind = auditSamples({ unlearned, retrained, certified: certificate(2) });
    const knowing = auditSamples({ unlearned, retrained, certified: certificate(2), statistics });
    expect(knowing.mu.statistic).toBe("known direction");
    expect(knowing.mu.bound).toBeGreaterThan(blind.mu.bound + 0.3);
    expect(knowing.statistics.map(({ name }) => name)).toContain("loss of the forgotten rows");
    expect(() =>
      auditSamples({ unlearned, retrained, certified: certificate(2), statistics: [loss, loss] }),
    ).toThrow(/"loss of the forgotten rows" is used twice/);
  });

  it("is repeatable, plain data, and accounts for every run", () => {
    const options = { ...samples(2, 3, 301, 1), certified: certificate(1), seed: 12 };
    const found = auditSamples(options);
    expect(auditSamples(options)).toEqual(found);
    expect(auditSamples({ ...options, seed: 13 }).mu.counts).not.toEqual(found.mu.counts);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const { fitting, selecting, judged, perSample } = found.runs;
    expect(fitting + selecting + judged).toBe(perSample);
    expect(found.mu.counts.negatives).toBe(judged);
    expect(found.mu.error + found.epsilonForward.error + found.epsilonBackward.error).toBeCloseTo(
      FAILURE,
      14,
    );
    expect(found.mu.bound).toBeLessThan(found.reach.mu);
    expect(found.epsilon).toBeLessThan(found.reach.epsilon);
  });

  it("reaches just its reach where the samples lie far apart", () => {
    const found: AuditResult = auditSamples({ ...samples(2, 2, 500, 1000), certified: certificate(1, 1e-5) });
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBe(found.reach.mu);
    expect(found.epsilon).toBeCloseTo(found.reach.epsilon, 10);
    expect(found.estimate.gaussianMu).toBeGreaterThan(900);
  });

  it("rates a certificate at its delta: the true curve is never violated", () => {
    const epsilon = 1;
    const certified = { epsilon, delta: deltaFromMu(1, epsilon) };
    const found = auditSamples({ ...samples(31, 2, 10_000, 1), certified });
    expect(found.verdict).toBe("consistent");
    expect(found.epsilon).toBeGreaterThan(0.5);
  });
});

describe("inputs that cannot be audited", () => {
  const good = samples(1, 2, 60, 1);
  const certified = certificate(1);
  const code = (options: Partial<Parameters<typeof auditSamples>[0]>): unknown => {
    try {
      auditSamples({ ...good, certified, ...options });
      return null;
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message];
    }
  };
  const replaceFirst = (runs: Float64Array[], first: Float64Array) => [first, ...runs.slice(1)];

  it.each([
    [
      "too few runs",
      { unlearned: good.unlearned.slice(0, 20), retrained: good.retrained.slice(0, 20) },
      "E_OPTION",
      /at least 50 each; found 20 and 20/,
    ],
    ["none at all", { unlearned: [], retrained: [] }, "E_OPTION", /found 0 and 0/],
    ["more of one than of the other", { unlearned: good.unlearned.slice(1) }, "E_OPTION", /found 59 and 60/],
    [
      "a vector of another length",
      { retrained: replaceFirst(good.retrained, Float64Array.of(1)) },
      "E_OPTION",
      /retrained\[0\] of length 1 to have length 2/,
    ],
    [
      "NaN",
      { retrained: replaceFirst(good.retrained, Float64Array.of(1, Number.NaN)) },
      "E_DOMAIN",
      /retrained\[0\]\[1\] = NaN to be finite/,
    ],
    [
      "infinity",
      { unlearned: replaceFirst(good.unlearned, Float64Array.of(Number.POSITIVE_INFINITY, 1)) },
      "E_DOMAIN",
      /unlearned\[0\]\[0\]/,
    ],
    [
      "no noise",
      { unlearned: good.unlearned.map(() => Float64Array.of(1, 2)) },
      "E_OPTION",
      /only 1 of 60 differ/,
    ],
    [
      "a few seeds used over and over",
      { retrained: good.retrained.map((_, i) => good.retrained[i % 10]!) },
      "E_OPTION",
      /only 10 of 60 differ/,
    ],
    [
      "the same models on both sides",
      { retrained: good.unlearned },
      "E_OPTION",
      /60 of 60 equal an unlearned run/,
    ],
    [
      "weights of no length",
      {
        unlearned: good.unlearned.map(() => new Float64Array(0)),
        retrained: good.retrained.map(() => new Float64Array(0)),
      },
      "E_OPTION",
      /length >= 1/,
    ],
    ["a confidence of 1", { confidence: 1 }, "E_DOMAIN", /confidence = 1 in/],
    ["a confidence of NaN", { confidence: Number.NaN }, "E_DOMAIN", /confidence/],
    ["a negative epsilon", { certified: { epsilon: -1, delta: 0.1 } }, "E_DOMAIN", /certified.epsilon = -1/],
    ["a delta of 1", { certified: { epsilon: 1, delta: 1 } }, "E_DOMAIN", /certified.delta = 1/],
    [
      "a mu of NaN",
      { certified: { mu: Number.NaN, epsilon: 1, delta: 0.1 } },
      "E_DOMAIN",
      /certified.mu = NaN/,
    ],
    ["a broken seed", { seed: 0.5 }, "E_DOMAIN", /seed = 0.5/],
  ] as const)("%s", (_, options, expected, message) => {
    expect(code(options)).toEqual([expected, expect.stringMatching(message)]);
  });

  it("but a statistic that says nothing is harmless", () => {
    const statistics = [forgottenLoss(() => 1)];
    const found = auditSamples({ ...good, certified, statistics });
    expect(found.statistics.at(-1)).toMatchObject({ promised: { mu: 0, epsilonForward: 0 }, gaussianMu: 0 });
  });
});
