import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chachaBlock, keyWords, quarterRound } from "./chacha.js";

function block(key: Uint8Array, counter: number, nonce: number[]): Uint32Array {
  const words = new Uint32Array(16);
  chachaBlock(keyWords(key), counter, nonce, words);
  return words;
}

const hex = (words: Uint32Array) => Array.from(words, (w) => w.toString(16).padStart(8, "0")).join(" ");

describe("chachaBlock", () => {
  it("RFC 8439, section 2.1.1: the quarter round", () => {
    const x = Uint32Array.of(0x11111111, 0x01020304, 0x9b8d6f43, 0x01234567);
    quarterRound(x, 0, 1, 2, 3);
    expect(hex(x)).toBe("ea2a92f4 cb1cf8ce 4581472e 5881c4bb");
  });

  it("RFC 8439, section 2.3.2: the block function", () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(hex(block(key, 1, [0x09000000, 0x4a000000, 0]))).toBe(
      "e4e7f110 15593bd1 1fdd0f50 c47120a3 c7f4d1c7 0368c033 9aaa2204 4e6cd4c3 " +
        "466482d2 09aa9f07 05d7c214 a2028bd9 d19c12b5 b94e16de e883d0cb 4e3c50a2",
    );
  });

  it("RFC 8439, appendix A.1, vectors 1 and 2: the zero key", () => {
    const zero = new Uint8Array(32);
    expect(hex(block(zero, 0, [0, 0, 0]))).toBe(
      "ade0b876 903df1a0 e56a5d40 28bd8653 b819d2bd 1aed8da0 ccef36a8 c70d778b " +
        "7c5941da 8d485751 3fe02477 374ad8b8 f4b8436a 1ca11815 69b687c3 8665eeb2",
    );
    expect(hex(block(zero, 1, [0, 0, 0])).slice(0, 26)).toBe("bee7079f 7a385155 7c97ba98");
  });

  it("agrees with OpenSSL's chacha20 on random keys, counters and nonces", () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        word,
        fc.tuple(word, word, word),
        (key, counter, nonce) => {
          const iv = new Uint8Array(Uint32Array.of(counter, ...nonce).buffer);
          const stream = createCipheriv("chacha20", key, iv).update(new Uint8Array(64));
          const expected = new Uint32Array(new Uint8Array(stream).buffer);
          expect(hex(block(key, counter, nonce))).toBe(hex(expected));
        },
      ),
    );
  });
});
