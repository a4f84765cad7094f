import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { DESKTOP, PHONE, type Visitor } from "./dashboard-driver.js";

/** 1: the pictures of the docs; a folder: every page in every size and theme, whole, to be looked at. */
const wanted = process.env.EXPUNGE_SCREENSHOTS ?? "";
const folder = wanted === "1" ? join(import.meta.dirname, "../docs/images") : wanted;

/** One of each is enough in the docs. */
const IN_DOCS = [
  ...["sign-in", "models", "preview", "certificate", "ledger"].map((name) => `${name}-desktop-light`),
  ...["model-desktop-dark", "entry-desktop-dark", "models-phone-light", "certificate-phone-dark"],
];
const MAX_PICTURE = 200_000;

export const SIZES = {
  phone: { viewport: PHONE, isMobile: true, hasTouch: true },
  desktop: { viewport: DESKTOP },
  tablet: { viewport: { width: 768, height: 1024 } },
  laptop: { viewport: { width: 1440, height: 900 } },
  wide: { viewport: { width: 2560, height: 1440 } },
} as const;
type Size = keyof typeof SIZES;
export const wantedSizes: readonly Size[] =
  wanted === "1" ? ["phone", "desktop"] : ["phone", "tablet", "laptop", "wide"];

type Theme = "light" | "dark";
export const arePicturesWanted = wanted !== "";

/** A picture of what is in sight, where it is wanted. */
export async function takePicture(
  { page }: Visitor,
  { name, size, theme }: { name: string; size: Size; theme: Theme },
): Promise<void> {
  const title = `${name}-${size}-${theme}`;
  if (!arePicturesWanted || (wanted === "1" && !IN_DOCS.includes(title))) return;
  await mkdir(folder, { recursive: true });
  const path = join(folder, `dashboard-${title}.png`);
  const picture = await page.screenshot({ path, fullPage: wanted !== "1" });
  if (wanted === "1") expect(picture.length).toBeLessThan(MAX_PICTURE);
}

/** Every page one after the other, each in sight while its name is given. */
export async function* takeTour(
  visitor: Visitor,
  { key, places, who }: { key: string; places: ReturnType<typeof Visitor.places>; who: string },
): AsyncGenerator<string> {
  await visitor.page.goto(visitor.origin);
  yield "sign-in";
  await visitor.signIn(key);
  for (const [name, hash] of places) {
    await visitor.settle(hash);
    await visitor.page.evaluate(() => scrollTo(0, 0));
    yield name;
  }
  await visitor.settle("#/requests");
  await visitor.ask(who);
  await visitor.see("fewer steps than training again");
  await visitor.page.evaluate(() => scrollTo(0, 0));
  yield "preview";
}
