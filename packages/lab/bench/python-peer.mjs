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

/** glibc's malloc gives nothing back to the system, which is best for PyTorch's large intermediate results. */
const KEEP_MEMORY = { MALLOC_TRIM_THRESHOLD_: "1000000000", MALLOC_MMAP_THRESHOLD_: "1000000000" };

/** What is said where no Python here imports a module, with how to get it. */
export function missingPython(module) {
  const debian = `apt-get install --no-install-recommends python3-${module}`;
  return `no Python here imports ${module} (on Debian: ${debian}; EXPUNGE_PYTHON names a Python that has it)`;
}

/**
 * The Python that imports a module, with the module's version; undefined where none does.
 *
 * @param module "numpy", "torch" or "sklearn"
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
 * Calls `use` with a child process of peer.py for each of the Pythons, precisions and ways to keep memory. They answer one command at a time and time
 * themselves, so that what passes between the processes is not counted.
 */
export async function withPeers(asked, use) {
  const peers = asked.map(startPeer);
  try {
    return await use(peers);
  } finally {
    for (const { stop } of peers) stop();
  }
}

function startPeer({ module, python, precision, keepsMemory }) {
  const script = fileURLToPath(new URL("peer.py", import.meta.url));
  const child = spawn(python, [script, module, precision], {
    env: { ...process.env, ...ONE_THREAD, ...(keepsMemory ? KEEP_MEMORY : {}) },
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
  return { module, precision, keepsMemory, ask, stop: () => child.stdin.end() };
}
