import { expect, it } from "vitest";
import { isConnectionLost } from "./connection-lost.js";

it.each([
  ["57P01", true],
  ["40P01", true],
  ["08006", true],
  // A process that was stopped within a transaction, and goes on after the server has ended its session.
  ["25P03", true],
  ["ECONNRESET", true],
  ["23505", false],
  ["25006", false],
])("an error of code %s is of a lost connection: %s", (code, isLost) => {
  const error = Object.assign(new Error("said by the driver"), { code });
  expect(isConnectionLost(new Error("a query failed", { cause: error }))).toBe(isLost);
});
