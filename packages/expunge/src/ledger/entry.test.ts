import { createHmac } from "node:crypto";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { subjectDigest } from "../certificate/verify.js";
import { jsonDigest, sha256Hex, toBase64 } from "../records/bytes.js";
import { canonicalJson } from "../records/canonical-json.js";
import {
  type CertificateEntry,
  checkEntry,
  commitTo,
  createSalt,
  decodeEntry,
  encodeEntry,
  entryTime,
  type RequestEntry,
} from "./entry.js";

const base = {
  version: 1,
  time: "2026-01-31T12:00:00Z",
  requestId: "3f2b8f5e-8a4c-4f0e-9d3a-0123456789ab",
  modelId: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
} as const;
const digest = (letter: string) => letter.repeat(64);
const request: RequestEntry = { ...base, kind: "request", commitment: digest("c") };
const certificate: CertificateEntry = {
  ...base,
  kind: "certificate",
  certificateDigest: digest("d"),
  modelBefore: digest("e"),
  modelAfter: digest("f"),
};
const cancelled = { ...base, kind: "cancelled" } as const;

describe("an entry", () => {
  it.each([request, certificate, cancelled])("of kind $kind is written and read", (entry) => {
    expect(checkEntry(entry)).toEqual([]);
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
  });

  it("is the canonical JSON of its fields", () => {
    expect(new TextDecoder().decode(encodeEntry(cancelled))).toBe(
      `{"kind":"cancelled","modelId":"${base.modelId}","requestId":"${base.requestId}","time":"${base.time}","version":1}`,
    );
  });

  it.each([
    ["version", { ...cancelled, version: 2 }],
    ["kind", { ...cancelled, kind: "other" }],
    ["kind", { ...cancelled, kind: "toString" }],
    ["time", { ...cancelled, time: "2026-02-30T12:00:00Z" }],
    ["time", { ...cancelled, time: "2026-01-31T12:00:00.123Z" }],
    ["time", { ...cancelled, time: "2026-01-31T12:00:00+01:00" }],
    ["requestId", { ...cancelled, requestId: "person-0@example.com" }],
    ["requestId", { ...cancelled, requestId: base.requestId.toUpperCase() }],
    ["requestId", { ...cancelled, requestId: base.requestId.replace("-4f0e", "-1f0e") }],
    ["modelId", { ...cancelled, modelId: "credit-risk" }],
    ["modelId", { ...cancelled, modelId: undefined }],
    ["commitment", { ...request, commitment: "person-0@example.com" }],
    ["commitment", { ...request, commitment: digest("C") }],
    ["certificateDigest", { ...certificate, certificateDigest: null }],
    ["modelBefore", { ...certificate, modelBefore: "" }],
  ])("is refused for its %s", (field, entry) => {
    expect(checkEntry(entry).map(({ path }) => path)).toEqual([`entry.${field}`]);
    expect(() => encodeEntry(entry as RequestEntry)).toThrow(`Expected entry.${field}`);
  });

  it.each(["subject", "subjects", "subjectDigest", "email", "tenant", "rows", "salt", "__proto__", "note"])(
    "is refused with a field %s",
    (field) => {
      const entry = JSON.parse(`${JSON.stringify(request).slice(0, -1)},"${field}":"person-0@example.com"}`);
      expect(checkEntry(entry)).toMatchObject([{ path: `entry.${field}`, expected: "no such field" }]);
    },
  );

  it("is refused without a field, and where it is no object", () => {
    for (const key of Object.keys(certificate)) {
      const { [key]: _, ...rest } = certificate as unknown as Record<string, unknown>;
      expect(checkEntry(rest).map(({ path }) => path)).toContain(`entry.${key}`);
    }
    for (const value of [null, [], "text", 1, undefined]) expect(checkEntry(value)).toHaveLength(1);
  });

  it("has one spelling: other JSON of the same value is refused", () => {
    const text = new TextDecoder().decode(encodeEntry(request));
    const spellings = [
      ` ${text}`,
      `${text}\n`,
      text.replace(":1}", ":1.0}"),
      text.replace(":1}", ':1,"version":1}'),
      text.replace("request", "\\u0072equest"),
      JSON.stringify(request),
      `\ufeff${text}`,
    ];
    for (const spelling of spellings) expect(() => decodeEntry(utf8ToBytes(spelling))).toThrow("Expected");
    expect(() => decodeEntry(Uint8Array.of(0xff))).toThrow("Expected entry");
  });

  it("takes its time from a date, cut to the second", () => {
    expect(entryTime(new Date("2026-01-31T12:00:00.999Z"))).toBe("2026-01-31T12:00:00Z");
  });
});

describe("what an entry gives away", () => {
  const subject = "person-0@example.com";
  const salt = createSalt();
  const asked = { subjects: [subject], epsilon: 1 };
  const text = new TextDecoder().decode(encodeEntry({ ...request, commitment: commitTo(asked, salt) }));

  it("is no subject id, in no spelling", () => {
    for (const spelling of [subject, "person-0", "example.com", toBase64(utf8ToBytes(subject))])
      expect(text).not.toContain(spelling);
  });

  it("is no digest that someone who guesses the subject, or the whole request, could compute", () => {
    const ids = [base.requestId, base.modelId, base.time, ""];
    const guesses = [
      sha256Hex(subject),
      jsonDigest(subject),
      jsonDigest(asked),
      ...ids.flatMap((id) => [
        subjectDigest(subject, id),
        sha256Hex(`${id}${subject}`),
        sha256Hex(`${subject}${id}`),
      ]),
      commitTo(asked, digest("0")),
      commitTo(subject, digest("0")),
    ];
    for (const guess of guesses) expect(text).not.toContain(guess);
  });

  it("differs between equal requests, for each has its salt", () => {
    const commitments = Array.from({ length: 100 }, () => commitTo(asked, createSalt()));
    expect(new Set(commitments).size).toBe(100);
  });

  it("binds: with its salt the commitment opens to this request only", () => {
    expect(text).toContain(commitTo({ epsilon: 1, subjects: [subject] }, salt));
    expect(text).not.toContain(commitTo({ ...asked, epsilon: 2 }, salt));
    expect(text).not.toContain(salt);
  });

  it("is committed to under a whole salt only", () => {
    for (const bad of ["", "00", digest("A"), subject])
      expect(() => commitTo(asked, bad)).toThrow(RangeError);
    expect(createSalt()).toMatch(/^[0-9a-f]{64}$/);
  });

  it("commits by HMAC-SHA256 as Node's", () => {
    const key = createSalt();
    const expected = createHmac("sha256", Buffer.from(key, "hex")).update(canonicalJson(asked)).digest("hex");
    expect(commitTo(asked, key)).toBe(expected);
  });
});
