import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const BRIDGE = "expunge0";
/** Where everybody finds the database; a private network of this machine's own. */
export const OWN_ADDRESS = "10.77.0.1";
export const NETWORK = "10.77.0.0/24";

const ip = (...args) => execFileSync("ip", args, { stdio: "pipe" });
const ipIfThere = (...args) => {
  try {
    ip(...args);
  } catch {
    // It was not there.
  }
};

/** Two hosts on this machine: network and host names of their own, joined by a bridge. Needs root and iproute2. */
export function makeHosts(names) {
  removeHosts(names);
  ip("link", "add", BRIDGE, "type", "bridge");
  ip("addr", "add", `${OWN_ADDRESS}/24`, "dev", BRIDGE);
  ip("link", "set", BRIDGE, "up");
  return names.map((name, i) => {
    const address = `10.77.0.${i + 2}`;
    ip("netns", "add", name);
    ip("link", "add", `v-${name}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", `v-${name}`, "master", BRIDGE, "up");
    ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "link", "set", "lo", "up");
    return { name, address };
  });
}

/** With whatever still runs on them. */
export function removeHosts(names) {
  for (const name of names) {
    ipIfThere("link", "del", `v-${name}`);
    spawnSync("sh", ["-c", `ip netns pids ${name} | xargs -r kill -9`]);
    ipIfThere("netns", "del", name);
  }
  ipIfThere("link", "del", BRIDGE);
}

/**
 * A program that is started again whenever it ends, as an operator's init would do it.
 *
 * @param onEnd told of an end that nobody asked for, with its code and the last line that it wrote
 */
export function keepRunning(host, { name, args, env, onEnd, onLine }) {
  let child = null;
  let isWanted = true;
  let isKilled = false;
  const start = () => {
    const own = ["--uts", "sh", "-c", 'hostname "$0" && exec "$@"', host.name, process.execPath, ...args];
    child = spawn("ip", ["netns", "exec", host.name, "unshare", ...own], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    isKilled = false;
    let last = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => {
        for (const line of String(part)
          .split("\n")
          .filter((text) => text !== "")) {
          last = line;
          onLine?.(`${name}: ${line}`);
        }
      });
    const current = child;
    current.once("exit", (code, signal) => {
      if (!isWanted) return;
      if (!isKilled) onEnd(name, `${code ?? signal}: ${last}`);
      setTimeout(() => isWanted && start(), 300);
    });
  };
  start();
  return {
    name,
    kill() {
      isKilled = true;
      child.kill("SIGKILL");
    },
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async end() {
      isWanted = false;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await once(child, "exit");
      clearTimeout(timer);
    },
  };
}
