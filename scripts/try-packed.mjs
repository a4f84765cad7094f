/**
 * Tries the packages as their users get them: packs them, installs them into empty projects, and there checks types, bundles for a browser, and
 * runs commands, on this Node and on others. Prints how many packages and megabytes an installation of expunge is, and fails above the limits. Nothing that
 * is installed may ask for another Node than this one; the service depends on light-my-request for that alone: fastify takes it instead of a newer one.
 *
 *   node scripts/try-packed.mjs [--nodes 20,22,24]    after npm run build; EXPUNGE_NODES says the same
 *
 * It needs npm's registry: without it, it says what it skipped. Other Nodes are npm's packages node-PLATFORM-ARCH.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { installInto, nodeOf } from "./other-nodes.mjs";
import { BROWSER_USE, CLIENT_USE, LIBRARY_USE, SERVICE_USE } from "./packed-uses.mjs";
import { readArgs } from "./read-args.mjs";
import { bin, PUBLISHED, root } from "./run.mjs";

const MAX_PACKAGES = 20;
const MAX_MEGABYTES = 15;

const { values } = readArgs({
  options: { nodes: { type: "string", default: process.env.EXPUNGE_NODES ?? "" } },
});
const folder = await mkdtemp(join(tmpdir(), "expunge-packed-"));
try {
  const tarballs = packAll();
  await tryAlone(tarballs.expunge);
  const library = await tryLibrary(tarballs.expunge);
  const service = library === null ? null : await tryService(tarballs);
  if (library !== null && service !== null) await tryNodes(library, service);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

// ---------------------------------------------------------------- packing and installing

/** name -> tarball; the files in it are all that the package's entries and programs name. */
function packAll() {
  const packed = PUBLISHED.map((name) => {
    const cwd = `${root}packages/${name}`;
    if (!existsSync(`${cwd}/dist`)) fail(`packages/${name} is not built: npm run build`);
    const text = must("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd });
    const answer = JSON.parse(text);
    const { filename, files, size } = Array.isArray(answer) ? answer[0] : Object.values(answer)[0];
    const strays = files
      .map(({ path }) => path)
      .filter((path) => /(^|\/)(src|test|docs)\/|\.(png|tsx|tsbuildinfo)$|(?<!\.d)\.ts$/.test(path));
    if (strays.length > 0) fail(`${filename} holds what nobody needs: ${strays.slice(0, 5).join(", ")}`);
    say(`packed ${filename}: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`);
    return [name, join(folder, filename)];
  });
  return Object.fromEntries(packed);
}

async function emptyProject(name) {
  const project = join(folder, name);
  await mkdir(project, { recursive: true });
  await writeFile(join(project, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  return project;
}

// ---------------------------------------------------------------- expunge without anything beside it

/** What needs no other package: the tarball alone, nothing installed. */
async function tryAlone(tarball) {
  const project = await emptyProject("alone");
  await mkdir(join(project, "node_modules/expunge"), { recursive: true });
  must("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(project, "node_modules/expunge")]);
  const program = `
    import { readFileSync } from "node:fs";
    import { planUnlearning } from "expunge/accounting";
    import { createKernel } from "expunge/engine";
    import { leafHash } from "expunge/ledger";
    import { verify } from "expunge/verify";
    const read = (name) => readFileSync(${JSON.stringify(`${root}test/certificates/`)} + name, "utf8");
    const given = { publicKey: read("issuer.pub") };
    const { certificate } = JSON.parse(read("v2-on-release.json"));
    if (!verify(certificate, given).ok) throw new Error("verify refuses a good certificate");
    const payload = Buffer.from(certificate.payload, "base64").toString().replace('"epsilon":', '"epsilon":1');
    if (verify({ ...certificate, payload: Buffer.from(payload).toString("base64") }, given).ok) throw new Error("verify takes anything");
    const { steps } = planUnlearning({ rowCount: 1000, batchSize: 10, epochs: 20, l2: 0.01, smoothness: 0.25, lipschitz: 1,
      epsilon: 1, delta: 1e-5, sigma: 0.1, requests: 1 });
    if (!(steps > 0)) throw new Error("no plan");
    if (typeof createKernel !== "function" || leafHash(new Uint8Array(1)).length !== 32) throw new Error("no engine or ledger");`;
  await writeFile(join(project, "alone.mjs"), program);
  must(process.execPath, ["alone.mjs"], { cwd: project });
  say("expunge/accounting, /verify, /engine and /ledger load without any other package");
}

// ---------------------------------------------------------------- expunge installed

async function tryLibrary(tarball) {
  const project = await emptyProject("library");
  if (!installInto(project, [tarball])) return null;
  const lock = JSON.parse(await readFile(join(project, "node_modules/.package-lock.json"), "utf8"));
  const count = Object.keys(lock.packages).length;
  const megabytes = bytesIn(join(project, "node_modules")) / 1e6;
  say(`installed expunge: ${count} packages, ${megabytes.toFixed(1)} MB`);
  if (count > MAX_PACKAGES) fail(`Expected at most ${MAX_PACKAGES} packages, found ${count}.`);
  if (megabytes > MAX_MEGABYTES) fail(`Expected at most ${MAX_MEGABYTES} MB, found ${megabytes.toFixed(1)}.`);
  await checkTypes(project, LIBRARY_USE);
  await bundleForBrowser(project, BROWSER_USE);
  return project;
}

/** Strict, with the declarations themselves checked, in both ways in which projects resolve modules. */
async function checkTypes(project, source, { skipLibCheck = false } = {}) {
  await writeFile(join(project, "use.ts"), source);
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    const compilerOptions = {
      ...{ target: "ES2022", lib: ["ES2023", "DOM"], module, moduleResolution, strict: true, noEmit: true },
      ...{ exactOptionalPropertyTypes: true, types: ["node"], typeRoots: [`${root}node_modules/@types`] },
      skipLibCheck,
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    must(bin("tsc"), ["-p", project]);
    say(`types: strict, ${moduleResolution}${skipLibCheck ? "" : ", declarations checked"}`);
  }
}

async function bundleForBrowser(project, source) {
  const input = join(project, "browser.mjs");
  await writeFile(input, source);
  const missing = [];
  const bundle = await rolldown({
    input,
    cwd: project,
    platform: "browser",
    onLog: (_level, { code, message }) => {
      if (code === "UNRESOLVED_IMPORT") missing.push(message);
    },
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false, minify: true });
  await bundle.close();
  const imports = output.flatMap((chunk) =>
    chunk.type === "chunk" ? [...chunk.imports, ...chunk.dynamicImports] : [],
  );
  if (missing.length > 0 || imports.length > 0)
    fail(`The bundle for a browser asks for ${[...missing, ...imports].join(", ")}.`);
  say(`bundle for a browser: ${(output[0].code.length / 1e3).toFixed(0)} kB, asks for nothing`);
}

// ---------------------------------------------------------------- the service installed

async function tryService(tarballs) {
  const project = await emptyProject("service");
  if (!installInto(project, Object.values(tarballs))) return null;
  const client = await emptyProject("client");
  installInto(client, [tarballs.client]);
  await checkTypes(client, CLIENT_USE);
  await bundleForBrowser(
    client,
    'import { createClient } from "@expunge/client"; globalThis.createClient = createClient;',
  );
  await checkTypes(project, SERVICE_USE, { skipLibCheck: true });
  return project;
}

// ---------------------------------------------------------------- running

async function tryNodes(library, service) {
  const wanted = values.nodes.split(",").filter((major) => major !== "");
  const own = process.versions.node.split(".")[0];
  for (const major of new Set([own, ...wanted])) {
    const node = await nodeOf(major);
    if (node === null) continue;
    await runCommands(node, library);
    await runService(node, service);
    say(
      `Node ${must(node, ["--version"]).trim()}: from a table to a certificate; serve answers, with its dashboard`,
    );
  }
}

async function runCommands(node, project) {
  const at = await mkdtemp(join(folder, "run-"));
  const table = must(node, [`${root}examples/make-people.mjs`]);
  await writeFile(join(at, "people.csv"), table);
  const [header, row] = table.split("\n");
  const subject = row.split(",")[header.split(",").indexOf("email")];
  const expunge = (...args) => {
    const env = { ...process.env, EXPUNGE_KEY: join(at, "key"), HOME: at };
    const program = join(project, "node_modules/expunge/bin/expunge.mjs");
    return spawnSync(node, [program, ...args], { cwd: at, env, encoding: "utf8" });
  };
  const succeed = (...args) => {
    const { status, stdout, stderr } = expunge(...args);
    if (status !== 0) fail(`expunge ${args.join(" ")} ended with ${status}:\n${stderr}${stdout}`);
    if (/warn/i.test(stderr)) fail(`expunge ${args.join(" ")} warns:\n${stderr}`);
    return stdout;
  };
  succeed(
    "schema",
    "infer",
    "people.csv",
    "--label",
    "churned",
    "--subject",
    "email",
    "--out",
    "schema.json",
  );
  succeed("train", "people.csv", "--schema", "schema.json", "--out", "model");
  succeed("evaluate", "model", "people.csv", "--figure", "calibration.svg");
  succeed("forget", "model", "--subject", subject);
  const [certificate] = readdirSync(join(at, "model/certificates"));
  succeed("verify", join("model/certificates", certificate), "--model", "model");
  succeed("audit", "model", "--trials", "50", "--plot", "curve.svg");
  for (const picture of ["calibration.svg", "curve.svg"])
    if (!(await readFile(join(at, picture), "utf8")).includes("<svg")) fail(`${picture} is no picture.`);
  const { status, stderr } = expunge("serve", "--port", "0");
  if (status !== 2 || !stderr.includes("npm install @expunge/service"))
    fail(
      `expunge serve without the service: expected exit code 2 and how to install it, found ${status}: ${stderr}`,
    );
}

async function runService(node, project) {
  const at = await mkdtemp(join(folder, "serve-"));
  await cp(join(project, "package.json"), join(at, "package.json"));
  const program = join(project, "node_modules/expunge/bin/expunge.mjs");
  const child = spawn(node, [program, "serve", "--port", "0", "--no-log"], { cwd: at });
  try {
    const address = await listening(child);
    const openapi = await (await fetch(`${address}/openapi.json`)).json();
    if (openapi.openapi === undefined) fail("serve has no /openapi.json.");
    if (!(await (await fetch(address)).text()).includes("<script")) fail("serve has no dashboard.");
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve()));
  }
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const [, address] = /listens on (\S+)/.exec(text) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`expunge serve ended with ${code}:\n${text}`)));
  });
}

// ---------------------------------------------------------------- parts

/** What a command prints; ends this process where it fails. */
function must(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...options,
  });
  if (status !== 0) fail(`${command} ${args.join(" ")}:\n${error ?? ""}${stderr}${stdout}`);
  return stdout;
}

function bytesIn(path) {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.reduce((sum, entry) => {
    const child = join(path, entry.name);
    if (entry.isDirectory()) return sum + bytesIn(child);
    return entry.isFile() ? sum + statSync(child).size : sum;
  }, 0);
}

function say(text) {
  console.log(`  ${text}`);
}

function fail(text) {
  throw new Error(text);
}
