import { expect, it } from "vitest";
import type { Statement } from "../records/certificate.js";
import { createSigner, signStatement } from "./dsse.js";
import { unverifiedStatement } from "./unverified.js";

// Its base64 has both characters that the URL alphabet writes otherwise, and padding.
const statement = { predicate: { modelBefore: "~~~???>>>" } } as unknown as Statement;
const envelope = signStatement(statement, createSigner(new Uint8Array(32).fill(1)));
const { payload } = envelope;
const url = payload.replaceAll("+", "-").replaceAll("/", "_");

it.each([
  ["the standard alphabet", payload],
  ["the URL alphabet", url],
  ["no padding", url.replace(/=+$/, "")],
])("is read from base64 with %s, from an object and from its text", (_, text) => {
  expect(unverifiedStatement({ ...envelope, payload: text })).toEqual(statement);
  expect(unverifiedStatement(JSON.stringify({ ...envelope, payload: text }))).toEqual(statement);
});

it.each([
  ["white space", `${payload.slice(0, 4)}\n${payload.slice(4)}`],
  ["both alphabets", `${url.slice(0, -8)}${payload.slice(-8).replace(/.$/, "+")}`],
  ["no text", 7],
  ["no JSON", "AAAA"],
  ["no UTF-8", "/w=="],
])("is null with %s", (_, text) => {
  expect(unverifiedStatement({ ...envelope, payload: text })).toBeNull();
});

it("is null of what is no envelope", () => {
  for (const other of [null, 1, [], {}, "", "{", "null"]) expect(unverifiedStatement(other)).toBeNull();
});

it("has a payload that the alphabets write differently", () => {
  expect(payload).toMatch(/\+|\//);
  expect(payload).toMatch(/=$/);
});
