import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromAnyBase64, toBase64 } from "./bytes.js";
import { canonicalJson } from "./canonical-json.js";
import { DEEPEST_JSON, readStrictJson } from "./strict-json.js";

describe("strict JSON", () => {
  it("is what JSON.parse reads, for every value that is not too deep", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = canonicalJson(value);
        expect(readStrictJson(text)).toEqual({ fault: null, value: JSON.parse(text) });
        expect(readStrictJson(JSON.stringify(value, null, 3)).fault).toBeNull();
      }),
    );
  });

  it("is never an exception, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (text) => void readStrictJson(text)));
    const brackets = fc.array(fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", "a"), {
      maxLength: 200,
    });
    fc.assert(fc.property(brackets, (parts) => void readStrictJson(parts.join(""))));
  });

  it("names what is wrong", () => {
    expect(readStrictJson("\ufeff{}").fault).toBe("BYTE_ORDER_MARK");
    expect(readStrictJson("{").fault).toBe("NOT_JSON");
    expect(readStrictJson('{"a":1,"b":{"c":1,"c":2}}')).toMatchObject({
      fault: "DUPLICATE_KEY",
      actual: "c",
    });
    expect(readStrictJson('{"a" : 1, "\\u0061" :2}')).toMatchObject({ fault: "DUPLICATE_KEY", actual: "a" });
    expect(readStrictJson('{"a":["a","a"],"b":"a"}').fault).toBeNull();
    expect(readStrictJson('[{"a":1},{"a":1}]').fault).toBeNull();
    expect(readStrictJson('{"__proto__":1,"__proto__":2}').fault).toBe("DUPLICATE_KEY");
    const deep = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(readStrictJson(deep(DEEPEST_JSON)).fault).toBeNull();
    expect(readStrictJson(deep(DEEPEST_JSON + 1)).fault).toBe("TOO_DEEP");
    expect(readStrictJson(`"${"[".repeat(100)}"`).fault).toBeNull();
    expect(readStrictJson(`"\\"${"[".repeat(100)}"`).fault).toBeNull();
  });
});

describe("base64 in any alphabet", () => {
  it("is read in both, with padding and without, for all bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = toBase64(bytes);
        const url = text.replaceAll("+", "-").replaceAll("/", "_");
        for (const one of [text, url, text.replace(/=+$/, ""), url.replace(/=+$/, "")])
          expect(fromAnyBase64(one)).toEqual(bytes);
      }),
    );
  });

  it("has no white space, one alphabet, whole padding and no stray bits", () => {
    for (const text of [
      "AA ==",
      "AAAA\n",
      "A",
      "AA=",
      "AAA==",
      "AB==",
      "AAB=",
      "+A-A",
      "A===",
      "=",
      "====",
      "é",
    ])
      expect(fromAnyBase64(text)).toBeNull();
    expect(fromAnyBase64("")).toEqual(new Uint8Array(0));
  });
});
