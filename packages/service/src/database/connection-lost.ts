import { ExpungeError } from "expunge";

/**
 * SQLSTATE classes 08 (connection exceptions) and 57P (the server is stopped, stops or starts), 25P03 (it has ended a session that hung within a
 * transaction), 40P01 (or one of several that waited for each other), 57014 (or a statement that took too long; https://www.postgresql.org/docs/current/errcodes-appendix.html), and what the operating system says of a connection.
 */
const CODES =
  /^(08|57P|25P03|40P01|57014|EAI_AGAIN|ECONN|EHOSTDOWN|EHOSTUNREACH|ENETDOWN|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT)/;

/** What the driver says without a code: of a connection that broke under a query, or that it did not get in time. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after calling end)/;

/** An error and what caused it, the outermost first; drivers and Drizzle wrap no deeper. */
export function causesOf(error: unknown): (Error & { readonly code?: unknown })[] {
  const causes: Error[] = [];
  for (let at = error; at instanceof Error && causes.length < 5; at = at.cause) causes.push(at);
  return causes;
}

/** Whether an error, or what caused it, is that the database could not be reached, or did not answer in time: it is to be tried again. */
export function isConnectionLost(error: unknown): boolean {
  return causesOf(error).some(
    ({ code, message }) => (typeof code === "string" && CODES.test(code)) || MESSAGES.test(message),
  );
}

/** E_DATABASE for a lost connection; every other error as it is. */
export function namingLostConnection(error: unknown): unknown {
  if (error instanceof ExpungeError || !isConnectionLost(error)) return error;
  // The innermost: those around it quote the query and what was to be stored.
  const { code, message } = causesOf(error).at(-1)!;
  const isLate = code === "57014" || code === "40P01" || message === "Query read timeout";
  const what = isLate ? "The database did not answer in time" : "The connection to the database was lost";
  return new ExpungeError("E_DATABASE", `${what}: ${message}.`);
}
