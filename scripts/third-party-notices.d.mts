import type { Plugin } from "rolldown";

export function thirdPartyNotices(): Plugin;
