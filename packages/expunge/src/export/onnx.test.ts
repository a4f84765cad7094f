import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import type { RowScaling } from "../data/dataset.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { encodeOnnx, type OnnxOptions } from "./onnx.js";

/** Written out plainly, to be read beside the graph. */
function linearOutput(weights: Float64Array, row: readonly number[], output: number): number {
  return row.reduce((sum, value, k) => sum + value * weights[output * row.length + k]!, 0);
}

function scaleRow(row: readonly number[], { kind, intercept }: RowScaling): number[] {
  const whole = intercept === 0 ? [...row] : [...row, intercept];
  const norm = Math.hypot(...whole);
  const divisor = kind === "l2" ? norm || 1 : Math.max(1, norm);
  return whole.map((value) => value / divisor);
}

function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

// In Node the package finds its .wasm beside itself in node_modules: nothing to set and nothing to fetch.
async function run(
  options: OnnxOptions,
  rows: readonly (readonly number[])[],
  columns: number = (rows[0] as readonly number[]).length,
) {
  const session = await InferenceSession.create(encodeOnnx(options), { executionProviders: ["wasm"] });
  try {
    const outputs = await session.run({
      features: new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, columns]),
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims, type }]) => [
        name,
        { data: Array.from(data as ArrayLike<number | string>), dims, type },
      ]),
    );
  } finally {
    await session.release();
  }
}

const CASES: readonly { spec: ObjectiveSpec; outputCount: number; labelNames: readonly string[] }[] = [
  { spec: { kind: "logistic" }, outputCount: 1, labelNames: ["no", "yes"] },
  { spec: { kind: "logistic", offset: -1.5 }, outputCount: 1, labelNames: ["no", "yes"] },
  { spec: { kind: "softmax", classCount: 4 }, outputCount: 4, labelNames: ["a", "b", "c", "d"] },
  { spec: { kind: "smoothedHinge", width: 0.5 }, outputCount: 1, labelNames: ["no", "yes"] },
  { spec: { kind: "huberRegression", threshold: 1 }, outputCount: 1, labelNames: [] },
];
const SCALINGS: readonly (RowScaling | null)[] = [
  null,
  { kind: "l2", intercept: 0 },
  { kind: "l2", intercept: 0.5 },
  { kind: "clip", intercept: 0 },
  { kind: "clip", intercept: 1 },
];

describe.each(CASES)("encodeOnnx, $spec.kind, in onnxruntime", ({ spec, outputCount, labelNames }) => {
  it.each(SCALINGS)("agrees with plain TypeScript within 1e-5 for scaling %j", async (scaling) => {
    for (const [seed, columns, rowCount] of [
      [1, 7, 50],
      [2, 64, 33],
      [3, 1, 1],
    ] as const) {
      const next = seededNumbers(seed);
      const featureCount = columns + (scaling !== null && scaling.intercept !== 0 ? 1 : 0);
      const weights = Float64Array.from({ length: outputCount * featureCount }, () => 4 * next());
      // Rows already scaled have norm <= 1; raw ones are of every size, and one of them is empty.
      const raw = Array.from({ length: rowCount }, (_, i) => {
        const size = scaling === null ? 1 / Math.sqrt(columns) : i === 5 ? 0 : 10 ** (2 * next());
        return Array.from({ length: columns }, () => Math.fround(size * next()));
      });
      const got = await run({ objective: spec, weights, featureCount, labelNames, scaling }, raw);
      const rows = scaling === null ? raw : raw.map((row) => scaleRow(row, scaling));
      const outputs = rows.map((row) =>
        Array.from({ length: outputCount }, (_, j) => linearOutput(weights, row, j)),
      );
      expectPredictions(spec, outputs, labelNames, got);
    }
  });
});

function expectPredictions(
  spec: ObjectiveSpec,
  outputs: number[][],
  labelNames: readonly string[],
  got: Awaited<ReturnType<typeof run>>,
): void {
  const offset = spec.kind === "logistic" ? (spec.offset ?? 0) : 0;
  const first = outputs.map(([output]) => output! + offset);
  switch (spec.kind) {
    case "logistic":
      expectClose(
        got.probability!,
        first.map((o) => 1 / (1 + Math.exp(-o))),
        [first.length],
      );
      expectLabels(got.label!, first, labelNames);
      break;
    case "smoothedHinge":
      expectClose(got.score!, first, [first.length]);
      expectLabels(got.label!, first, labelNames);
      break;
    case "huberRegression":
      expectClose(got.value!, first, [first.length]);
      expect(got.label).toBeUndefined();
      break;
    case "softmax": {
      const probabilities = outputs.map((row) => {
        const sum = row.reduce((total, o) => total + Math.exp(o), 0);
        return row.map((o) => Math.exp(o) / sum);
      });
      expectClose(got.probabilities!, probabilities.flat(), [outputs.length, spec.classCount]);
      outputs.forEach((row, i) => {
        const chosen = row[labelNames.indexOf(got.label!.data[i] as string)]!;
        expect(chosen).toBeGreaterThan(Math.max(...row) - 1e-5);
      });
    }
  }
}

function expectClose(
  got: { data: (number | string)[]; dims: readonly number[] },
  expected: number[],
  dims: number[],
): void {
  expect(got.dims).toEqual(dims);
  expected.forEach((value, i) => {
    expect(Math.abs((got.data[i] as number) - value)).toBeLessThan(1e-5);
  });
}

function expectLabels(
  got: { data: (number | string)[] },
  outputs: number[],
  labelNames: readonly string[],
): void {
  outputs.forEach((output, i) => {
    // Where float32 cannot tell the sign, either label is right.
    if (Math.abs(output) > 1e-5 || output === 0) expect(got.data[i]).toBe(labelNames[output >= 0 ? 1 : 0]);
  });
}

describe.each(CASES)("an empty batch for $spec.kind", ({ spec, outputCount, labelNames }) => {
  it("gives empty outputs", async () => {
    const weights = new Float64Array(3 * outputCount);
    for (const scaling of SCALINGS) {
      const options = { objective: spec, weights, featureCount: 3, labelNames, scaling };
      const outputs = await run(options, [], 3 - (scaling !== null && scaling.intercept !== 0 ? 1 : 0));
      for (const { dims } of Object.values(outputs)) expect(dims[0]).toBe(0);
    }
  });
});

describe("encodeOnnx", () => {
  const OPTIONS: OnnxOptions = {
    objective: { kind: "logistic" },
    weights: Float64Array.of(1, -1, 0.5),
    featureCount: 3,
    labelNames: ["no", "yes"],
  };
  const REGRESSION = { objective: { kind: "huberRegression", threshold: 1 }, labelNames: [] } as const;

  it("scales rows near the ends of float32's range without overflow", async () => {
    const rows = [
      [3e38, -3e38],
      [1e-30, 1e-30],
      [1e-38, 0],
      [0, 0],
    ];
    for (const kind of ["l2", "clip"] as const) {
      const scaling = { kind, intercept: 0.25 };
      const got = await run({ ...OPTIONS, objective: { kind: "smoothedHinge", width: 1 }, scaling }, rows);
      const expected = rows.map((row) => linearOutput(OPTIONS.weights, scaleRow(row, scaling), 0));
      expectClose(got.score!, expected, [rows.length]);
    }
    const got = await run(
      { ...OPTIONS, weights: Float64Array.of(1, -1), featureCount: 2, scaling: { kind: "l2", intercept: 0 } },
      rows,
    );
    expectClose(
      got.probability!,
      [Math.SQRT2, 0, 1, 0].map((o) => 1 / (1 + Math.exp(-o))),
      [rows.length],
    );
  });

  it("gives a regression's values in the labels' own units", async () => {
    const weights = Float64Array.of(0.5, -2);
    const options = {
      objective: { kind: "huberRegression", threshold: 2 },
      weights,
      featureCount: 2,
      labelNames: [],
    } as const;
    const { value } = await run({ ...options, labelScaling: { centre: 200_000, scale: 2 ** 16 } }, [
      [0.25, 0.5],
    ]);
    expect(value?.data[0]).toBeCloseTo(200_000 + 2 ** 16 * (0.125 - 1), 1);
  });

  it.each<[readonly string[], "int64" | "string", readonly string[]]>([
    [["0", "1"], "int64", ["0", "1"]],
    [["-1", "+1"], "int64", ["-1", "1"]],
    [["1", "2"], "int64", ["1", "2"]],
    [["no", "yes"], "string", ["no", "yes"]],
    [["007", "8"], "string", ["007", "8"]],
    [["not 5", "5"], "string", ["not 5", "5"]],
    [["0", "-0"], "string", ["0", "-0"]],
    [["1", "9223372036854775808"], "string", ["1", "9223372036854775808"]],
    [
      ["-9223372036854775808", "9223372036854775807"],
      "int64",
      ["-9223372036854775808", "9223372036854775807"],
    ],
    [["", "größer"], "string", ["", "größer"]],
  ])("labels of two classes %j come back as %s", async (labelNames, type, [negative, positive]) => {
    const { label } = await run({ ...OPTIONS, labelNames }, [
      [-1, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ]);
    expect(label).toMatchObject({ type, dims: [3] });
    expect(label?.data.map(String)).toEqual([negative, positive, positive]);
  });

  it.each<[readonly string[], "int64" | "string"]>([
    [["0", "5", "9"], "int64"],
    [["0", "5", "other"], "string"],
  ])("labels of three classes %j come back as %s", async (labelNames, type) => {
    const options = { objective: { kind: "softmax", classCount: 3 }, featureCount: 3, labelNames } as const;
    const weights = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const rows = [
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ];
    const { label } = await run({ ...options, weights }, rows);
    expect(label).toMatchObject({ type, dims: [3] });
    expect(label?.data.map(String)).toEqual([labelNames[2], labelNames[0], labelNames[1]]);
  });

  it("gives the same bytes for the same model, whatever the order of the metadata", () => {
    const one = encodeOnnx({ ...OPTIONS, metadata: { a: "1", b: "2" } });
    expect(one).toEqual(encodeOnnx({ ...OPTIONS, metadata: { b: "2", a: "1" } }));
    expect(one).not.toEqual(encodeOnnx(OPTIONS));
  });

  it("carries label names, objective, scaling and the caller's metadata", () => {
    const text = new TextDecoder().decode(
      encodeOnnx({ ...OPTIONS, featureNames: ["x", "y", "z"], metadata: { certificate: "0192" } }),
    );
    for (const part of [
      "expunge.labelNames",
      '["no","yes"]',
      '{"kind":"logistic"}',
      '["x","y","z"]',
      "certificate",
      "0192",
      "producer",
    ])
      expect(text).toContain(part);
  });

  it("accepts any number of rows, and refuses rows of another width", async () => {
    const session = await InferenceSession.create(encodeOnnx(OPTIONS));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (rowCount) => {
        const features = new Tensor("float32", new Float32Array(3 * rowCount), [rowCount, 3]);
        expect((await session.run({ features })).probability!.dims).toEqual([rowCount]);
      }),
      { numRuns: 10 },
    );
    const wide = new Tensor("float32", new Float32Array(4), [1, 4]);
    await expect(session.run({ features: wide })).rejects.toThrow();
    await session.release();
  });

  it.each<[string, Partial<OnnxOptions>, string, string]>([
    ["weights of another size", { featureCount: 4 }, "E_MODEL", "1 x 4 = 4 weights, found 3"],
    [
      "weights that are not finite",
      { weights: Float64Array.of(1, Number.NaN, 1) },
      "E_MODEL",
      "weight 1 = NaN",
    ],
    ["weights beyond float32", { weights: Float64Array.of(1, 1, 1e39) }, "E_MODEL", "weight 2 = 1e+39"],
    [
      "weights beyond float32 in the labels' own units",
      { ...REGRESSION, labelScaling: { centre: 0, scale: 1e39 } },
      "E_MODEL",
      "weight 0 = ",
    ],
    [
      "a centre beyond float32",
      { ...REGRESSION, labelScaling: { centre: 1e39, scale: 1 } },
      "E_MODEL",
      "offset = 1e+39",
    ],
    ["a label too many", { labelNames: ["a", "b", "c"] }, "E_OPTION", "labelNames.length = 3"],
    ["a feature name too few", { featureNames: ["a"] }, "E_OPTION", "featureNames.length = 1"],
    ["an unknown scaling", { scaling: { kind: "l1" as "l2", intercept: 0 } }, "E_OPTION", "scaling"],
    ["an unknown objective", { objective: { kind: "tree" } as never }, "E_OPTION", "tree"],
    [
      "an intercept alone",
      { weights: Float64Array.of(1), featureCount: 1, scaling: { kind: "clip", intercept: 1 } },
      "E_OPTION",
      "beside the intercept",
    ],
  ])("refuses %s", (_, change, code, words) => {
    expect(() => encodeOnnx({ ...OPTIONS, ...change })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});
