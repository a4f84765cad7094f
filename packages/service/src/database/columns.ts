import { customType, timestamp } from "drizzle-orm/pg-core";

/** A bytea column, as bytes. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
});

/** To the millisecond, as a Date holds it: what is read back is what is there. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });
