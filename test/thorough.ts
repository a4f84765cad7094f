/** How often something random is tried: less in a usual run than in `npm run test:slowest`, which has the time. */
export function tries(usual: number, thorough: number): number {
  return isThorough ? thorough : usual;
}

/** Set by the project of the slowest tests (vitest.config.ts). */
export const isThorough = process.env.EXPUNGE_THOROUGH === "1";
