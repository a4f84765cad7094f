import { afterEach, describe, expect, it, vi } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { isThorough } from "../../../../test/thorough.js";
import {
  decode,
  PaperModel,
  planOf,
  resigned,
  SIGNER,
  signed,
  signedText,
  withField,
} from "../../testing/certificates.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { Envelope } from "../records/certificate.js";
import { createSigner } from "./dsse.js";
import { MAX_TEXT } from "./open-envelope.js";
import { verify } from "./verify.js";

const { publicKey } = SIGNER;
const certificate = new PaperModel(planOf()).certify();
const statement = decode(certificate);
const text = canonicalJson(statement);
const signature = elementAt(certificate.signatures, 0);

const codes = (envelope: unknown): string[] =>
  verify(envelope as Envelope, { publicKey }).issues.map(({ code }) => code);

afterEach(() => void vi.restoreAllMocks());

describe("an envelope as others write it", () => {
  const url = (base64: string): string => base64.replaceAll("+", "-").replaceAll("/", "_");
  const bare = (base64: string): string => base64.replace(/=+$/, "");

  it("verifies in either alphabet, with padding or without", () => {
    for (const spell of [url, bare, (base64: string) => bare(url(base64))]) {
      const sig = spell(signature.sig);
      expect(codes({ ...certificate, payload: spell(certificate.payload), signatures: [{ sig }] })).toEqual(
        [],
      );
    }
  });

  it("verifies without a key id, with a foreign one, with null, and beside signatures of others", () => {
    const { sig } = signature;
    const stranger = createSigner(new Uint8Array(32).fill(9));
    const [other] = signedText(text, stranger).signatures;
    for (const signatures of [
      [{ sig }],
      [{ sig, keyid: "" }],
      [{ sig, keyid: stranger.keyId }],
      [{ sig, keyid: null }],
      [other, { sig, keyid: "x" }],
      [{ sig: "", keyid: "x" }, { sig: "!" }, { sig: "A".repeat(1000) }, { sig }],
      [...Array(7).fill(other), { sig }],
    ])
      expect(codes({ ...certificate, signatures })).toEqual([]);
    expect(codes({ ...certificate, signatures: [other] })).toEqual(["SIGNATURE"]);
    expect(codes({ ...certificate, signatures: [] })).toEqual(["SIGNATURE"]);
    expect(codes({ ...certificate, somethingElse: 1 })).toEqual([]);
  });

  it("may be printed at leisure, but no key stands in it twice", () => {
    expect(codes(JSON.stringify(certificate, null, 4))).toEqual([]);
    const twice = JSON.stringify(certificate).replace("{", '{"payload":"AAAA",');
    expect(codes(twice)).toEqual(["DUPLICATE_KEY"]);
    expect(codes(JSON.stringify(certificate).replace("{", '{"pay\\u006coad":"AAAA",'))).toEqual([
      "DUPLICATE_KEY",
    ]);
  });
});

describe("an envelope that is none", () => {
  it("is said to begin with a byte order mark where it does", () => {
    const [issue] = verify(`\ufeff${JSON.stringify(certificate)}`, { publicKey }).issues;
    expect(issue).toMatchObject({ code: "BYTE_ORDER_MARK", path: "envelope" });
    expect(String(issue?.actual)).toContain("byte order mark");
  });

  it("gets an answer, not an exception", () => {
    const { payload, payloadType } = certificate;
    for (const value of [
      "",
      "not json",
      "null",
      "[]",
      "7",
      null,
      undefined,
      7,
      [],
      {},
      { payload },
      { payload, payloadType },
      { payload, payloadType, signatures: {} },
      { payload, payloadType, signatures: [null] },
      { payload, payloadType, signatures: [{ keyid: "x" }] },
      { payload, payloadType, signatures: [{ sig: "", keyid: 7 }] },
      { payload: 7, payloadType, signatures: [signature] },
    ])
      expect(codes(value)).toEqual(["ENVELOPE"]);
    expect(codes({ ...certificate, payloadType: "text/plain" })).toEqual(["PAYLOAD_TYPE"]);
  });

  it("is refused where its base64 has white space, a mixed alphabet, stray bits or padding out of place", () => {
    const { payload } = certificate;
    const broken = [
      ` ${payload}`,
      `${payload}\n`,
      `${payload.slice(0, 40)}\n${payload.slice(40)}`,
      `${payload.slice(0, 40)}\t${payload.slice(40)}`,
      `${payload}====`,
      `${payload.slice(0, 8)}=${payload.slice(8)}`,
      `-_${"A".repeat(6)}+/`,
      "A",
      "AB",
      "AA=",
      "é",
    ];
    for (const one of broken) expect(codes({ ...certificate, payload: one })).toEqual(["BASE64"]);
    const { sig } = signature;
    expect(codes({ ...certificate, signatures: [{ sig: `${sig} ` }] })).toEqual(["SIGNATURE"]);
  });

  it("is refused by its size before anything else: text, payload, and the number of signatures", () => {
    const parse = vi.spyOn(JSON, "parse");
    const long = "A".repeat(MAX_TEXT + 4);
    expect(codes(`{"payload":"${long}"}`)).toEqual(["TOO_LARGE"]);
    expect(codes({ ...certificate, payload: long })).toEqual(["TOO_LARGE"]);
    expect(codes({ ...certificate, signatures: Array(9).fill(signature) })).toEqual(["TOO_MANY_SIGNATURES"]);
    expect(parse).not.toHaveBeenCalled();
  });
});

describe("the signature", () => {
  it("comes before content: where it fails nothing of the payload is decoded, parsed or computed", () => {
    const decodeText = vi.spyOn(TextDecoder.prototype, "decode");
    const parse = vi.spyOn(JSON, "parse");
    const exp = vi.spyOn(Math, "exp");
    const unsigned = { ...certificate, signatures: [{ sig: "A".repeat(86) }] };
    const { ok, holds, issues, statement: read } = verify(unsigned, { publicKey, model: "0".repeat(64) });
    expect({ ok, holds, read, codes: issues.map(({ code }) => code) }).toEqual({
      ok: false,
      holds: null,
      read: null,
      codes: ["SIGNATURE"],
    });
    for (const spy of [decodeText, parse, exp]) expect(spy).not.toHaveBeenCalled();
  });

  it("is over the very bytes, whatever JSON they may be", () => {
    const swapped = signedText(text.replace('"version":2', '"version":3'));
    expect(codes({ ...certificate, payload: swapped.payload })).toEqual(["SIGNATURE"]);
  });
});

describe("a payload in another spelling, signed as it is", () => {
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["a key twice", text.replace('"version":2', '"version":3,"version":2'), "DUPLICATE_KEY"],
    [
      "a key twice, once in escapes",
      text.replace('"version":2', '"ver\\u0073ion":3,"version":2'),
      "DUPLICATE_KEY",
    ],
    ["a byte order mark", `\ufeff${text}`, "BYTE_ORDER_MARK"],
    ["1.0e0 for 1", text.replace('"number":1,', '"number":1.0e0,'), "NOT_CANONICAL"],
    ["-0 for 0", text.replace('"count":0,', '"count":-0,'), "NOT_CANONICAL"],
    [
      "more digits than needed",
      text.replace('"number":1,', '"number":1.00000000000000000001,'),
      "NOT_CANONICAL",
    ],
    ["a number beyond float64", text.replace('"number":1,', '"number":1e999,'), "NOT_CANONICAL"],
    ["a space", text.replace(":", ": "), "NOT_CANONICAL"],
    ["a line end", `${text}\n`, "NOT_CANONICAL"],
    ["an escape that is not needed", text.replace('"expunge"', '"e\\u0078punge"'), "NOT_CANONICAL"],
    [
      "keys in another order",
      JSON.stringify(Object.fromEntries(Object.entries(statement).reverse())),
      "NOT_CANONICAL",
    ],
    ["a comment", `${text}//`, "PAYLOAD"],
    ["no object", "[]", "PAYLOAD"],
    ["no JSON", "", "PAYLOAD"],
    ["no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), "PAYLOAD"],
    ["lists within lists", text.replace("null", `${"[".repeat(60_000)}1${"]".repeat(60_000)}`), "TOO_DEEP"],
    ["brackets without end", "[".repeat(150_000), "TOO_DEEP"],
    ["objects within objects", '{"a":'.repeat(30_000), "TOO_DEEP"],
  ];
  it.each(cases)("%s is refused", (_, payload, code) => {
    expect(payload).not.toBe(text);
    const { ok, issues, statement: read } = verify(signedText(payload), { publicKey });
    expect({ ok, read, codes: issues.map((issue) => issue.code) }).toEqual({
      ok: false,
      read: null,
      codes: [code],
    });
  });

  it("but its one spelling verifies", () => {
    expect(codes(signedText(text))).toEqual([]);
    expect(Buffer.from(certificate.payload, "base64").toString()).toBe(text);
  });

  it("with brackets in its texts is not taken for deep", () => {
    const odd = withField(statement, "predicate.generator.version", `0.1.0-${"[".repeat(100)}`);
    expect(codes(signed(odd))).toContain("SHAPE_GENERATOR_VERSION");
  });
});

/** Calls of what every loop of the accountant has in its body. */
function countWork(check: () => void): number {
  const spies = [
    vi.spyOn(Math, "exp"),
    vi.spyOn(Math, "expm1"),
    vi.spyOn(Math, "log"),
    vi.spyOn(Map.prototype, "set"),
  ];
  check();
  const calls = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  vi.restoreAllMocks();
  return calls;
}

describe("a certificate made to keep the verifier busy", () => {
  const huge = 1e15;
  const limit = { epsilon: 3, delta: 1e-4, records: 2 };
  const noised = decode(new PaperModel(planOf({ sigma: 1.5, limit })).certify());

  it("costs no more where any number, or all of them, are 1e15 or as small", () => {
    const usual = countWork(() => void codes(resigned(noised)));
    for (const statement of [noised, decode(certificate)]) {
      for (const value of isThorough ? [huge, 2 ** 53 - 1, 1e-300, 0, 1, 1.7e308] : [huge, 1e-300]) {
        const paths = numbersIn(statement.predicate);
        for (const path of paths) {
          const calls = countWork(
            () => void codes(resigned(withField(statement, `predicate.${path}`, value))),
          );
          expect(calls, `${path} = ${value}`).toBeLessThan(20 * usual + 20_000);
        }
        const all = paths.reduce(
          (changed, path) => withField(changed, `predicate.${path}`, value),
          statement,
        );
        expect(countWork(() => expect(codes(resigned(all))).not.toEqual([]))).toBeLessThan(20 * usual);
      }
    }
  });

  it("does not begin sums that would take long: of many records, many places, many starts", () => {
    // A course that fits together, of eight million batches.
    const vast = new PaperModel(planOf({ rowCount: 2 ** 23, batchSize: 1, l2: 0, sigma: 1e4, limit }));
    const honest = decode(vast.certify());
    expect(codes(resigned(honest))).toEqual([]);
    const records = resigned(withField(honest, "predicate.disclosure.records", 2 ** 22));
    expect(countWork(() => expect(codes(records)).toContain("DISCLOSURE_TOO_LARGE"))).toBeLessThan(1e5);
    // Places alone are left out where they would take long: every stretch counts at its worst.
    const many = { rowCount: 2 ** 21, batchSize: 1, l2: 0, sigma: 1e4, epochs: 20, radius: 1e-3, limit };
    expect(countWork(() => expect(codes(new PaperModel(planOf(many)).certify())).toEqual([]))).toBeLessThan(
      1e5,
    );
  });

  it("is refused where its lists are longer than any that is issued", () => {
    const long = (count: number): number[] => Array.from({ length: count }, () => 1);
    const lists: readonly (readonly [string, unknown])[] = [
      ["disclosure.lengths", long(2049)],
      ["disclosure.older", long(129).map((_, i) => ({ length: i + 1, count: 1 }))],
      ["timeline.cells.steps", long(257)],
      ["timeline.cells.shifts", long(257)],
      ["request.slots", long(513).map((_, batch) => ({ batch, count: 1 }))],
      ["notCovered", Array(65).fill("x")],
    ];
    for (const [path, value] of lists)
      expect(codes(resigned(withField(noised, `predicate.${path}`, value)))).toEqual([
        `SHAPE_${path
          .replace(/([A-Z])/g, "_$1")
          .replaceAll(".", "_")
          .toUpperCase()}`,
      ]);
  });
});

/** Paths of all numbers in a predicate, those in lists by their place. */
function numbersIn(value: unknown, prefix = ""): string[] {
  if (typeof value === "number") return [prefix];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .slice(0, 40)
    .flatMap(([key, item]) => numbersIn(item, prefix === "" ? key : `${prefix}.${key}`));
}
