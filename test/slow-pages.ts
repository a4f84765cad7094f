import type { Page } from "playwright-core";

/** How many times slower a page's own thread runs than it could. With 8 or 20, tests fail that read a page before it is done. */
const SLOWER = Number(process.env.EXPUNGE_PAGES_SLOWER ?? 1);

export async function slowDown(page: Page): Promise<void> {
  if (SLOWER === 1) return;
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
}
