/**
 * Memory for the request of one person who owns very many rows: bytes a row that the server and the worker take beyond what they had before it.
 *
 *   node packages/lab/bench/one-owner.mjs [--rows 2000000] [--others 20000] [--cli packages/expunge/dist/cli.js]
 *
 * The data set has two columns, and a model of one epoch that is trained before. Server (`expunge serve --no-worker`) and worker (`expunge worker`)
 * are processes of their own, on a PostgreSQL of its own; each first previews and serves the request of somebody with one row, so that nothing is done for the
 * first time. Memory is the most that Linux has had resident (VmHWM) since then. Needs Linux, PostgreSQL's programs (Debian: apt-get install postgresql) and
 * `npm run build`.
 */
import { readArgs } from "../../../scripts/read-args.mjs";
import { loadAverage } from "./machine.mjs";
import { CLI, openOwnService, startProgram } from "./own-service.mjs";
import { forgetPeak, peakBytes } from "./peak-memory.mjs";

const { values } = readArgs({
  options: {
    rows: { type: "string", default: "2000000" },
    others: { type: "string", default: "20000" },
    cli: { type: "string", default: CLI },
  },
});
const [owned, others] = [values.rows, values.others].map(Number);
const rowCount = owned + others;
const CHUNK = 10_000;

const { parts, postgres, database, service, close } = await openOwnService(
  "packages/lab/bench/submissions-parts.ts",
);
const results = [];
try {
  const tenantId = parts.newId();
  await database.queries.insert(parts.tenants).values({ id: tenantId, name: "bench" });
  const { id: datasetId } = await service.createDataset(tenantId, {
    name: "d",
    source: people(),
    schema: null,
  });
  await database.executor.executeSql("analyze");
  const options = { epochs: 1, batchSize: 2000, l2: 0.1, maxNoise: 10 };
  const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
  await during("worker", async () =>
    waitFor(async () => (await service.getModel(tenantId, modelId)).state === "ready"),
  );
  const { key } = await parts.createApiKey(database, { tenantId, role: "admin", label: "bench" });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  let requestId = "";
  await during("serve", async ({ url, pid }) => {
    const call = async (path, body, more = {}) => {
      const answer = await fetch(new URL(path, url), {
        ...{ method: "POST", headers: { ...headers, ...more } },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`answer ${answer.status}`);
      return answer.json();
    };
    const asked = (subject) => ({ datasetId, subjects: [subject] });
    await call("/v1/requests/preview", asked("person-0"));
    await call("/v1/requests", asked("person-0"));
    await measured("previewed", pid, () => call("/v1/requests/preview", asked("owner")));
    await measured("taken in", pid, async () => {
      // A server that has not answered in a minute goes on: whoever asks again is told.
      const key = { "idempotency-key": "owner" };
      await waitFor(async () => {
        requestId = (await call("/v1/requests", asked("owner"), key).catch(() => null))?.request.id ?? "";
        return requestId !== "";
      });
    });
  });
  await during("worker", async ({ pid }) => {
    await measured("unlearned", pid, () =>
      waitFor(async () => (await service.getRequest(tenantId, requestId)).state === "completed"),
    );
  });
} finally {
  await close();
}
console.log(
  `| a request of ${owned} rows is | MiB | bytes a row | seconds | load average |\n| --- | ---: | ---: | ---: | ---: |`,
);
for (const { what, bytes, seconds, load } of results)
  console.log(
    `| ${[what, (bytes / 2 ** 20).toFixed(0), (bytes / owned).toFixed(0), seconds.toFixed(1), load.toFixed(1)].join(" | ")} |`,
  );

/** One person who owns most rows, and others with one each. */
function people() {
  return {
    ...{ task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: 2 },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      for (let first = 0; first < rowCount; first += CHUNK) {
        const count = Math.min(CHUNK, rowCount - first);
        const features = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(2 * first + i) / 2);
        const labels = Float32Array.from({ length: count }, (_, i) => (features[2 * i] > 0 ? 1 : -1));
        const subjects = Array.from({ length: count }, (_, i) => subjectOf(first + i));
        yield { features, labels, subjects };
      }
    },
  };
}

function subjectOf(row) {
  const every = Math.floor(rowCount / others);
  return row % every === 0 && row / every < others ? `person-${row / every}` : "owner";
}

/** Runs a program while something is done. */
async function during(command, use) {
  const options = command === "serve" ? ["--no-worker", "--port", "0"] : [];
  const args = [command, "--database", postgres.url, "--no-log", ...options];
  const program = await startProgram(args, { cli: values.cli });
  try {
    await use(program);
  } finally {
    await program.stop();
  }
}

async function measured(what, pid, run) {
  forgetPeak(pid);
  const before = peakBytes(pid);
  const start = performance.now();
  // What is not answered has its memory, too.
  const failure = await run().then(
    () => "",
    (error) => ` (${error.message.slice(0, 60)})`,
  );
  const seconds = (performance.now() - start) / 1000;
  const result = {
    what: what + failure,
    bytes: peakBytes(pid) - before,
    seconds,
    load: loadAverage(),
  };
  console.error(JSON.stringify(result));
  results.push(result);
}

async function waitFor(isDone) {
  while (!(await isDone())) await new Promise((done) => setTimeout(done, 500));
}
