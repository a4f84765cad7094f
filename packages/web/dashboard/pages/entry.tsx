import { lazy } from "../lazy";

export const EntryPage = lazy(async () => (await import("./entry-body")).EntryBody);
