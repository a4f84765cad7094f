import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to PostgreSQL that can be cut off. */
export interface Wire {
  /** The database's address through it. */
  readonly url: string;
  /** Messages that have gone to the database so far. */
  readonly sent: () => number;
  /** Breaks every connection, and lets none through until `mend`. */
  cut(): void;
  /** As `cut`, as soon as so many more messages have gone to the database. @returns when that is */
  cutAfter(messages: number): Promise<void>;
  /** Passes nothing on any more, and breaks nothing, as a network that drops what is sent; `mend` passes on what was held. */
  stall(): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param url of a PostgreSQL on this machine */
export async function wireTo(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let [sent, limit, isCut] = [0, Number.POSITIVE_INFINITY, false];
  let tellCut = (): void => {};
  let [isStalled, held] = [false, [] as Socket[]];
  const cut = (): void => {
    isCut = true;
    tellCut();
    for (const socket of [...sockets, ...held]) socket.destroy();
  };
  const open = (near: Socket): void => {
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (message) => {
      sent += 1;
      if (sent > limit) return cut();
      far.write(message);
    });
    far.on("data", (message) => near.write(message));
    near.resume();
  };
  const server = createServer({ pauseOnConnect: true }, (near) => {
    if (isCut) return near.destroy();
    if (isStalled) held.push(near);
    else open(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const near = new URL(url);
  near.port = String((server.address() as AddressInfo).port);
  return {
    url: String(near),
    sent: () => sent,
    cut,
    cutAfter(messages) {
      limit = sent + messages;
      return new Promise((resolve) => {
        tellCut = resolve;
      });
    },
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      isStalled = false;
      for (const socket of sockets) socket.resume();
      for (const near of held) open(near);
      held = [];
      limit = Number.POSITIVE_INFINITY;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
