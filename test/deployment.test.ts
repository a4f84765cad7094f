import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { validate as findFaults } from "dockerfile-utils";
import * as kubernetes from "kubernetes-models";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { buildCli, type Cli } from "./cli-harness.js";
import { freePort, postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";

/* What deploy/ holds, checked by the formats' own rules where a tool for them is here, and by running every command that it contains. */

const folder = join(import.meta.dirname, "../deploy");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const has = (program: string): boolean => spawnSync("which", [program]).status === 0;
const dockerfile = read("Dockerfile");
const compose = parse(read("compose.yaml"), { merge: true });
const manifests = readdirSync(join(folder, "kubernetes"))
  .filter((name) => name !== "kustomization.yaml")
  .flatMap((name) => parseAllDocuments(read(join("kubernetes", name))).map((one) => one.toJS()));
const units = readdirSync(join(folder, "systemd"));

/** A list in JSON after an instruction of the last stage. */
function instruction(name: string): string[] {
  const [, list = "[]"] = dockerfile.match(new RegExp(`^${name} (\\[.*\\])$`, "m")) ?? [];
  return JSON.parse(list);
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: { args: string[] }[] } } };
}

describe("the image", () => {
  it("has no fault that a linter finds, is not root, and starts what the package holds", () => {
    expect(findFaults(dockerfile)).toEqual([]);
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    const [, path = ""] = instruction("ENTRYPOINT");
    const inside = path.replace("/opt/expunge/node_modules/", join(folder, "../packages/"));
    expect(existsSync(inside)).toBe(true);
  });
});

/** "networking.k8s.io/v1" is networkingK8sIo.v1 of the package. */
function modelOf(apiVersion: string, kind: string): new (manifest: unknown) => { validate(): void } {
  const path = apiVersion.split("/").map((part) => part.replace(/\.(.)/g, (_, first) => first.toUpperCase()));
  // biome-ignore lint/suspicious/noExplicitAny: the package has a namespace for each group.
  const Model = [...path, kind].reduce<any>((at, name) => at?.[name], kubernetes);
  if (Model === undefined) throw new Error(`Expected a kind of Kubernetes, found ${apiVersion} ${kind}.`);
  return Model;
}

describe("manifests for Kubernetes", () => {
  it.each(manifests.map((manifest: Manifest) => [manifest.kind, manifest] as const))(
    "%s is as its schema says, and is not root",
    (kind, manifest) => {
      const Model = modelOf(manifest.apiVersion, kind);
      new Model(manifest).validate();
      if (kind !== "Deployment") return;
      expect(manifest.spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65532 },
        containers: [{ securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false } }],
      });
    },
  );
});

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

describe("kustomization.yaml", () => {
  const isThere = has("kubectl");
  if (!isThere)
    console.warn(
      "SKIPPED: the check of kustomization.yaml needs kubectl (apt-get install kubernetes-client).",
    );

  it.skipIf(!isThere)("is as kubectl wants it, takes every manifest in, and names the image of all", () => {
    const path = join(folder, "kubernetes");
    const { status, stdout, stderr } = spawnSync("kubectl", ["kustomize", path], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    const built = parseAllDocuments(stdout).map((one) => one.toJS() as Manifest & Named);
    const nameOf = ({ kind, metadata }: Named): string => `${kind} ${metadata.name}`;
    expect(built.map(nameOf).sort()).toEqual(manifests.map(nameOf).sort());
    const [image] = parse(read("kubernetes/kustomization.yaml")).images;
    const containers = built
      .filter(({ kind }) => kind === "Deployment")
      .flatMap(({ spec }) => spec.template.spec.containers as unknown as { readonly image: string }[]);
    expect(containers.map((one) => one.image)).toEqual(
      containers.map(() => `${image.newName}:${image.newTag}`),
    );
    expect(containers).toHaveLength(2);
  });
});

describe("units of systemd", () => {
  const isThere = has("systemd-analyze");
  if (!isThere) console.warn("SKIPPED: the check of units needs systemd-analyze (apt-get install systemd).");

  it.skipIf(!isThere).each(units)("%s is as systemd wants it", (unit) => {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", [
      "verify",
      join(folder, "systemd", unit),
    ]);
    expect([status, String(stdout) + String(stderr)]).toEqual([0, ""]);
  });
});

const alerts = read("prometheus/alerts.yml");

describe("alert rules", () => {
  const isThere = has("promtool");
  if (!isThere)
    console.warn("SKIPPED: the check of alert rules needs promtool (apt-get install prometheus).");

  it.skipIf(!isThere)("are as Prometheus wants them", () => {
    execFileSync("promtool", ["check", "rules", join(folder, "prometheus/alerts.yml")], { stdio: "pipe" });
  });

  it.skipIf(!isThere)("see errors between probes, and requests that failed for good, and clear", async () => {
    const directory = await mkdtemp(join(tmpdir(), "expunge-rules-"));
    try {
      const file = join(directory, "rules.test.yml");
      await writeFile(file, stringify(ruleTests(join(folder, "prometheus/alerts.yml"))));
      execFileSync("promtool", ["test", "rules", file], { stdio: "pipe" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("each say in docs/operations.md what to do", () => {
    const manual = readFileSync(join(folder, "../docs/operations.md"), "utf8");
    const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !manual.includes(name))).toEqual([]);
  });
});

/** Every minute one answer of two is an error, and 1,200 probes come; a request has failed. After an hour and a half all that is over. */
function ruleTests(rules: string): object {
  const answers = (route: string, status: number, values: string) => ({
    series: `expunge_http_requests_total{route="${route}", status="${status}"}`,
    values,
  });
  const firing = (name: string, at: string, isFiring: boolean) => ({
    expr: `count(ALERTS{alertname="${name}", alertstate="firing"})`,
    eval_time: at,
    exp_samples: isFiring ? [{ labels: "{}", value: 1 }] : [],
  });
  return {
    rule_files: [rules],
    tests: [
      {
        interval: "1m",
        input_series: [
          answers("/healthz", 200, "0+1200x180"),
          answers("/v1/requests", 200, "0+1x180"),
          answers("/v1/requests", 503, "0+1x90 90x90"),
          { series: 'expunge_deletion_requests{state="failed"}', values: "1x90 _x90" },
        ],
        promql_expr_test: ["ExpungeServerErrors", "ExpungeRequestsFailed"].flatMap((name) => [
          firing(name, "60m", true),
          firing(name, "150m", false),
        ]),
      },
    ],
  };
}

/** What comes after the program's name in every place that starts it. */
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["the image", instruction("CMD")],
  ["compose's server", compose.services.server.command ?? instruction("CMD")],
  ["compose's worker", compose.services.worker.command],
  ...manifests
    .filter(({ kind }: Manifest) => kind === "Deployment")
    .map(
      ({ metadata, spec }: Manifest & { metadata: { name: string } }) =>
        [metadata.name, spec.template.spec.containers[0]?.args ?? []] as const,
    ),
  ...units.map((unit) => {
    const [, command = ""] = read(join("systemd", unit)).match(/^ExecStart=.*expunge\.mjs (.*)$/m) ?? [];
    return [unit, command.replaceAll("%i", "1").split(" ")] as const;
  }),
];

const canRun = postgresPrograms() !== null && process.getuid?.() === 0 && has("unshare") && has("setpriv");
if (!canRun)
  console.warn(
    "SKIPPED: running what deploy/ starts needs root, unshare, setpriv and PostgreSQL (apt-get install postgresql util-linux).",
  );

/** A read-only root, a scratch folder in memory, and no rights at all: as the image and the manifests ask for. */
const SCRATCH = "/mnt";
const CONFINED = `
mount --bind / / && mount -o remount,bind,ro / && mount -t tmpfs -o mode=1777 tmpfs ${SCRATCH}
exec setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"`;

describe.skipIf(!canRun)("every command in deploy/", () => {
  let postgres: TestDatabase;
  let cli: Cli;
  beforeAll(async () => {
    cli = await buildCli();
    // Whoever the command runs as may read the program.
    chmodSync(dirname(cli.main), 0o755);
  });
  afterAll(() => cli?.remove());
  // Each has a place of rows of its own, and so a database.
  beforeEach(async () => {
    postgres = await createTestDatabase();
    return () => postgres.remove();
  });

  it.each(COMMANDS)(
    "%s: is ready without rights on a read-only root, and ends by SIGTERM",
    async (_, command) => {
      const port = await freePort();
      const args = command.map((part) => (/^\/(scratch|var\/lib\/)/.test(part) ? SCRATCH : part));
      // How long that is is nothing to wait for here.
      const draining = args.indexOf("--drain");
      if (draining >= 0) args[draining + 1] = "1";
      const portOption = args[0] === "worker" ? "--health-port" : "--port";
      const at = args.indexOf(portOption);
      if (at >= 0) args.splice(at, 2);
      args.push(portOption, String(port));
      const child = spawn(
        "unshare",
        [
          "--mount",
          "--propagation",
          "private",
          "sh",
          "-c",
          CONFINED,
          "sh",
          process.execPath,
          cli.main,
          ...args,
        ],
        {
          cwd: "/",
          env: {
            PATH: process.env.PATH,
            EXPUNGE_DATABASE: postgres.url,
            EXPUNGE_ROWS: `${SCRATCH}/rows`,
            EXPUNGE_DATABASE_KEY: Buffer.alloc(32, 7).toString("base64"),
          },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      const said = outputOf(child);
      try {
        await isReady(`http://127.0.0.1:${port}/readyz`, child, said);
        expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
        const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
        if (metrics.ok) expect(await missingFrom(metrics)).toEqual([]);
      } finally {
        child.kill("SIGTERM");
      }
      expect(await endOf(child), said()).toBe(0);
    },
  );
});

/** Metrics that alert rules look at and nobody serves. */
async function missingFrom(answer: Response): Promise<string[]> {
  const served = await answer.text();
  const watched = [...alerts.matchAll(/expunge_\w+/g)].map(([name]) => name);
  return [...new Set(watched)].filter((name) => !served.includes(`# TYPE ${name} `));
}

function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (text += part));
  return () => text;
}

async function isReady(url: string, child: ChildProcess, said: () => string): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`It ended with ${child.exitCode}: ${said()}`);
}

const endOf = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", (code) => resolve(code)));
