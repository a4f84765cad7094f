import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Visitor } from "./dashboard-driver.js";
import { areForDocs, picturesFolder, takeToLookAt } from "./pictures.js";

/** One of each is enough in the docs. */
const IN_DOCS = [
  ...["sign-in", "models", "preview", "certificate", "ledger"].map((name) => `${name}-desktop-light`),
  ...["model-desktop-dark", "entry-desktop-dark", "models-phone-light", "certificate-phone-dark"],
];
const MAX_PICTURE = 200_000;

/** For the docs what is in sight, where it is one of theirs; to look at, the whole page in every size and theme. */
export async function takePicture({ page }: Visitor, name: string, variant: string): Promise<void> {
  if (!areForDocs) return takeToLookAt(page, `dashboard-${name}`);
  const title = `${name}-${variant}`;
  if (!IN_DOCS.includes(title)) return;
  await mkdir(picturesFolder, { recursive: true });
  const picture = await page.screenshot({ path: join(picturesFolder, `dashboard-${title}.png`) });
  expect(picture.length).toBeLessThan(MAX_PICTURE);
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
