import type { Me } from "@expunge/client";

export type Role = Me["role"];

/** What each role may do, as the service has it; an admin may do everything. The service decides, the page only explains. */
const ALLOWED = {
  "read models": ["train", "audit"],
  "train models": ["train"],
  "read data sets": ["submit", "train", "audit"],
  "upload data": ["train"],
  "submit requests": ["submit"],
  "read requests": ["submit", "audit"],
  "read certificates": ["submit", "audit"],
  "list certificates": ["audit"],
  "read the ledger": ["audit"],
  "manage keys": [],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof ALLOWED;

export function isAllowed(role: Role, action: Action): boolean {
  return role === "admin" || rolesFor(action).includes(role);
}

export function rolesFor(action: Action): readonly Role[] {
  return [...ALLOWED[action], "admin"];
}

export const ROLE_MEANINGS: Readonly<Record<Role, string>> = {
  submit: "sends deletion requests and fetches their certificates",
  train: "uploads data and trains models",
  audit: "reads everything, changes nothing",
  admin: "may do everything within this tenant",
};
