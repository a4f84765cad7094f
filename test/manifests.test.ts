import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as kubernetes from "kubernetes-models";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

/* What deploy/ says in one file about what stands in another: versions of packages, ports, users, folders. */

const root = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(root, "deploy", name), "utf8");
const dockerfile = read("Dockerfile");
const compose = parse(read("compose.yaml"), { merge: true });

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe: Probe;
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another.
  readonly spec: any;
}
const manifests: Manifest[] = readdirSync(join(root, "deploy/kubernetes"))
  .filter((name) => name !== "kustomization.yaml")
  .flatMap((name) => parseAllDocuments(read(`kubernetes/${name}`)).map((one) => one.toJS()));
const ofKind = (kind: string): Manifest[] => manifests.filter((one) => one.kind === kind);
const containerOf = ({ spec }: Manifest): Container => spec.template.spec.containers[0];

describe("the image", () => {
  const RUN = /^RUN ((?:.*\\\n)*.*)$/gm;
  const [, needed = ""] = /AS needed\n([\s\S]*?)\nFROM /.exec(dockerfile) ?? [];
  const [install = "", shrink = ""] = [...needed.matchAll(RUN)].map(([, command]) => command as string);

  it("has the lock file's version of every package, and none for development", () => {
    const folder = mkdtempSync(join(tmpdir(), "expunge-image-"));
    try {
      const copied = [...dockerfile.matchAll(/^COPY (\S*package.*) \S+$/gm)].flatMap(([, names]) =>
        (names as string).split(" "),
      );
      for (const name of copied) cpSync(join(root, name), join(folder, name));
      // Which packages npm takes; nothing has to be fetched for that.
      const env = { ...process.env, npm_config_package_lock_only: "true", npm_config_offline: "true" };
      execFileSync("sh", ["-c", install], { cwd: folder, env, stdio: "pipe" });
      const locked = packagesIn(root);
      const taken = packagesIn(folder).filter(([path, { dev, link }]) => isInstalled(path) && !dev && !link);
      expect(taken.length).toBeGreaterThan(100);
      const versions = new Map(locked.map(([path, { version, integrity }]) => [path, [version, integrity]]));
      for (const [path, { version, integrity }] of taken)
        expect([path, version, integrity]).toEqual([path, ...(versions.get(path) ?? [])]);
      const names = taken.map(([path]) => path.split("node_modules/").at(-1));
      expect(names).toContain("fastify");
      expect(names).not.toContain("vitest");
      expect(names).not.toContain("linkedom");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves out types and maps, and nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "expunge-image-"));
    try {
      mkdirSync(join(folder, "node_modules/a.map"), { recursive: true });
      const names = ["a.js", "a.mjs", "a.cjs", "a.json", "a.wasm", "LICENSE.md", "a.ts.js"];
      const needless = ["a.d.ts", "a.d.mts", "a.d.cts", "a.ts", "a.js.map"];
      for (const name of [...names, ...needless]) writeFileSync(join(folder, "node_modules/a.map", name), "");
      execFileSync("sh", ["-c", shrink], { cwd: folder, stdio: "pipe" });
      expect(readdirSync(join(folder, "node_modules/a.map")).sort()).toEqual(names.sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is built from nothing but the packages: not from rows, keys or deploy/.env", () => {
    const rules = readFileSync(join(root, ".dockerignore"), "utf8")
      .split("\n")
      .filter((rule) => /^[^#]/.test(rule));
    expect(rules[0]).toBe("*");
    const taken = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
    expect(taken).toEqual(["package.json", "package-lock.json", "tsconfig.json", "packages", "scripts"]);
    for (const name of taken) expect(existsSync(join(root, name)), name).toBe(true);
    expect(rules.slice(taken.length + 1)).toEqual(["**/node_modules", "**/dist", "**/.env"]);
    expect(readFileSync(join(root, ".gitignore"), "utf8").split("\n")).toContain(".env");
  });
});

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}
const packagesIn = (folder: string): [string, Locked][] =>
  Object.entries(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages);
const isInstalled = (path: string): boolean => path.includes("node_modules/");

describe("manifests for Kubernetes", () => {
  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    "%s has no field that Kubernetes does not know",
    (_, manifest) => {
      expect(unknownFields(manifest)).toEqual([]);
      const mistaken = structuredClone(manifest) as { metadata: object };
      mistaken.metadata = { ...mistaken.metadata, lables: {} };
      expect(unknownFields(mistaken as Manifest)).toEqual([".metadata.lables"]);
    },
  );

  it.each(ofKind("Deployment").map((manifest) => [manifest.metadata.name, manifest] as const))(
    "%s: its ports, probes, folders and user are those of the program and the image",
    (_, manifest) => {
      const container = containerOf(manifest);
      const { args, ports, volumeMounts, startupProbe, readinessProbe, livenessProbe } = container;
      expect(ports.map(({ containerPort }) => containerPort)).toEqual([portOf(args)]);
      for (const probe of [startupProbe, readinessProbe, livenessProbe])
        if (probe !== undefined) {
          expect(ports.map(({ name }) => name)).toContain(probe.httpGet.port);
          expect(["/healthz", "/readyz"]).toContain(probe.httpGet.path);
        }
      // A process that waits for its database lives.
      expect(livenessProbe.httpGet.path).toBe("/healthz");
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual([valueAfter(args, "--scratch")]);
      const { volumes, securityContext } = manifest.spec.template.spec;
      expect(volumes.map(({ name }: { name: string }) => name)).toEqual(volumeMounts.map(({ name }) => name));
      const { runAsUser, runAsGroup } = securityContext;
      expect(dockerfile).toContain(`\nUSER ${runAsUser}:${runAsGroup}\n`);
    },
  );

  it("Services, network policies and budgets name pods and ports that are there", () => {
    const pods = ofKind("Deployment").map((one) => ({
      labels: one.spec.template.metadata.labels,
      ports: containerOf(one).ports.map(({ name }) => name),
    }));
    const portsOf = (labels: object): string[] =>
      pods
        .filter((pod) => JSON.stringify(pod.labels) === JSON.stringify(labels))
        .flatMap(({ ports }) => ports);
    for (const { spec } of ofKind("Service"))
      expect(portsOf(spec.selector)).toContain(spec.ports[0].targetPort);
    for (const { spec } of ofKind("NetworkPolicy"))
      expect(portsOf(spec.podSelector.matchLabels)).toEqual([spec.ingress[0].ports[0].port]);
    for (const { spec } of ofKind("PodDisruptionBudget"))
      expect(portsOf(spec.selector.matchLabels)).toEqual(["http"]);
  });
});

describe("compose.yaml", () => {
  it("its server takes callers' addresses from the proxy, and may finish answers that take a minute", () => {
    const { command, stop_grace_period: grace } = compose.services.server;
    expect(valueAfter(command, "--trusted-proxies")).toBe("1");
    expect(Number.parseInt(grace, 10)).toBeGreaterThan(60);
  });

  const inImage = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]");
  it.each(["server", "worker"] as const)("%s: its check asks the port that is served", (name) => {
    const { command = inImage, healthcheck, volumes, ports = [] } = compose.services[name];
    const port = portOf(command);
    expect(healthcheck.test.join(" ")).toMatch(
      new RegExp(`http://127\\.0\\.0\\.1:${port}/(healthz|readyz)'`),
    );
    for (const one of ports) expect(one).toBe(`127.0.0.1:${port}:${port}`);
    const targets = volumes.map(({ target }: { target: string }) => target);
    expect(targets).toEqual([
      valueAfter(command, "--scratch"),
      compose.services[name].environment.EXPUNGE_ROWS,
    ]);
    // Made in the image, so that a new volume belongs to its user.
    expect(dockerfile).toContain(`\nVOLUME ${JSON.stringify(targets).replace(",", ", ")}\n`);
  });
});

const valueAfter = (args: readonly string[], option: string): string | undefined =>
  args[args.indexOf(option) + 1];

/** The one that a server or a worker with these arguments listens on. */
const portOf = (args: readonly string[]): number =>
  args[0] === "worker" ? Number(valueAfter(args, "--health-port")) : 8080;

/** What the schema of a manifest's kind does not look at, as paths; it lets everything else pass. */
function unknownFields(manifest: Manifest): string[] {
  const path = manifest.apiVersion
    .split("/")
    .map((part) => part.replace(/\.(.)/g, (_, first) => first.toUpperCase()));
  // biome-ignore lint/suspicious/noExplicitAny: the package has a namespace for each group.
  const Model = [...path, manifest.kind].reduce<any>((at, name) => at?.[name], kubernetes);
  const seen = new Set<string>();
  const watched = (value: unknown, at: string): unknown =>
    typeof value !== "object" || value === null
      ? value
      : new Proxy(value, {
          get: (target, key) => {
            const inside = Reflect.get(target, key);
            if (typeof key === "symbol" || !Object.hasOwn(target, key)) return inside;
            seen.add(`${at}.${key}`);
            return watched(inside, `${at}.${key}`);
          },
        });
  // Making one copies everything; only its schema leaves out what it does not know.
  const model = watched(new Model(manifest), "") as { validate(): void };
  model.validate();
  return pathsOf(manifest, "").filter((one) => !seen.has(one));
}

function pathsOf(value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) => [
    `${at}.${key}`,
    ...pathsOf(inside, `${at}.${key}`),
  ]);
}
