import { InvalidArgumentError, Option } from "commander";
import { ExpungeError } from "../errors.js";

/** The folder of the embedded database, where no other is named. */
const EMBEDDED = "expunge-service";

/** `--database`, or EXPUNGE_DATABASE: by Commander's `env`, so that `--help` names the variable and never prints a password in it. */
export function databaseOption(hint = ""): Option {
  return new Option("--database <where>", `postgres://..., or the directory of an embedded database${hint}`)
    .env("EXPUNGE_DATABASE")
    .argParser(requirePlace)
    .default(EMBEDDED);
}

/** `--rows`: the library takes EXPUNGE_ROWS, and the embedded database's own folder, where it is not given. */
export function rowsOption(): Option {
  return new Option(
    "--rows <place>",
    "where the bytes of rows are kept: a folder that all hosts share, or s3://bucket/prefix (default: EXPUNGE_ROWS; beside an embedded database)",
  );
}

/** `--database` for several processes at once, which an embedded database cannot serve. */
export function sharedDatabaseOption(): Option {
  return new Option("--database <url>", "postgres://..., the service's database")
    .env("EXPUNGE_DATABASE")
    .argParser(requirePlace);
}

/** @throws ExpungeError E_OPTION that says where the embedded database has its worker */
export function requireSharedDatabase(database: string | undefined): void {
  if (database !== undefined) return;
  throw new ExpungeError(
    "E_OPTION",
    "Give --database postgres://..., or set EXPUNGE_DATABASE. The embedded database needs no worker of its own: `expunge serve` has one inside.",
  );
}

/** A variable that is set to nothing would else be the folder that the process runs in. */
function requirePlace(value: string): string {
  if (value.trim() !== "") return value;
  throw new InvalidArgumentError("Expected a folder or postgres://..., found nothing.");
}
