import { bytesToHex } from "@noble/hashes/utils.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { createPlace, dataset, type Place, signer } from "../../testing/model-directories.js";
import { Forgotten } from "../unlearner/forgotten.js";
import { nodeFiles } from "./durable-files.js";
import { loadModel } from "./stored-model.js";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** What a value says of everything, in the order of rows and subjects. */
function said(forgotten: Forgotten) {
  const { certificateIds, rows, subjects } = forgotten.entries();
  return {
    certificateIds,
    rows: [...rows].sort(([a], [b]) => a - b),
    subjects: [...subjects].map(([key, request]) => [bytesToHex(key), request]).sort(),
  };
}

describe("what is forgotten", () => {
  it("is the same after opening as in the process that forgot, and goes on from there", async () => {
    const directory = await place.savedModel();
    const subjects = [...new Set(dataset.subjects)];
    const stored = await loadModel(directory);
    await stored.forget({ subjects: subjects.slice(0, 3) }, { signer });
    await stored.forget({ rows: [119, 60] }, { signer });
    await stored.forget({ subjects: [elementAt(subjects, 9)] }, { signer });
    const { state } = stored.model;
    await stored.close();
    const again = await loadModel(directory);
    const { forgotten } = again.model.state;
    expect(said(forgotten)).toEqual(said(state.forgotten));
    expect([...forgotten.rows()].sort()).toEqual([...state.forgotten.rows()].sort());
    for (const subject of subjects) {
      const key = state.index.keyOf(subject);
      expect(forgotten.certificateOfSubject(key)).toBe(state.forgotten.certificateOfSubject(key));
    }
    const older = again.model.state.forgotten;
    const { certificateId } = await again.forget({ subjects: [elementAt(subjects, 20)] }, { signer });
    const newest = again.model.state.forgotten;
    const key = state.index.keyOf(elementAt(subjects, 20));
    expect(newest.certificateOfSubject(key)).toBe(certificateId);
    expect(older.certificateOfSubject(key)).toBeUndefined();
    expect(newest.entries().certificateIds).toHaveLength(4);
    expect(older.entries().certificateIds).toHaveLength(3);
    // A request that was taken back leaves nothing.
    newest.with("00000000-0000-4000-8000-000000000000", [50], new Uint8Array(0));
    expect(newest.hasRow(50)).toBe(false);
    const next = newest.with("00000000-0000-4000-8000-000000000001", [51], new Uint8Array(0));
    expect([50, 51].map((row) => next.hasRow(row))).toEqual([false, true]);
    await again.close();
  });

  it("is read no further than the last valid entry of each file", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    await stored.forget({ subjects: [dataset.subjects?.[0] as string] }, { signer });
    const before = said(stored.model.state.forgotten);
    await stored.close();
    for (const [name, offset] of [
      ["certificates.log", 16],
      ["forgotten-subjects.bin", 36],
    ] as const)
      await nodeFiles.overwrite(`${directory}/${name}`, [{ offset, data: new Uint8Array(41).fill(255) }]);
    const again = await loadModel(directory);
    expect(said(again.model.state.forgotten)).toEqual(before);
    const result = await again.forget({ subjects: [dataset.subjects?.[119] as string] }, { signer });
    await again.close();
    const last = await loadModel(directory);
    expect(said(last.model.state.forgotten).certificateIds.at(-1)).toBe(result.certificateId);
    await last.close();
  });
});

describe("Forgotten.none", () => {
  it("knows of nothing", () => {
    expect(said(Forgotten.none())).toEqual({ certificateIds: [], rows: [], subjects: [] });
    expect(Forgotten.none().newestRows()).toEqual([]);
  });
});
