import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { markedDecoder } from "../data/index.js";
import { reasonOf } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";

/** Parsers for commander; what they throw names the option and what it wants. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected an integer of at least 1.");
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("Expected an integer of at least 0.");
  return value;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 86_400))
    throw new InvalidArgumentError("Expected a number of seconds, at least 0.");
  return value;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** "512MB", "2G", "1GiB" or plain bytes; units are powers of 1,024. At least 64 MiB: less would be all overhead. */
export function memorySize(text: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(digits) * UNITS[unit.toUpperCase()]!);
  if (bytes >= 2 ** 26) return bytes;
  throw new InvalidArgumentError("Expected a size of at least 64MB, such as 512MB or 2GB.");
}

/** "worst", "best", "mean" or a batch number. */
export function slotChoice(text: string): number | "worst" | "best" | "mean" {
  if (text === "worst" || text === "best" || text === "mean") return text;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("Expected worst, best, mean or the number of a batch (from 0).");
}

export function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** "balanced", or "no=0.2,yes=1" as weights by label; which labels there are is for `fit` to say. */
export function classWeights(text: string): "balanced" | Record<string, number> {
  if (text === "balanced") return text;
  const weights: Record<string, number> = {};
  for (const item of list(text)) {
    // A label may hold an equals sign, a number does not.
    const at = item.lastIndexOf("=");
    const label = item.slice(0, Math.max(at, 0));
    if (at < 1 || Object.hasOwn(weights, label))
      throw new InvalidArgumentError("Expected balanced, or each label once with its weight: no=0.2,yes=1.");
    const weight = number(item.slice(at + 1));
    if (!(weight > 0 && weight <= 1))
      throw new InvalidArgumentError(`Expected the weight of ${label} in (0, 1].`);
    weights[label] = weight;
  }
  return weights;
}

/** All values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** "3,17,20-25" as row numbers. */
export function rowList(text: string): number[] {
  return list(text).flatMap((item) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    if (first === undefined || Number(last) < Number(first))
      throw new InvalidArgumentError(`Expected row numbers or ranges, found "${item}".`);
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}

/** Lines of a text file (or of standard input for "-"), blank ones left out. @throws ExpungeError E_OPTION naming the file */
export async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of eachLine(path)) lines.push(line);
  return lines;
}

/** The ids of `--subject`, then those of `--subjects-file`, one a line. @throws ExpungeError E_OPTION naming a file that cannot be read */
export async function subjectsNamed({
  subject = [],
  subjectsFile,
}: {
  readonly subject?: string | readonly string[];
  readonly subjectsFile?: string;
}): Promise<readonly string[]> {
  return [subject, subjectsFile === undefined ? [] : await linesOf(subjectsFile)].flat();
}

/**
 * Whose rows, or which, a deletion is of; null where nobody is named.
 *
 * @throws ExpungeError E_OPTION where subjects and rows are given, or a file names nobody or cannot be read
 */
export async function deletionNamed(options: {
  readonly subject?: readonly string[];
  readonly subjectsFile?: string;
  readonly rows?: readonly number[];
}): Promise<{ readonly subjects: readonly string[] } | { readonly rows: readonly number[] } | null> {
  const { subjectsFile, rows } = options;
  const subjects = await subjectsNamed(options);
  if (subjects.length > 0 && rows !== undefined)
    throw new ExpungeError("E_OPTION", "Give subjects or --rows, not both.");
  if (subjects.length > 0) return { subjects };
  if (subjectsFile !== undefined)
    throw new ExpungeError("E_OPTION", `${subjectsFile} names nobody: expected one subject a line.`);
  return rows === undefined ? null : { rows };
}

/** As `linesOf`, one after another: a file may be larger than any string. */
export async function* eachLine(path: string): AsyncGenerator<string> {
  const input = path === "-" ? process.stdin : createReadStream(path);
  let decoder: TextDecoder | null = null;
  let rest = "";
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      decoder ??= markedDecoder(chunk);
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
      rest = lines.pop() as string;
      for (const line of lines) if (line.trim() !== "") yield line.trim();
    }
  } catch (error) {
    throw new ExpungeError("E_OPTION", `Cannot read ${path}: ${reasonOf(error as NodeJS.ErrnoException)}.`);
  }
  rest += decoder?.decode() ?? "";
  if (rest.trim() !== "") yield rest.trim();
}

/** A text file, as `decodeFile`. @throws ExpungeError E_OPTION naming the file */
export async function readText(path: string): Promise<string> {
  return decodeFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError("E_OPTION", `Cannot read ${path}: ${reasonOf(error)}.`);
  });
}

/** A file's text: UTF-8, or UTF-16 with its byte-order mark, as PowerShell writes what is sent to a file. */
export async function decodeFile(path: string): Promise<string> {
  const bytes = await readFile(path);
  return markedDecoder(bytes).decode(bytes);
}
