import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixtures } from "../../testing/certificate-fixtures.js";
import { canonicalJson } from "../records/canonical-json.js";
import { verify } from "./verify.js";

const folder = new URL("../../../../test/certificates/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

/** Issued before certificates named the builds of the kernels, and the labels. */
const BEFORE_BUILDS = ["v2-on-release", "v2-every-step-adaptive", "v2-weighted"];

describe("certificates that were issued once verify for ever", () => {
  const publicKey = read("issuer.pub");

  it.each([...BEFORE_BUILDS, "v2-builds-and-labels"])("%s", (name) => {
    const { certificate, expected, subject, model, modelBefore } = JSON.parse(read(`${name}.json`));
    const now = new Date("2026-02-01T00:00:00Z");
    const { ok, issues, holds } = verify(certificate, { publicKey, model, modelBefore, subject, now });
    expect(issues).toEqual([]);
    expect({ ok, holds }).toEqual({ ok: true, holds: expected });
  });
});

describe("the generator of the fixtures", () => {
  it("still makes what version 2 means: the same statements but for the last digits, the package's version, and two texts that came later", () => {
    for (const [name, { certificate }] of Object.entries(fixtures())) {
      const shapeOf = (payload: string): string => {
        const statement = JSON.parse(Buffer.from(payload, "base64").toString());
        statement.predicate.generator.version = "";
        delete statement.predicate.seals;
        if (BEFORE_BUILDS.includes(name)) {
          delete statement.predicate.assumptions;
          delete statement.predicate.notCovered;
        }
        return canonicalJson(rounded(statement));
      };
      const kept = JSON.parse(read(`${name}.json`)).certificate;
      expect(shapeOf(certificate.payload), name).toBe(shapeOf(kept.payload));
    }
  });
});

/** Numbers to ten digits. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(10));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
}
