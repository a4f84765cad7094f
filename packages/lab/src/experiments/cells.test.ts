import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { computeCells } from "./cells.js";
import { figureOf } from "./outcome.js";

it("names the cell that was not planned, and the figure that a cell does not have", async () => {
  const folder = await mkdtemp(join(tmpdir(), "expunge-cells-"));
  const figure = figureOf([[1], [3]]);
  const cell = { name: "one", settings: {}, run: async () => ({ steps: figure }) };
  const results = await computeCells([cell], { folder });
  await rm(folder, { recursive: true, force: true });
  expect(results.figure("one", "steps")).toEqual(figure);
  expect(() => results.figure("two", "steps")).toThrow(new RangeError("No cell two was planned."));
  expect(() => results.figure("one", "epochs")).toThrow(new RangeError('Cell one has no figure "epochs".'));
});
