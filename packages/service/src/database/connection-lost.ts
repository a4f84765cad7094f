import { ExpungeError } from "expunge";

/**
 * SQLSTATE classes 08 (connection exceptions) and 57P (the server is stopped, stops or starts; https://www.postgresql.org/docs/current/errcodes-appendix.html),
 * and what the operating system says of a connection.
 */
const CODES =
  /^(08|57P|EAI_AGAIN|ECONN|EHOSTDOWN|EHOSTUNREACH|ENETDOWN|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT)/;

/** What the driver says without a code: of a connection that broke under a query, or that it did not get in time. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after calling end)/;

/** Whether an error, or what caused it, is that the database could not be reached: it is to be tried again. */
export function isConnectionLost(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if ((typeof code === "string" && CODES.test(code)) || MESSAGES.test(at.message)) return true;
  }
  return false;
}

/** E_DATABASE for a lost connection; every other error as it is. */
export function namingLostConnection(error: unknown): unknown {
  if (error instanceof ExpungeError || !isConnectionLost(error)) return error;
  // The innermost: those around it quote the query and what was to be stored.
  let cause = error as Error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return new ExpungeError("E_DATABASE", `The connection to the database was lost: ${cause.message}.`);
}
