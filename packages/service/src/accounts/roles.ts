import type { Role } from "../database/tables.js";

/** Who may do what; an admin may do everything within the tenant. */
const PERMISSIONS = {
  "requests:submit": ["submit"],
  "requests:read": ["submit", "audit"],
  "datasets:write": ["train"],
  // Names and shapes: whoever sends requests must find the data set.
  "datasets:read": ["submit", "train", "audit"],
  "models:write": ["train"],
  "models:read": ["train", "audit"],
  "models:use": ["train"],
  // One by its id, which the answer to a request names: whoever asked keeps the proof.
  "certificates:read": ["submit", "audit"],
  "certificates:list": ["audit"],
  "ledger:read": ["audit"],
  "metrics:read": ["audit"],
  "plan:make": ["submit", "train", "audit"],
  "activity:read": ["submit", "train", "audit"],
  "self:read": ["submit", "train", "audit"],
  "keys:manage": [],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

export function isAllowed(role: Role, permission: Permission): boolean {
  return role === "admin" || (PERMISSIONS[permission] as readonly Role[]).includes(role);
}
