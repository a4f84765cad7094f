import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ExpungeError } from "expunge";
import { missingObject } from "./missing-object.js";
import type { ByteRange, FoundObject, ObjectStore } from "./object-store.js";

/** Reads that are under way at once: each waits for the network, and the client keeps a connection for each. */
const READS_AT_ONCE = 16;

/**
 * Objects of a bucket of S3, or of anything that speaks like it. Credentials, region and endpoint come from where AWS's own tools take them:
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3), or the roles of the machine.
 *
 * @throws ExpungeError E_OPTION
 */
export function openBucket(address: string, part: string): ObjectStore {
  const [, bucket, folder = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]*)(?:\/(.*?))?\/*$/.exec(address) ?? [];
  if (bucket === undefined)
    throw new ExpungeError(
      "E_OPTION",
      `Expected rows in s3://bucket or s3://bucket/prefix, found ${address}.`,
    );
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
    // A store that takes a connection and then says nothing must not hold up everybody for ever.
    requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const prefix = folder === "" ? `${part}/` : `${folder}/${part}/`;
  const target = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  const readRange = async (name: string, { first, length }: ByteRange): Promise<Uint8Array> => {
    const Range = `bytes=${first}-${first + length - 1}`;
    const { Body } = await client
      .send(new GetObjectCommand({ ...target(name), Range }))
      .catch((error: Error) => {
        throw isMissing(error) ? missingObject(name, "is missing") : failed(error);
      });
    const bytes = await Body?.transformToByteArray().catch((error: Error) => {
      throw failed(error);
    });
    if (bytes?.length !== length) throw missingObject(name, "is too short");
    return bytes;
  };
  return {
    place: address,
    // Whose bucket it is has made it.
    async make() {},
    async put(name, bytes) {
      await client
        .send(new PutObjectCommand({ ...target(name), Body: bytes, ContentLength: bytes.length }))
        .catch((error: Error) => {
          throw failed(error);
        });
    },
    read: (name, ranges) => inTurns(ranges, (range) => readRange(name, range)),
    has: (name) =>
      client.send(new HeadObjectCommand(target(name))).then(
        () => true,
        (error: Error) => {
          if (isMissing(error)) return false;
          throw failed(error);
        },
      ),
    async remove(name) {
      await client.send(new DeleteObjectCommand(target(name)));
    },
    list: () => listAll(client, bucket, prefix),
    close: () => client.destroy(),
  };
}

async function* listAll(client: S3Client, bucket: string, prefix: string): AsyncGenerator<FoundObject> {
  for (let token: string | undefined; ; ) {
    const found = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key, LastModified } of found.Contents ?? [])
      if (Key !== undefined && LastModified !== undefined)
        yield { name: Key.slice(prefix.length), writtenAt: LastModified };
    token = found.NextContinuationToken;
    if (token === undefined) return;
  }
}

/** In the order of the items. */
async function inTurns<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const take = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await read(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, items.length) }, take));
  return results;
}

function isMissing(error: Error): boolean {
  return error.name === "NoSuchKey" || error.name === "NotFound";
}

function failed(error: Error): ExpungeError {
  return new ExpungeError(
    "E_DATABASE",
    `The bucket of the rows cannot be used: ${error.message || error.name}.`,
  );
}
