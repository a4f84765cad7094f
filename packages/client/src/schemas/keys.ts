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

export type Me = z.output<typeof Me>;
export type NewKey = z.output<typeof NewKey>;
export type KeyView = z.output<typeof KeyView>;
export type CreatedKey = z.output<typeof CreatedKey>;
export type KeyList = z.output<typeof KeyList>;
