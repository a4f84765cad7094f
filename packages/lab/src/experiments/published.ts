import { readFile } from "node:fs/promises";
import { ExpungeError } from "expunge";
import { packageFile } from "../package-file.js";
import { type Comparison, compare, type Figure } from "./outcome.js";

export interface PublishedFigure {
  readonly mean: number;
  readonly std: number;
  readonly trials: number;
}

export interface KnownConstants {
  readonly n: number;
  readonly M: number;
  readonly m: number;
  readonly L: number;
  readonly eta: number;
  readonly c: number;
  readonly delta: number;
}

/** The authors' figures (packages/lab/published.json); empty for data sets that are not theirs. */
export interface Published {
  readonly note: string;
  readonly fig3a_oneRequest_oneEpoch: Readonly<Record<string, PublishedFigure>>;
  readonly sequential100_eps1_sigma0_03: Readonly<
    Record<string, PublishedFigure | { readonly totalEpochs: number }>
  >;
  readonly learn_by_sigma: Readonly<Record<string, PublishedFigure>>;
  /** Calculated with the authors' formulas. */
  readonly constants?: KnownConstants;
  readonly sigmaForK1?: readonly { readonly b: number; readonly epsilon: number; readonly sigma: number }[];
  readonly sigmaNonconvergent?: readonly {
    readonly b: number;
    readonly T: number;
    readonly epsilon: number;
    readonly sigma: number;
  }[];
}

export const NOTHING_PUBLISHED: Published = Object.freeze({
  note: "",
  fig3a_oneRequest_oneEpoch: {},
  sequential100_eps1_sigma0_03: {},
  learn_by_sigma: {},
});

const SECTIONS = ["fig3a_oneRequest_oneEpoch", "sequential100_eps1_sigma0.03", "learn_by_sigma"];

/**
 * Reads the published figures that come with the package.
 *
 * @param path a file whose sections take their place
 * @throws ExpungeError E_DATA naming what is missing
 */
export async function readPublished(path?: string): Promise<Published> {
  const own = await readSections(packageFile("published.json"));
  const given = path === undefined ? {} : await readSections(path);
  const { "sequential100_eps1_sigma0.03": sequential, ...rest } = { ...own, ...given };
  return { ...rest, sequential100_eps1_sigma0_03: sequential } as unknown as Published;
}

async function readSections(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new ExpungeError("E_DATA", `${path}: expected a file with the published figures, found none.`);
  });
  const read = parse(text, path);
  const missing = SECTIONS.find((section) => typeof read[section] !== "object");
  if (missing === undefined) return read;
  throw new ExpungeError("E_DATA", `${path}: expected a section ${missing}, found none.`);
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new ExpungeError(
      "E_DATA",
      `${path}: expected JSON, found something else (${(error as Error).message}).`,
    );
  }
}

/** A published figure beside a measured one; nothing where nothing was published. */
export function beside(
  published: Readonly<Record<string, PublishedFigure | { readonly totalEpochs: number }>>,
  key: string,
  measured: Figure,
): readonly Comparison[] {
  const figure = published[key];
  return figure !== undefined && "mean" in figure ? [compare(key, figure, measured)] : [];
}
