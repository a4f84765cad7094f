import { ExpungeError } from "../errors.js";
import { given } from "../given.js";

/** An error that says, too, that rows may be left in a directory. @param left what could not be erased and why; the error stays as it is where there is nothing */
export function withRowsLeft(error: unknown, directory: string, left: readonly string[]): unknown {
  if (left.length === 0) return error;
  const { message: why } = error as Error;
  const message = `${why.replace(/\.?$/, ".")} Rows may be left in ${directory}, which could not be erased (${left[0]}): remove it.`;
  if (error instanceof ExpungeError) return new ExpungeError(error.code, message, error.details);
  const { code } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(message, { cause: error }), given({ code }));
}
