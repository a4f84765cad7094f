import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { createSigner, signStatement } from "../certificate/dsse.js";
import { verify } from "../certificate/verify-index.js";
import type { Statement } from "../records/certificate.js";
import { fit } from "./fit.js";

const people = syntheticDataset({ rowCount: 400, featureCount: 5 });
const dataset = { ...people, subjects: null };
const options = { epsilon: 1, delta: 1e-4, batchSize: 40, epochs: 3 };
const signer = createSigner(new Uint8Array(32).fill(5));
const statementOf = (payload: string): Statement => JSON.parse(Buffer.from(payload, "base64").toString());

describe("a limit on everything released", () => {
  it("raises the noise, is kept by every release, and ends them before it is passed", async () => {
    const plain = await fit(dataset, { ...options, requests: 4 });
    let model = await fit(dataset, { ...options, requests: 4, adaptiveEpsilon: 0.5 });
    expect(model.plan.sigma).toBeGreaterThan(plain.plan.sigma);
    expect(model.plan.budget).toEqual({ epsilon: 0.5, records: 1 });
    const released: number[] = [];
    let refused: unknown = null;
    for (let row = 0; row < 200 && refused === null; row++) {
      try {
        const result = await model.forget({ rows: [row] }, { signer });
        const { transcript } = statementOf(result.certificate?.payload as string).predicate;
        expect(transcript.mu).toBeLessThanOrEqual(transcript.budgetMu as number);
        expect(transcript.epsilon).toBeLessThanOrEqual(0.5);
        expect(verify(result.certificate as never, { publicKey: signer.publicKey })).toMatchObject({
          ok: true,
        });
        if (result.steps > 0) released.push(row);
        model = result.model;
      } catch (error) {
        refused = error;
      }
    }
    // As many as were planned for, and no end of those that need no step.
    expect(released.length).toBeGreaterThanOrEqual(4);
    expect(refused).toMatchObject({
      code: "E_INFEASIBLE",
      message: expect.stringMatching(/train a new model/),
    });
    const before = [...model.weights];
    await expect(model.forget({ rows: [399] }, { signer })).rejects.toMatchObject({ code: "E_INFEASIBLE" });
    expect([...model.weights]).toEqual(before);
  });

  it("is refused where the noise given is too small for the training alone", async () => {
    const tooQuiet = fit(dataset, { ...options, sigma: 1e-3, adaptiveEpsilon: 0.5 });
    await expect(tooQuiet).rejects.toMatchObject({
      code: "E_INFEASIBLE",
      message: expect.stringMatching(/noise/),
    });
    for (const adaptiveEpsilon of [0, -1, Number.NaN])
      await expect(fit(dataset, { ...options, adaptiveEpsilon })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("is refused where somebody has more rows than it is for", async () => {
    const tooFew = fit(people, { ...options, adaptiveEpsilon: 1, rowsPerRequest: 3 });
    await expect(tooFew).rejects.toMatchObject({ code: "E_OPTION", details: { mostRows: 4 } });
    expect(
      (await fit(people, { ...options, adaptiveEpsilon: 5, rowsPerRequest: 4 })).plan.budget?.records,
    ).toBe(4);
  });

  it("stays adaptive: what an earlier requester has written into the data is still there", async () => {
    const chosenIn = (payload: string | undefined): string =>
      statementOf(payload as string).predicate.request.chosen;
    const one = await (await fit(dataset, options)).forget(
      { rows: [0] },
      { signer, chosen: "independently" },
    );
    const two = await one.model.forget({ rows: [1] }, { signer, chosen: "adaptively" });
    const three = await two.model.forget({ rows: [2] }, { signer, chosen: "independently" });
    expect([one, two, three].map(({ certificate }) => chosenIn(certificate?.payload))).toEqual([
      "independently",
      "adaptively",
      "adaptively",
    ]);
  });

  it("cannot be made smaller, nor what was spent, by signing again", async () => {
    const model = await fit(dataset, { ...options, adaptiveEpsilon: 2, rowsPerRequest: 2 });
    const { certificate } = await model.forget({ rows: [1] }, { signer, chosen: "independently" });
    const statement = statementOf(certificate?.payload as string);
    expect(statement.predicate.request.chosen).toBe("independently");
    expect(statement.predicate.transcript.records).toBe(2);
    const issuesWith = (changes: object): string[] => {
      const transcript = { ...statement.predicate.transcript, ...changes };
      const forged = { ...statement, predicate: { ...statement.predicate, transcript } };
      return verify(signStatement(forged as Statement, signer), { publicKey: signer.publicKey }).issues.map(
        ({ code }) => code,
      );
    };
    const { mu, energy, epsilon } = statement.predicate.transcript;
    expect(issuesWith({ budgetMu: mu / 2 })).toContain("TRANSCRIPT_BUDGET_EXCEEDED");
    expect(issuesWith({ energy: energy / 2 })).toContain("TRANSCRIPT_ENERGY_FALSE");
    expect(issuesWith({ mu: mu / 2 })).toContain("TRANSCRIPT_MU_FALSE");
    expect(issuesWith({ epsilon: epsilon / 2 })).toContain("TRANSCRIPT_EPSILON_FALSE");
    expect(issuesWith({ records: 1 })).toContain("TRANSCRIPT_ENERGY_FALSE");
    expect(issuesWith({ records: 401 })).toContain("TRANSCRIPT_RECORDS_FALSE");
    expect(issuesWith({ statement: "Trust us." })).toContain("WORDING_TRANSCRIPT");
  });
});
