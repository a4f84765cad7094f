import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FitOptions, NewModel } from "@expunge/client/schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { certificateJsonSchema } from "../packages/expunge/src/certificate/json-schema.js";
import { createProgram } from "../packages/expunge/src/cli/program.js";
import {
  createDataset,
  createSigner,
  encodeOnnx,
  fit,
  loadModel,
  publicKeyToPem,
  saveModel,
  verify,
} from "../packages/expunge/src/index.js";
import type { ObjectiveDefinition, ObjectiveOf } from "../packages/expunge/src/objective/definition.js";
import { objectivesFor } from "../packages/web/dashboard/pages/model-draft.js";

interface PseudoHuberSpec {
  readonly kind: "pseudoHuber";
  readonly bend: number;
}

/** Regression with h^2 (sqrt(1 + (r/h)^2) - 1) of the residual r: smoothness 1, gradient norm <= h. The product has not got it. */
const pseudoHuber = vi.hoisted(
  (): ObjectiveDefinition<PseudoHuberSpec> => ({
    kind: "pseudoHuber",
    task: "regression",
    words: "smooth robust regression",
    hasProbabilities: false,
    kernelNumber: -1,
    parameters: { bend: { min: 0, openMin: true, words: (value: string) => `bend ${value}` } },
    usual: () => ({ kind: "pseudoHuber", bend: 2 }) as const,
    create: ({ bend }: PseudoHuberSpec): ObjectiveOf<PseudoHuberSpec> =>
      Object.freeze({
        spec: Object.freeze({ kind: "pseudoHuber", bend }),
        ...({ task: "regression", outputCount: 1, smoothness: 1, lipschitz: bend, clippable: true } as const),
        ...{ offset: 0, shape: bend, source: "made up" },
        loss: ([output = 0]: ArrayLike<number> & Iterable<number>, label: number) =>
          bend * bend * (Math.hypot(1, (output - label) / bend) - 1),
        derivative([output = 0]: ArrayLike<number> & Iterable<number>, label: number, into: Float64Array) {
          into[0] = (output - label) / Math.hypot(1, (output - label) / bend);
        },
      }),
  }),
);

vi.mock("../packages/expunge/src/objective/registry.js", async (original) => {
  const registry = (await original()) as { OBJECTIVES: readonly unknown[] };
  return { OBJECTIVES: [...registry.OBJECTIVES, pseudoHuber] };
});

const KIND = "pseudoHuber" as never;
const SPEC = { kind: "pseudoHuber", bend: 2 } as never;

describe("an objective that is in the registry alone", () => {
  it("trains, is saved, forgets, certifies, and is verified by name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "expunge-objective-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const features = Array.from({ length: 60 }, (_, i) => [Math.cos(i), Math.sin(i)]);
    const labels = features.map(([x = 0, y = 0]) => 0.8 * x - 0.3 * y);
    const dataset = createDataset({ features, labels, task: "regression" });
    const model = await fit(dataset, { objective: KIND, kernel: "reference", epsilon: 2 });
    expect(model.plan.objective).toEqual(SPEC);
    expect(model.score(dataset)).toBeGreaterThan(0.5);

    await saveModel(model, join(folder, "model"));
    const stored = await loadModel(join(folder, "model"));
    const signer = createSigner();
    const { certificate } = await stored.forget({ rows: [3] }, { signer });
    await stored.close();
    expect(verify(certificate!, { publicKey: publicKeyToPem(signer.publicKey) })).toMatchObject({ ok: true });
    const statement = JSON.parse(Buffer.from(certificate!.payload, "base64").toString());
    expect(statement.predicate.process.objective).toEqual(SPEC);
    const schema = new Ajv2020({ allowUnionTypes: true }).compile(certificateJsonSchema());
    expect(schema(statement), JSON.stringify(schema.errors)).toBe(true);
    statement.predicate.process.objective = { kind: "pseudoHuber", width: 2 };
    expect(schema(statement)).toBe(false);
  });

  it("is exported", () => {
    const onnx = encodeOnnx({
      objective: SPEC,
      weights: Float64Array.of(1, 2),
      featureCount: 2,
      labelNames: [],
    });
    expect(Buffer.from(onnx).toString("latin1")).toContain("pseudoHuber");
  });

  it("is taken by the API, with its parameters and their limits", () => {
    expect(FitOptions.safeParse({ objective: "pseudoHuber" }).success).toBe(true);
    expect(FitOptions.safeParse({ objective: SPEC }).success).toBe(true);
    for (const wrong of [{ kind: "pseudoHuber" }, { kind: "pseudoHuber", bend: 0 }, { kind: "other" }])
      expect(NewModel.safeParse({ name: "m", datasetId: "d", options: { objective: wrong } }).success).toBe(
        false,
      );
  });

  it("is offered by commands and by the dashboard's form", () => {
    for (const name of ["train", "tune"]) {
      const command = createProgram().commands.find((one) => one.name() === name);
      const option = command?.options.find(({ long }) => long === "--objective");
      expect(option?.argChoices, name).toContain("pseudoHuber");
    }
    expect(objectivesFor("regression")).toContainEqual({
      value: "pseudoHuber",
      text: "smooth robust regression",
    });
  });
});
