import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ONE_THREAD = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  BLIS_NUM_THREADS: "1",
  NUMEXPR_NUM_THREADS: "1",
};

/**
 * The Python that imports a module, with the module's version; undefined where none does.
 *
 * @param module "numpy" or "torch"
 */
export function findPython(module) {
  const candidates = process.env.EXPUNGE_PYTHON
    ? [process.env.EXPUNGE_PYTHON]
    : ["python3", "/usr/bin/python3"];
  for (const python of candidates) {
    const program = `import ${module}; print(${module}.__version__)`;
    const { status, stdout } = spawnSync(python, ["-c", program], { encoding: "utf8" });
    if (status === 0) return { module, python, version: stdout.trim() };
  }
  return undefined;
}

/**
 * Calls `use` with a child process of peer.py for each of the Pythons found. They answer one command at a time and time
 * themselves, so that what passes between the processes is not counted.
 */
export async function withPeers(pythons, use) {
  const peers = pythons.map(startPeer);
  try {
    return await use(peers);
  } finally {
    for (const { stop } of peers) stop();
  }
}

function startPeer({ module, python }) {
  const script = fileURLToPath(new URL("peer.py", import.meta.url));
  const child = spawn(python, [script, module], {
    env: { ...process.env, ...ONE_THREAD },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A peer that ended early is reported by ask.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask(method, values = {}) {
    child.stdin.write(`${JSON.stringify({ do: method, ...values })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`The ${module} peer ended during "${method}".`);
    return JSON.parse(value);
  }
  return { module, ask, stop: () => child.stdin.end() };
}
