import { expect, it } from "vitest";
import { reach } from "./reach.js";

const lost = (): Error => new Error("Connection terminated due to connection timeout");

it("tries once more after the time is over: a process that was stopped meanwhile has not waited", async () => {
  let attempts = 0;
  const ask = async (): Promise<void> => {
    attempts += 1;
    if (attempts > 1) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw lost();
  };
  await reach(ask, { waitMs: 10 });
  expect(attempts).toBe(2);
});

it("tries once where nothing is to be waited for", async () => {
  let attempts = 0;
  const ask = async (): Promise<void> => {
    attempts += 1;
    throw lost();
  };
  await expect(reach(ask, {})).rejects.toMatchObject({ code: "E_DATABASE" });
  expect(attempts).toBe(1);
});
