import { expect, it } from "vitest";
import { accountOf, type Found } from "../packages/lab/kills/row-account.mjs";

type Taken = readonly [certificateId: string, index: number];

/** Two deletions of one person each from one model of 10 rows; by person where the row was removed. */
function found(places: readonly (readonly Taken[])[], change: Partial<Found> = {}): Found {
  const asked = places.map((_, i) => ({
    ...{ id: `r${i}`, datasetId: "d" },
    subjects: [`p${i}`],
    mayWait: false,
  }));
  const taken = places.flat();
  const certificates = [...new Set(taken.map(([id]) => id))].map((id) => {
    const count = taken.filter(([own]) => own === id).length;
    return { id, rowCount: count, subjectCount: count };
  });
  const requests = places.map((own, i) => {
    const task = {
      modelId: "m",
      state: "done",
      certificateId: own[0]?.[0] ?? null,
      removedCount: own.length,
    };
    return [`r${i}`, { state: "completed", tasks: [task] }] as const;
  });
  const leaves = places.map(
    (own, i) =>
      [
        `r${i}`,
        [own.map(([certificateId, index]) => ({ modelId: "m", certificateId, proof: { index } }))],
      ] as const,
  );
  return {
    ...{ asked, certificates, requests: new Map(requests), receipts: new Map(leaves) },
    models: [{ id: "m", datasetId: "d", isFromStart: true, joined: 10, removed: taken.length }],
    living: new Map([["d", 10 - places.length]]),
    datasets: [{ id: "d", rowCount: 10, expected: 10, additions: [] }],
    ...change,
  };
}

const countsOf = (given: Found): readonly [number, number] => {
  const { lost, twice } = accountOf(given);
  return [lost.length, twice.length];
};

it("finds nothing where every row was removed once, by one certificate or by several", () => {
  expect(accountOf(found([[["c", 0]], [["c", 1]]]))).toEqual({ lost: [], twice: [] });
  expect(accountOf(found([[["c", 0]], [["e", 0]]]))).toEqual({ lost: [], twice: [] });
});

it("sees a lost row and a doubled one that add up to what was asked", () => {
  const { lost, twice } = accountOf(
    found([
      [],
      [
        ["c", 0],
        ["e", 0],
      ],
    ]),
  );
  expect(lost).toEqual(["request r0, subject 0, model m: in no certificate"]);
  expect(twice).toContain("request r1, subject 0, model m: in 2 certificates");
});

it("sees them within one certificate too", () => {
  const { lost, twice } = accountOf(
    found([[], [["c", 0]]], { certificates: [{ id: "c", rowCount: 2, subjectCount: 2 }] }),
  );
  expect(lost).toContain("request r0, subject 0, model m: in no certificate");
  expect(twice).toContain("certificate c: leaf 1 is of no request");
});

it("sees a request that was lost, one that nobody asked for and one whose models are not done", () => {
  const good = found([[["c", 0]], [["c", 1]]]);
  const requests = new Map(good.requests);
  requests.set("other", requests.get("r0")!);
  requests.delete("r0");
  const { lost, twice } = accountOf({ ...good, requests });
  expect(lost).toContain("request r0: gone");
  expect(twice).toContain("request other: nobody was told of it");
  const open = new Map([...good.requests].map(([id, one]) => [id, { ...one, state: "running" }]));
  expect(accountOf({ ...good, requests: open }).lost).toContain("request r0: running, 0 models are not done");
});

it("sees one row for two people, and rows of nobody", () => {
  expect(accountOf(found([[["c", 0]], [["c", 0]]])).twice).toContain(
    "requests r0 [0] and r1 [0]: one leaf for both",
  );
  const more = found([[["c", 0]], [["c", 1]]], { certificates: [{ id: "c", rowCount: 3, subjectCount: 2 }] });
  expect(countsOf(more)).toEqual([0, 1]);
});

it("weighs models, and counts what was added", () => {
  const good = found([[["c", 0]], [["c", 1]]]);
  const [model] = good.models;
  expect(countsOf({ ...good, models: [{ ...model!, joined: 11 }] })).toEqual([0, 1]);
  expect(countsOf({ ...good, models: [{ ...model!, joined: 9 }] })).toEqual([1, 0]);
  const additions = [
    { firstRow: 10, rowCount: 3 },
    { firstRow: 12, rowCount: 2 },
  ];
  expect(countsOf({ ...good, datasets: [{ id: "d", rowCount: 15, expected: 15, additions }] })).toEqual([
    0, 1,
  ]);
  expect(countsOf({ ...good, datasets: [{ id: "d", rowCount: 11, expected: 10, additions: [] }] })).toEqual([
    0, 1,
  ]);
});

it("lets rows that a model never had be in none of its certificates", () => {
  const good = found([[], [["c", 0]]], { living: new Map([["d", 9]]) });
  const waited = good.asked.map((one, i) => ({ ...one, mayWait: i === 0 }));
  expect(countsOf({ ...good, asked: waited })).toEqual([0, 0]);
  expect(countsOf(good)).toEqual([1, 0]);
});
