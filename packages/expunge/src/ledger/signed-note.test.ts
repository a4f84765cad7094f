import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { bitFlips } from "../../testing/ledgers.js";
import { createSigner } from "../certificate/dsse.js";
import { fromBase64, toBase64 } from "../records/bytes.js";
import { createNoteSigner, createNoteVerifier, formatVerifierKey, parseVerifierKey } from "./note-key.js";
import { checkSignatures, openNote, parseNote, signNote } from "./signed-note.js";

/* Keys and notes of golang.org/x/mod/sumdb/note, note_test.go. */
const PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_SIG =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_SIG =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

const peter = parseVerifierKey(PETER_KEY);
const enoch = parseVerifierKey(ENOCH_KEY);
const peterSigner = createNoteSigner("PeterNeumann", createSigner(fromBase64(PETER_SECRET).slice(1)));

describe("a verifier key", () => {
  it("of Go's tests is read and written", () => {
    expect(formatVerifierKey(peter)).toBe(PETER_KEY);
    expect(formatVerifierKey(enoch)).toBe(ENOCH_KEY);
    expect(peter).toEqual(createNoteVerifier("PeterNeumann", peter.publicKey));
  });

  it("is refused when cut anywhere or changed in any character", () => {
    for (let i = 0; i <= PETER_KEY.length; i++) {
      for (let j = i + 1; j <= PETER_KEY.length; j++) {
        if (i !== 0 || j !== PETER_KEY.length)
          expect(() => parseVerifierKey(PETER_KEY.slice(i, j))).toThrow();
      }
    }
    for (let i = 0; i < PETER_KEY.length; i++) {
      const next = String.fromCharCode(PETER_KEY.charCodeAt(i) + 1);
      expect(() => parseVerifierKey(PETER_KEY.slice(0, i) + next + PETER_KEY.slice(i + 1))).toThrow();
    }
  });

  it.each([
    ["wrong length", "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="],
    ["unknown algorithm", "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
    ["space in the name", PETER_KEY.replace("Neumann", " Neumann")],
  ])("is refused: %s", (_, key) => {
    expect(() => parseVerifierKey(key)).toThrow(expect.objectContaining({ code: "E_KEY" }));
  });

  it.each(["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\nb", "a\u0001b", "\ud800"])(
    "is not made with the name %j",
    (name) => {
      expect(() => createNoteVerifier(name, peter.publicKey)).toThrow(
        expect.objectContaining({ code: "E_KEY" }),
      );
    },
  );
});

describe("a note", () => {
  it("is signed to the very bytes of Go's", () => {
    expect(signNote(TEXT, [peterSigner])).toBe(`${TEXT}\n${PETER_SIG}`);
  });

  it("of several signatures is opened by any of its keys, or both", () => {
    const note = `${TEXT}\n${PETER_SIG}${ENOCH_SIG}`;
    for (const keys of [[peter], [enoch], [peter, enoch]]) expect(openNote(note, keys).text).toBe(TEXT);
    expect(openNote(utf8ToBytes(note), [peter]).text).toBe(TEXT);
    const { verified, failed, unknown } = checkSignatures(parseNote(note), [peter]);
    expect([verified, failed, unknown].map((list) => list.map(({ name }) => name))).toEqual([
      ["PeterNeumann"],
      [],
      ["EnochRoot"],
    ]);
  });

  it("is not opened without a known key, nor where a known key's signature fails beside a good one", () => {
    const note = `${TEXT}\n${PETER_SIG}`;
    expect(() => openNote(note, [enoch])).toThrow("Expected a note signed by EnochRoot+af0cfe78.");
    expect(() => openNote(note, [])).toThrow("signed by a known key");
    const wrong = ENOCH_SIG.replace("5n2tiOHp", "5n2tiOHq");
    expect(() => openNote(`${note}${wrong}`, [peter, enoch])).toThrow("EnochRoot+af0cfe78 is not valid");
    expect(openNote(`${note}${wrong}`, [peter]).text).toBe(TEXT);
  });

  it("may hold empty lines: the last one divides", () => {
    const text = "a\n\nb\n";
    expect(openNote(signNote(text, [peterSigner]), [peter]).text).toBe(text);
  });

  it.each([
    ["no signature", TEXT],
    ["an empty signature part", `${TEXT}\n`],
    ["no final newline", `${TEXT}\n${PETER_SIG.slice(0, -1)}`],
    ["a control character", `\u0001${TEXT}\n${PETER_SIG}`],
    ["a carriage return", `${TEXT.replace("\n", "\r\n")}\n${PETER_SIG}`],
    ["half a surrogate pair", `\ud800${TEXT}\n${PETER_SIG}`],
    ["a bad name", `${TEXT}\n${PETER_SIG.replace("PeterNeumann", "Peter Neumann")}`],
    ["a plus in the name", `${TEXT}\n${PETER_SIG.replace("PeterNeumann", "Peter+Neumann")}`],
    ["a no-break space in the name", `${TEXT}\n${PETER_SIG.replace("PeterNeumann", "Peter\u00a0Neumann")}`],
    ["a stray line", `${TEXT}\n${PETER_SIG}Unexpected line.\n`],
    ["a hyphen for a dash", `${TEXT}\n${PETER_SIG.replace("—", "-")}`],
    ["too many signatures", `${TEXT}\n${PETER_SIG.repeat(101)}`],
    ["stray bits in the base64", `${TEXT}\n${PETER_SIG.replace("AM=", "AN=")}`],
    ["a signature of no bytes", `${TEXT}\n— a ${toBase64(new Uint8Array(4))}\n`],
    ["too much text", `${"a".repeat(2 ** 20)}\n\n${PETER_SIG}`],
  ])("is refused: %s", (_, note) => {
    expect(() => parseNote(note)).toThrow(/^Malformed note/);
  });

  it("is refused where it is not UTF-8", () => {
    expect(() => parseNote(Uint8Array.of(0xff, ...utf8ToBytes(`${TEXT}\n${PETER_SIG}`)))).toThrow("UTF-8");
  });

  it("is not opened after any bit of it is flipped, nor with a byte order mark", () => {
    const note = utf8ToBytes(`${TEXT}\n${PETER_SIG}`);
    for (const flipped of bitFlips(note)) expect(() => openNote(flipped, [peter])).toThrow(/./);
    expect(() => openNote(Uint8Array.of(0xef, 0xbb, 0xbf, ...note), [peter])).toThrow("not valid");
  });

  it("is not opened with S + L in place of S", () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const signature = fromBase64(elementAt(PETER_SIG.split(" "), 2).trim());
    const s = signature.slice(36).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + order;
    signature.set(
      Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 255n)),
      36,
    );
    expect(() => openNote(`${TEXT}\n— PeterNeumann ${toBase64(signature)}\n`, [peter])).toThrow("not valid");
  });

  it("is not opened with a key of small order, under which one signature fits every text", () => {
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    const weak = createNoteVerifier("weak", identity);
    const line = (signature: Uint8Array) =>
      toBase64(Uint8Array.of(...hexToBytes(weak.keyHash), ...signature));
    const note = `${TEXT}\n— weak ${line(Uint8Array.of(...identity, ...new Uint8Array(32)))}\n`;
    expect(() => openNote(note, [weak])).toThrow("not valid");
  });

  it("is not signed where it could not be read back", () => {
    expect(() => signNote("no newline", [peterSigner])).toThrow("Malformed note");
    expect(() => signNote(TEXT, [])).toThrow("Malformed note");
    expect(() => signNote("", [peterSigner])).toThrow("Malformed note");
  });
});
