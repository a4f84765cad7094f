import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** 1: the pictures of the docs; a folder: every page in every size and theme, whole, to be looked at. */
const wanted = process.env.EXPUNGE_SCREENSHOTS ?? "";
export const arePicturesWanted = wanted !== "";
export const areForDocs = wanted === "1";
export const picturesFolder = areForDocs ? join(import.meta.dirname, "../docs/images") : wanted;

export const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1280, height: 900 },
  laptop: { width: 1440, height: 900 },
  wide: { width: 2560, height: 1440 },
} as const;
type Size = keyof typeof SIZES;

const TO_LOOK_AT: readonly Size[] = ["phone", "tablet", "laptop", "wide"];

const setTheme = (page: Page, theme: string): Promise<void> =>
  page.evaluate((to) => {
    document.documentElement.dataset.theme = to;
  }, theme);

/** Where two frames have been drawn, and no transition is under way: charts are drawn anew for another width. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** Takes a page as it stands, where pictures to look at are wanted: in every size, and both themes. It is left as it was. */
export async function takeToLookAt(page: Page, name: string): Promise<void> {
  if (!arePicturesWanted || areForDocs) return;
  await mkdir(picturesFolder, { recursive: true });
  const before = page.viewportSize();
  const theme = await page.evaluate(() => document.documentElement.dataset.theme ?? "light");
  for (const size of TO_LOOK_AT) {
    await page.setViewportSize(SIZES[size]);
    for (const shown of ["light", "dark"]) {
      await setTheme(page, shown);
      await drawn(page);
      await page.screenshot({ path: join(picturesFolder, `${name}-${size}-${shown}.png`), fullPage: true });
    }
  }
  await setTheme(page, theme);
  if (before !== null) await page.setViewportSize(before);
}

/** Does something in a theme, and comes back to the one that was. */
export async function inTheme(
  page: Page,
  theme: "light" | "dark",
  act: () => Promise<unknown>,
): Promise<void> {
  const before = await page.evaluate(() => document.documentElement.dataset.theme ?? "light");
  await setTheme(page, theme);
  await act();
  await setTheme(page, before);
}
