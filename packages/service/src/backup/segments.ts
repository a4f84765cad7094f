import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "expunge";
import { ledgerError } from "expunge/process";
import { type BackupHeader, damaged, readBackupHeader, requireWhole } from "./backup-file.js";
import { differenceOf } from "./made-by.js";

/*
 * What came after the full backups, in a folder of segments: each goes on from the one before it, so that writing one costs no more than what
 * has happened since. A segment that no full backup needs any more may be removed.
 */

export interface Segment {
  readonly path: string;
  readonly header: BackupHeader;
}

const FORM = /^(\d{8})\.deletions$/;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, "0")}.deletions`);
}

/** Numbers of the segments in a folder, in order. @throws ExpungeError E_OPTION where it is no folder */
export async function segmentNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError(
      "E_OPTION",
      `Expected ${folder} to be a folder of deletions (expunge backup --deletions): ${error.message}.`,
    );
  });
  return names
    .flatMap((name) => FORM.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * The segments of a folder that go on from a full backup: from the last that begins within it.
 *
 * @returns none where all of them were written before it
 * @throws ExpungeError E_DATABASE where one is missing or was made by another version, E_LEDGER where the first begins after the backup's end
 */
export async function segmentsAfter(folder: string, full: BackupHeader): Promise<Segment[]> {
  const numbers = await segmentNumbers(folder);
  if (numbers.length === 0) throw damaged(folder, "it holds no segment of deletions");
  let segments: Segment[] = [];
  for (const [i, number] of numbers.entries()) {
    if (number !== (numbers[0] as number) + i) throw damaged(folder, `segment ${number - 1} is missing`);
    const path = segmentPath(folder, number);
    const header = await readBackupHeader(path);
    if (header.kind !== "deletions") throw damaged(path, "it is a full backup");
    if (header.ledger.from <= full.ledger.to) segments = [];
    segments.push({ path, header });
  }
  const first = segments[0] as Segment;
  if ((segments.at(-1) as Segment).header.createdAt < full.createdAt) return [];
  if (first.header.ledger.from > full.ledger.to)
    throw ledgerError(
      `The deletions in ${folder} begin with entry ${first.header.ledger.from} of the ledger, the backup ends before entry ${full.ledger.to}: what was asked in between is missing.`,
    );
  for (const { path, header } of segments) requireSameTables(path, header, full);
  return segments;
}

function requireSameTables(path: string, { migrations }: BackupHeader, full: BackupHeader): void {
  const difference = differenceOf(migrations, full.migrations, "the backup");
  if (difference === null) return;
  throw new ExpungeError(
    "E_DATABASE",
    `${path} was written by another version of Expunge than the backup (${difference}): it goes with a full backup that was made after the upgrade.`,
  );
}

/**
 * That segments are whole and each goes on from the one before it.
 *
 * @throws ExpungeError E_DATABASE
 */
export async function requireChain(segments: readonly Segment[]): Promise<void> {
  let [digest, end] = [segments[0]?.header.previous, segments[0]?.header.ledger.from];
  for (const { path, header } of segments) {
    if (header.previous !== digest || header.ledger.from !== end)
      throw damaged(path, "it does not go on from the segment before it");
    digest = await requireWhole(path);
    end = header.ledger.to;
  }
}
