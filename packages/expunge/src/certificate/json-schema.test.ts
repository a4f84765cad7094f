import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { decode, PaperModel, planOf, subjectsOf, withField } from "../../testing/certificates.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { certificateJsonSchema } from "./json-schema.js";

it("the published JSON Schema is the verifier's table, and accepts real certificates of every objective and kind of noise", async () => {
  const published = JSON.parse(await readFile("packages/expunge/schema/certificate-v2.json", "utf8"));
  expect(published).toEqual(JSON.parse(JSON.stringify(certificateJsonSchema())));
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(published);
  const objectives: readonly ObjectiveSpec[] = [
    { kind: "logistic" },
    { kind: "logistic", offset: -4 },
    { kind: "smoothedHinge", width: 0.5 },
    { kind: "softmax", classCount: 3 },
    { kind: "huberRegression", threshold: 1 },
  ];
  const limit = { epsilon: 3, delta: 1e-4, records: 1 };
  const weighting = { classes: null, isBalanced: false, samples: true };
  for (const objective of objectives) {
    for (const choices of [
      {},
      { sigma: 3 },
      { sigma: 5, limit },
      { weighting },
      { tunedOn: "public" as const },
    ]) {
      const model = new PaperModel(planOf({ objective, ...choices }));
      const statement = decode(
        model.certify([{ batch: 2, count: 1 }], subjectsOf(["ann@example.com"]).subjects),
      );
      validate(statement);
      expect(validate.errors).toBeNull();
      expect(validate(withField(statement, "predicate.extra", 1))).toBe(false);
      expect(validate(withField(statement, "predicate.holds", undefined))).toBe(false);
      expect(validate(withField(statement, "predicate.process.tunedOn", "nobody"))).toBe(false);
      expect(validate({ ...statement, subject: [...statement.subject, ...statement.subject] })).toBe(false);
    }
  }
});
