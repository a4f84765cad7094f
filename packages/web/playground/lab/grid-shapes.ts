import { GRID, gridAt } from "./points.js";

/* A model that is not linear, drawn from what it says of a grid over the board: positive is blue. */

type Place = readonly [x: number, y: number];

/** The blue part of the board as a path: a band for each row of the grid, as long as the model says blue there. */
export function blueBands(grid: Float64Array): string {
  const half = gridAt(1) / 2 - gridAt(0) / 2;
  const bands: string[] = [];
  for (let row = 0; row < GRID; row++) {
    const [from, to] = [gridAt(row) - half, gridAt(row) + half];
    let start: number | null = valueAt(grid, 0, row) > 0 ? gridAt(0) : null;
    for (let column = 1; column < GRID; column++) {
      const isBlue = valueAt(grid, column, row) > 0;
      if (isBlue === (start !== null)) continue;
      const x = crossing(grid, [column - 1, row], [column, row])[0];
      if (start !== null) bands.push(bandOf(start, x, from, to));
      start = isBlue ? x : null;
    }
    if (start !== null) bands.push(bandOf(start, gridAt(GRID - 1), from, to));
  }
  return bands.join("");
}

const bandOf = (x1: number, x2: number, y1: number, y2: number): string =>
  `M${short(x1)} ${short(y1)}H${short(x2)}V${short(y2)}H${short(x1)}Z`;

/** Where a model is undecided, as a path: a stretch in every cell of the grid whose corners differ; empty where none do. */
export function undecidedPath(grid: Float64Array): string {
  const stretches: string[] = [];
  for (let row = 0; row + 1 < GRID; row++)
    for (let column = 0; column + 1 < GRID; column++) {
      const corners: readonly Place[] = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      const crossings = corners.flatMap((corner, i) => {
        const next = corners[(i + 1) % corners.length]!;
        return isBlueAt(grid, corner) === isBlueAt(grid, next) ? [] : [crossing(grid, corner, next)];
      });
      // Two, or four where opposite corners are alike: then they are joined in their order.
      for (let i = 0; i + 1 < crossings.length; i += 2)
        stretches.push(`M${crossings[i]!.map(short).join(" ")}L${crossings[i + 1]!.map(short).join(" ")}`);
    }
  return stretches.join("");
}

const valueAt = (grid: Float64Array, column: number, row: number): number => grid[row * GRID + column]!;
const isBlueAt = (grid: Float64Array, [column, row]: Place): boolean => valueAt(grid, column, row) > 0;
const short = (value: number): string => value.toFixed(3);

/** Between two neighbours of the grid, of which one is blue: as far along as a straight line would cross zero. */
function crossing(grid: Float64Array, a: Place, b: Place): Place {
  const [here, there] = [valueAt(grid, ...a), valueAt(grid, ...b)];
  const share = here / (here - there);
  return [
    gridAt(a[0]) + share * (gridAt(b[0]) - gridAt(a[0])),
    gridAt(a[1]) + share * (gridAt(b[1]) - gridAt(a[1])),
  ];
}
