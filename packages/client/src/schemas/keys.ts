import { z } from "zod";
import { plainText, TimeText } from "./common.js";

const Role = z.enum(["submit", "train", "audit", "admin"]);

export const NewKey = z.strictObject({ role: Role, label: plainText(200) }).meta({ id: "NewKey" });

export const KeyView = z
  .object({
    id: z.string(),
    role: Role,
    label: z.string(),
    createdAt: TimeText,
    revokedAt: TimeText.nullable(),
  })
  .meta({ id: "Key" });

export const CreatedKey = z
  .object({ key: z.string().describe("Shown this once; only its hash is kept."), ...KeyView.shape })
  .meta({ id: "CreatedKey" });

export const KeyList = z.object({ items: z.array(KeyView) }).meta({ id: "KeyList" });

export const Me = z
  .object({ tenantId: z.string(), tenant: z.string(), role: Role, label: z.string() })
  .meta({ id: "Me" });

/** Whose key was sent: the tenant, and the key's role and label. */
export interface Me extends z.output<typeof Me> {}
/** A key to be made: what it may do, and a label of 1 to 200 characters. */
export interface NewKey extends z.output<typeof NewKey> {}
/** An API key, without its secret. */
export interface KeyView extends z.output<typeof KeyView> {}
/** A new API key with its secret, which is shown this once. */
export interface CreatedKey extends z.output<typeof CreatedKey> {}
/** All API keys of a tenant, revoked ones included. */
export interface KeyList extends z.output<typeof KeyList> {}
