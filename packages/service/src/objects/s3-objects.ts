import { homedir } from "node:os";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ExpungeError } from "expunge";
import { someAtOnce } from "../some-at-once.js";
import { missingObject } from "./missing-object.js";
import type { ByteRange, FoundObject, ObjectStore } from "./object-store.js";
import { withinTime } from "./time-limit.js";

/** Reads that are under way at once: each waits for the network, and the client keeps a connection for each. */
const READS_AT_ONCE = 16;

/** How long a bucket may take. */
export interface BucketLimits {
  /** Without a byte that comes or goes, in ms; default 20,000. The client tries up to three times before an answer begins. */
  readonly silenceMs?: number;
  /** For one call of ours, all tries together, in ms, beside the time that its bytes take at 64 KiB a second; default 60,000. */
  readonly callMs?: number;
}

/** The slowest that an object may come and go, in bytes per ms. */
const SLOWEST = 64;

/** AWS's client looks for settings in the user's home, and fails where there is none: a user that no list of users has, as units and containers make them. */
function haveHome(): void {
  try {
    homedir();
  } catch {
    process.env.HOME = "/";
  }
}

/**
 * Objects of a bucket of S3, or of anything that speaks like it. Credentials, region and endpoint come from where AWS's own tools take them:
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3), or the roles of the machine.
 *
 * @throws ExpungeError E_OPTION
 */
export function openBucket(
  address: string,
  part: string,
  { silenceMs = 20_000, callMs = 60_000 }: BucketLimits = {},
): ObjectStore {
  const [, bucket, folder = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]*)(?:\/(.*?))?\/*$/.exec(address) ?? [];
  if (bucket === undefined)
    throw new ExpungeError(
      "E_OPTION",
      `Expected rows in s3://bucket or s3://bucket/prefix, found ${address}.`,
    );
  haveHome();
  const hasEndpoint = (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined;
  const client = new S3Client({
    // Servers of one's own have no region and no host name for each bucket.
    ...(hasEndpoint
      ? {
          forcePathStyle: true,
          region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1",
        }
      : {}),
    // Every page has a checksum of its own, which is checked at every read.
    // A store that takes a connection and then says nothing must not hold up everybody for ever, nor one that stops within an answer.
    requestHandler: { connectionTimeout: 5000, socketTimeout: silenceMs },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const prefix = folder === "" ? `${part}/` : `${folder}/${part}/`;
  const target = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  const call = <T>(bytes: number, use: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withinTime(callMs + bytes / SLOWEST, use);
  const readRange = async (
    name: string,
    { first, length }: ByteRange,
    abortSignal: AbortSignal,
  ): Promise<Uint8Array> => {
    const Range = `bytes=${first}-${first + length - 1}`;
    const { Body } = await client.send(new GetObjectCommand({ ...target(name), Range }), { abortSignal });
    const bytes = await Body?.transformToByteArray();
    if (bytes?.length !== length) throw missingObject(name, "is too short");
    return bytes;
  };
  return {
    place: address,
    // Whose bucket it is has made it.
    async make() {},
    async put(name, bytes) {
      const command = new PutObjectCommand({ ...target(name), Body: bytes, ContentLength: bytes.length });
      await call(bytes.length, (abortSignal) => client.send(command, { abortSignal })).catch(fail);
    },
    async read(name, ranges) {
      const length = ranges.reduce((sum, range) => sum + range.length, 0);
      const readAll = (signal: AbortSignal) =>
        someAtOnce(ranges, READS_AT_ONCE, (range) => readRange(name, range, signal), signal);
      return call(length, readAll).catch((error: Error) => {
        throw isMissing(error) ? missingObject(name, "is missing") : failed(error);
      });
    },
    has: (name) =>
      call(0, (abortSignal) => client.send(new HeadObjectCommand(target(name)), { abortSignal })).then(
        () => true,
        (error: Error) => (isMissing(error) ? false : fail(error)),
      ),
    async remove(name) {
      const command = new DeleteObjectCommand(target(name));
      await call(0, (abortSignal) => client.send(command, { abortSignal })).catch(fail);
    },
    list: () =>
      listAll(prefix, (token) => {
        const from = { Bucket: bucket, Prefix: prefix, ContinuationToken: token };
        return call(0, (abortSignal) => client.send(new ListObjectsV2Command(from), { abortSignal })).catch(
          fail,
        );
      }),
    close: () => client.destroy(),
  };
}

async function* listAll(
  prefix: string,
  findFrom: (token: string | undefined) => Promise<ListObjectsV2CommandOutput>,
): AsyncGenerator<FoundObject> {
  for (let token: string | undefined; ; ) {
    const found = await findFrom(token);
    for (const { Key, LastModified } of found.Contents ?? [])
      if (Key !== undefined && LastModified !== undefined)
        yield { name: Key.slice(prefix.length), writtenAt: LastModified };
    token = found.NextContinuationToken;
    if (token === undefined) return;
  }
}

function isMissing(error: Error): boolean {
  return error.name === "NoSuchKey" || error.name === "NotFound";
}

function failed(error: Error): ExpungeError {
  if (error instanceof ExpungeError) return error;
  return new ExpungeError(
    "E_DATABASE",
    `The bucket of the rows cannot be used: ${error.message || error.name}.`,
  );
}

function fail(error: Error): never {
  throw failed(error);
}
