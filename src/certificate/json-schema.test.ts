import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { fromBase64 } from "../records/bytes.js";
import { fit } from "../unlearner/fit.js";
import { certificateJsonSchema } from "./json-schema.js";

it("the published JSON Schema is the verifier's table, and accepts real certificates of every objective", async () => {
  const published = JSON.parse(await readFile("schema/certificate-v1.json", "utf8"));
  expect(published).toEqual(JSON.parse(JSON.stringify(certificateJsonSchema())));
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(published);
  for (const [task, objective] of [
    ["binary", "logistic"],
    ["binary", "smoothedHinge"],
    ["multiclass", "softmax"],
    ["regression", "huberRegression"],
  ] as const) {
    const dataset = syntheticDataset({ rowCount: 60, task });
    const model = await fit(dataset, {
      objective,
      epsilon: 1,
      delta: 1e-3,
      epochs: 2,
      batchSize: 10,
      sigma: 1,
      maxSteps: 1e6,
    });
    const { certificate } = await model.forget({ subjects: ["person-0@example.com"] });
    const statement = JSON.parse(new TextDecoder().decode(fromBase64(certificate?.payload as string)));
    validate(statement);
    expect(validate.errors).toBeNull();
    expect(validate({ ...statement, predicate: { ...statement.predicate, extra: 1 } })).toBe(false);
  }
});
