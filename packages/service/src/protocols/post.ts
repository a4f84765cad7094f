import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { CallbackGuard } from "./opendsr.js";
import { Refusal } from "./refusal.js";

/** Addresses that a stranger's callback must not make this server talk to. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  // With those that hold an IPv4 address: compatible, NAT64, Teredo, 6to4.
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv6");

const DEFAULT_TIMEOUT_MS = 10_000;

/** @throws Refusal for an address that callbacks do not go to; it is not quoted */
export function checkCallbackUrl(
  text: string,
  { allowHttp = false, allowPrivate = false }: CallbackGuard,
): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isFit = url?.protocol === "https:" || (allowHttp && url?.protocol === "http:");
  // Neither can be kept in the database.
  const isText = !/\0|\p{Surrogate}/u.test(text);
  if (url === null || !isFit || !isText || url.username !== "" || url.password !== "")
    throw new Refusal("Expected status_callback_urls to be https addresses without a password.");
  if (!allowPrivate && (url.hostname === "localhost" || isPrivate(hostOf(url))))
    throw new Refusal("Expected status_callback_urls outside of private networks.");
  return url;
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts a message once. Redirections are not followed; names are looked at after they are resolved, so that none leads into a private
 * network later on.
 *
 * @returns the status of the answer; of the rest nothing is read
 * @throws whatever keeps it from being sent
 */
export function post(url: URL, { headers, body }: Message, guard: CallbackGuard): Promise<number> {
  const { allowPrivate = false, timeoutMs = DEFAULT_TIMEOUT_MS } = guard;
  if (!allowPrivate && isPrivate(hostOf(url))) return Promise.reject(new Error("a private address"));
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((answer, reject) => {
    const outgoing = send(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      },
      (incoming) => {
        incoming.destroy();
        answer(incoming.statusCode ?? 0);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "", 0);
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivate(address)))
      return callback(Object.assign(new Error("a private address"), { code: "EACCES" }), "", 0);
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function isPrivate(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && PRIVATE.check(host, family === 6 ? "ipv6" : "ipv4");
}
