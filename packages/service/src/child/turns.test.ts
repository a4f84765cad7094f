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

it("long work lets others go first between its pieces, but not its owner's own", async () => {
  const turns = new Turns({ most: 1, mostWaiting: 3 });
  const done: string[] = [];
  const pieces = (owner: string, count: number): Promise<void> =>
    turns.within(owner, undefined, async (pass) => {
      for (let i = 1; i <= count; i++) {
        // Whoever asks meanwhile has asked by then.
        await new Promise((resolve) => setImmediate(resolve));
        done.push(`${owner}${i}`);
        await pass();
      }
    });
  const all = [pieces("a", 3), pieces("a", 1), pieces("b", 2), pieces("c", 1), pieces("a", 1)];
  const outcomes = (await Promise.allSettled(all)).map(({ status }) => status);
  // The last was one too many: it goes, and nobody who goes on.
  expect(outcomes.join(" ")).toBe("fulfilled fulfilled fulfilled fulfilled rejected");
  expect(done.join(" ")).toBe("a1 b1 c1 a2 b2 a3 a1");
});

it("long work ends between its pieces where nobody waits for it, and the turn is whose it is then", async () => {
  const turns = new Turns({ most: 1 });
  const leaving = new AbortController();
  const alone = turns.within("a", leaving.signal, async (pass) => {
    await pass();
    leaving.abort();
    await pass();
  });
  await expect(alone).rejects.toMatchObject({ code: "E_ABORTED" });
  const waiting = new AbortController();
  let other: Promise<() => void> | undefined;
  const passing = turns.within("a", waiting.signal, async (pass) => {
    other = turns.take("b");
    await pass();
  });
  const giveBack = await expect
    .poll(() => other)
    .toBeDefined()
    .then(() => other!);
  waiting.abort();
  await expect(passing).rejects.toMatchObject({ code: "E_ABORTED" });
  let isNext = false;
  const next = turns.within("c", undefined, async () => {
    isNext = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isNext).toBe(false);
  giveBack();
  await next;
});
