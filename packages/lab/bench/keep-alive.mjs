import { connect } from "node:net";

/**
 * A connection over which one call after another is made, by as little work as will do: what is measured is the server, on the same machine.
 *
 * @param url of the server, by HTTP
 * @param headers lines of every call
 */
export async function openConnection(url, headers) {
  const socket = connect(Number(url.port), url.hostname);
  socket.setNoDelay(true);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const head = Object.entries({ host: url.host, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  let text = "";
  let answered = null;
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    text += part;
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0);
    if (text.length < end + 4 + length) return;
    const status = Number(text.slice(9, 12));
    const body = text.slice(end + 4, end + 4 + length);
    text = "";
    answered?.({ status, body });
  });
  socket.on("error", () => answered?.({ status: 0, body: "" }));
  socket.on("close", () => answered?.({ status: 0, body: "" }));
  return {
    /** @returns its status, 0 where the connection broke, and its body */
    post(path, body) {
      return new Promise((resolve) => {
        answered = resolve;
        socket.write(
          `POST ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      });
    },
    /** Asks, and reads whatever comes for as long as it comes. */
    listen(path) {
      socket.removeAllListeners("data");
      socket.resume();
      socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`);
    },
    close: () => socket.destroy(),
  };
}
