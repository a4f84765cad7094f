import { Option } from "commander";

/** The folder of the embedded database, where no other is named. */
const EMBEDDED = "expunge-service";

/** `--database`, or EXPUNGE_DATABASE: by Commander's `env`, so that `--help` names the variable and never prints a password in it. */
export function databaseOption(hint = ""): Option {
  return new Option("--database <where>", `postgres://..., or the directory of an embedded database${hint}`)
    .env("EXPUNGE_DATABASE")
    .default(EMBEDDED);
}

/** The same for several processes at once, which an embedded database cannot serve. */
export function sharedDatabaseOption(): Option {
  return new Option("--database <url>", "postgres://..., the service's database")
    .env("EXPUNGE_DATABASE")
    .makeOptionMandatory();
}
