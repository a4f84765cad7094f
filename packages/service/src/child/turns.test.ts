import { expect, it } from "vitest";
import { Turns } from "./turns.js";

/** Takes turns in this order, each given back once everybody has asked. @returns owners in the order of their turns, and who was refused */
async function serve(
  turns: Turns,
  owners: readonly string[],
): Promise<{ served: string[]; refused: string[] }> {
  const [served, refused]: [string[], string[]] = [[], []];
  await Promise.all(
    owners.map(async (owner) => {
      try {
        const giveBack = await turns.take(owner);
        served.push(owner);
        // Whoever asks later has asked by then.
        setImmediate(giveBack);
      } catch (error) {
        expect(error).toMatchObject({ code: "E_LOCKED", message: expect.stringMatching(/wait already/) });
        refused.push(owner);
      }
    }),
  );
  return { served, refused };
}

it("turns go round among owners, however many one of them asks for", async () => {
  const turns = new Turns({ most: 1 });
  const { served } = await serve(turns, ["a", "a", "a", "a", "b", "b", "c"]);
  expect(served.join("")).toBe("abcabaa");
  // Whoever was served last is the last, though the first to ask.
  expect((await serve(turns, ["x", "a", "b"])).served.join("")).toBe("xba");
});

it("one owner has one turn at a time", async () => {
  const turns = new Turns({ most: 2 });
  const first = await turns.take("a");
  let [second, other] = [false, false];
  const waiting = turns.take("a").then((giveBack) => {
    second = true;
    return giveBack;
  });
  const others = turns.take("b").then((giveBack) => {
    other = true;
    return giveBack;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([second, other]).toEqual([false, true]);
  first();
  (await waiting)();
  (await others)();
});

it("where too many wait, whoever has most of them is refused", async () => {
  const turns = new Turns({ most: 1, mostWaiting: 4 });
  const { served, refused } = await serve(turns, ["a", "a", "a", "a", "a", "b", "c", "a"]);
  expect(refused.join("")).toBe("aaa");
  expect(served.join("")).toBe("abcaa");
});

it("whoever leaves waits no more", async () => {
  const turns = new Turns({ most: 1 });
  const giveBack = await turns.take("a");
  const leaving = new AbortController();
  const left = turns.take("b", leaving.signal);
  const stays = turns.take("c");
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: "E_ABORTED" });
  giveBack();
  (await stays)();
  await expect(turns.take("d", leaving.signal)).rejects.toMatchObject({ code: "E_ABORTED" });
});
