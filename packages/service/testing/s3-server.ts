import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @ts-expect-error it has no types
import S3rver from "s3rver";

/** A bucket of a server that speaks S3 over HTTP, checks signatures, and keeps objects on disk. */
export interface TestBucket {
  /** s3://..., with the credentials that are in the environment until it is removed. */
  readonly place: string;
  /** Where the server keeps it all. */
  readonly directory: string;
  remove(): Promise<void>;
}

export async function startTestBucket(): Promise<TestBucket> {
  const directory = await mkdtemp(join(tmpdir(), "expunge-bucket-"));
  const options = { address: "127.0.0.1", port: 0, silent: true, directory };
  const server = new S3rver({ ...options, configureBuckets: [{ name: "rows" }] });
  const { port } = (await server.run()) as AddressInfo;
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    // The one pair that this server knows.
    AWS_ACCESS_KEY_ID: "S3RVER",
    AWS_SECRET_ACCESS_KEY: "S3RVER",
  });
  return {
    place: "s3://rows/tests",
    directory,
    async remove() {
      for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
