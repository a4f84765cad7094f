import { readFileSync } from "node:fs";
import { readPublicKey } from "expunge/verify";
import { describe, expect, it } from "vitest";
import { personOf } from "../packages/web/dashboard/checks/person.js";
import { check } from "../packages/web/verifier/check.js";
import { type Evidence, NOTHING, recognise, withFound } from "../packages/web/verifier/evidence.js";
import { computedWords, missingKeyWords } from "../packages/web/verifier/words.js";

const folder = new URL("certificates/", import.meta.url);
const { certificate, subject } = JSON.parse(readFileSync(new URL("v2-on-release.json", folder), "utf8"));
const issuer = readPublicKey(readFileSync(new URL("issuer.pub", folder), "utf8").trim());
const { id, salt, proof } = subject;

const start: Evidence = { ...NOTHING, certificate };
const withKey = (key: Uint8Array, ...texts: string[]): Evidence =>
  texts.reduce<Evidence>((found, text) => withFound(found, recognise(text).found), {
    ...start,
    keys: [{ key, isFetched: true }],
  });

describe("what is given to the public check", () => {
  it("may be a service's whole answer with the receipts of several people for several models", async () => {
    const certificateId = JSON.parse(Buffer.from(certificate.payload, "base64").toString()).predicate
      .certificateId;
    const of = (salt: string, certificateId: string) => ({ modelId: "m", certificateId, salt, proof });
    const other = "ab".repeat(32);
    const items = [
      { receipts: [of(other, certificateId), of(salt, "another")] },
      { receipts: [of(other, "another"), of(salt, certificateId)] },
    ];
    const answer = JSON.stringify({ items });
    expect(recognise(answer)).toMatchObject({ what: "4 receipts" });
    const evidence = withKey(issuer, answer);
    expect((await check(certificate, evidence, "")).person).toBeNull();
    expect((await check(certificate, evidence, id)).person).toMatchObject({ id, isMeant: true });
    expect((await check(certificate, evidence, "eve@example.com")).person).toMatchObject({ isMeant: false });
  });

  it("is found without trying each of thousands of receipts", async () => {
    const receipts = Array.from({ length: 5000 }, (_, i) => ({
      salt: i.toString(16).padStart(64, "0"),
      proof,
    }));
    const answer = JSON.stringify({
      items: [...receipts, { salt, proof }].map((one) => ({ receipts: [one] })),
    });
    const { person } = await check(certificate, withKey(issuer, answer), id);
    expect(person).toMatchObject({ id, isMeant: true });
  });

  it("is found by every spelling of an id that some model takes for the same", async () => {
    const other = { subject: "other@example.com", salt: "ab".repeat(32), proof };
    for (const spelling of [`${id}\u200b`, `\u00a0${id.toUpperCase()}`, id.replace("a", "a\u00ad")]) {
      const lines = [other, { subject: spelling, salt, proof }].map((one) => JSON.stringify(one)).join("\n");
      const { person } = await check(certificate, withKey(issuer, lines), id);
      expect({ spelling, person }).toMatchObject({ person: { id, isMeant: true } });
    }
  });

  it("is said to have been cut off where it was, in one line or in many", () => {
    const whole = JSON.stringify(certificate, null, 2);
    for (const text of [whole.slice(0, 400), JSON.stringify(certificate).slice(0, 400)])
      expect(() => recognise(text)).toThrow(/^This is no JSON: it is no certificate.*, or was cut off\.$/);
    const receipt = JSON.stringify({ salt, proof });
    expect(() => recognise(`${receipt}\n${receipt.slice(0, 50)}`)).toThrow(/^Line 2: expected a receipt/);
  });
});

describe("receipts that the dashboard checks a certificate for a person with", () => {
  const other = { subject: "other@example.com", salt: "ab".repeat(32), proof };
  const own = { subject: id, salt, proof };
  const asked = (receipt: unknown, typed = "") =>
    personOf(certificate, {
      id: typed,
      receipt: typeof receipt === "string" ? receipt : JSON.stringify(receipt),
    });

  it("are those that the public check takes", () => {
    expect(asked("")).toBeNull();
    const expected = { id, salt, proof };
    expect(asked(own)).toEqual(expected);
    expect(asked({ salt, proof }, id)).toEqual(expected);
    expect(asked([other, own].map((one) => JSON.stringify(one)).join("\n"), id)).toEqual(expected);
    const answer = { items: [{ receipts: [{ salt: other.salt, proof }] }, { receipts: [{ salt, proof }] }] };
    expect(asked(answer, id)).toEqual(expected);
    expect(asked(` ${salt}\n`, id)).toEqual({ id, salt });
  });

  it("say what is missing", () => {
    const refusal = (message: RegExp) =>
      expect.objectContaining({ code: "E_CERTIFICATE", message: expect.stringMatching(message) });
    const lines = [other, own].map((one) => JSON.stringify(one)).join("\n");
    expect(() => asked("", id)).toThrow(refusal(/^Give the person’s receipt, too/));
    expect(() => asked(salt)).toThrow(refusal(/^Give the id of the person/));
    expect(() => asked(lines)).toThrow(refusal(/^The receipts name 2 people: give the id/));
    expect(() => asked("{", id)).toThrow(refusal(/^The receipt is no JSON/));
    expect(() => asked(certificate, id)).toThrow(refusal(/^This JSON is no receipt/));
    expect(() => asked(`${JSON.stringify(own)}\n{`, id)).toThrow(refusal(/^Line 2: expected a receipt/));
  });
});

describe("a certificate that no key given has signed", () => {
  it("is not checked, rather than refused, where it names another key", async () => {
    const found = await check(certificate, withKey(new Uint8Array(32).fill(1)), "");
    const keyid = certificate.signatures[0].keyid;
    expect(found.missingKey).toEqual({ fingerprint: keyid, areAllFetched: true });
    expect(missingKeyWords(found.missingKey as NonNullable<typeof found.missingKey>)).toBe(
      `Not checked: it says that key ${keyid} signed it, which is not one of this server’s. Give the issuer’s key below. Until then nothing that this certificate claims should be relied on.`,
    );
    expect(found.verification.ok).toBe(false);
  });

  it("is refused where the key that it names is there, without a word of numbers that were computed", async () => {
    const payload = certificate.payload.replace("ey", "ez");
    const altered = { ...certificate, payload };
    const found = await check(altered, withKey(issuer), "");
    expect(found.missingKey).toBeNull();
    expect(found.verification.ok).toBe(false);
    expect(computedWords(found.checks)).toMatch(/^An earlier check failed, so not every/);
    const whole = await check(certificate, withKey(issuer), "");
    expect(whole.verification.ok).toBe(true);
    expect(computedWords(whole.checks)).toMatch(/^It computed every number of the claim again/);
  });
});
