import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixtures } from "../../testing/certificate-fixtures.js";
import { canonicalJson } from "../records/canonical-json.js";
import { verify } from "./verify.js";

const folder = new URL("../../../../test/certificates/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

describe("certificates that were issued once verify for ever", () => {
  const publicKey = read("issuer.pub");

  it.each(["v2-on-release", "v2-every-step-adaptive", "v2-weighted"])("%s", (name) => {
    const { certificate, expected, subject, model, modelBefore } = JSON.parse(read(`${name}.json`));
    const now = new Date("2026-02-01T00:00:00Z");
    const { ok, issues, holds } = verify(certificate, { publicKey, model, modelBefore, subject, now });
    expect(issues).toEqual([]);
    expect({ ok, holds }).toEqual({ ok: true, holds: expected });
  });
});

describe("the generator of the fixtures", () => {
  it("still makes what version 2 means: the same statements but for the last digits and the package's version", () => {
    for (const [name, { certificate }] of Object.entries(fixtures())) {
      const shapeOf = (payload: string): string => {
        const statement = JSON.parse(Buffer.from(payload, "base64").toString());
        statement.predicate.generator.version = "";
        delete statement.predicate.seals;
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
