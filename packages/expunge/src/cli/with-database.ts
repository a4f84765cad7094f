import { ExpungeError } from "../errors.js";
import { loadService } from "./load-service.js";

type Service = typeof import("@expunge/service");
type Database = Awaited<ReturnType<Service["openDatabase"]>>;

interface OpenOptions {
  /** "make" where the command may be the first one on an empty database. */
  readonly tables?: "make" | "keep";
  /** The place of rows, as of `openDatabase`; by default null: most commands need no rows, and work while their place is away. */
  readonly rows?: { readonly rows?: string | null };
}

/**
 * Runs a command on a service's database, which is closed afterwards. It may be served meanwhile by an older version, so it is not brought up to date.
 *
 * @throws ExpungeError E_DATABASE where it is of another version, or goes away meanwhile
 */
export async function withDatabase<T>(
  command: string,
  location: string,
  use: (database: Database, service: Service) => Promise<T>,
  { tables = "make", rows = { rows: null } }: OpenOptions = {},
): Promise<T> {
  const service = await loadService(command);
  const database = await service.openDatabase(location, { tables, ...rows });
  try {
    return await use(database, service);
  } catch (error) {
    throw service.namingLostConnection(error);
  } finally {
    await database.close();
  }
}

/**
 * `withDatabase` of one that is there: a command that only reads or changes what is in it makes none.
 *
 * @param whenInUse what to do where another process, the server, has an embedded database
 * @throws ExpungeError E_DATABASE, too, where there is none; E_LOCKED where it is in use
 */
export async function withKnownDatabase<T>(
  command: string,
  location: string,
  use: (database: Database, service: Service) => Promise<T>,
  {
    whenInUse = "Stop it first.",
    ...options
  }: { readonly whenInUse?: string } & Pick<OpenOptions, "rows"> = {},
): Promise<T> {
  const { isDatabaseThere } = await loadService(command);
  if (!isDatabaseThere(location))
    throw new ExpungeError(
      "E_DATABASE",
      `There is no embedded database in ${location}. Give the folder or the address of the service's database by --database or EXPUNGE_DATABASE.`,
    );
  return withDatabase(command, location, use, { tables: "keep", ...options }).catch((error: unknown) => {
    if (!(error instanceof ExpungeError && error.code === "E_LOCKED")) throw error;
    throw new ExpungeError(
      "E_LOCKED",
      `The embedded database in ${location} belongs to one process at a time, and another one has it, most likely the server. ${whenInUse}`,
      error.details,
    );
  });
}
