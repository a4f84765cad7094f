import { ExpungeError } from "../errors.js";
import { VERSION } from "../version.js";

type Service = typeof import("@expunge/service");

/**
 * The package of the service, which is installed by those who run one. Loaded only when a command needs it: its drivers and its server would make
 * every other command start slower.
 *
 * @param command what needs it, for the message
 * @param load how it is loaded; tests bring their own
 * @throws ExpungeError E_OPTION where it is not installed, and how to install it
 */
export async function loadService(
  command: string,
  load: () => Promise<Service> = () => import("@expunge/service"),
): Promise<Service> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ExpungeError(
      "E_OPTION",
      `expunge ${command} needs the package @expunge/service, which is not installed. Install it beside expunge: npm install @expunge/service@${VERSION}`,
    );
  }
}

/** The package itself is not there; one that it needs and that is missing is another matter. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ERR_MODULE_NOT_FOUND" && message.includes("'@expunge/service'");
}
