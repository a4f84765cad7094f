import { expect, it } from "vitest";
import { startLoop } from "./loop.js";

const NEVER = 2 ** 30;

it("a loop goes on after a round that failed, rests where there was nothing to do, and can be woken", async () => {
  const errors: string[] = [];
  let rounds = 0;
  let rested = (): void => {};
  const resting = new Promise<void>((resolve) => {
    rested = resolve;
  });
  const loop = startLoop(
    async () => {
      rounds += 1;
      if (rounds === 1) throw new Error("away");
      setImmediate(rested);
      return 0;
    },
    NEVER,
    ({ message }) => {
      errors.push(message);
      setImmediate(() => loop.wake());
    },
  );
  await resting;
  expect({ errors, rounds }).toEqual({ errors: ["away"], rounds: 2 });
  await loop.stop();
  expect(rounds).toBe(2);
});

it("a loop that is stopped ends the round in hand, and begins none after it", async () => {
  let [rounds, isDone] = [0, false];
  const loop = startLoop(async () => {
    rounds += 1;
    await new Promise((resolve) => setImmediate(resolve));
    isDone = true;
    return 1;
  }, NEVER);
  await loop.stop();
  expect({ rounds, isDone }).toEqual({ rounds: 1, isDone: true });
});
