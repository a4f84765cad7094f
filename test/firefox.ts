import { existsSync } from "node:fs";
import puppeteer, { type Page } from "puppeteer-core";

const candidates = [process.env.EXPUNGE_FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"];
export const firefoxPath = candidates.find((path): path is string => path !== undefined && existsSync(path));

if (firefoxPath === undefined)
  console.warn("SKIPPED: the pages in Firefox (apt-get install firefox-esr, or EXPUNGE_FIREFOX).");

/** A page in a Firefox of its own, as it is installed, by WebDriver BiDi; ends with what is done in it. @returns what the page said was wrong */
export async function inFirefox(act: (page: Page) => Promise<void>): Promise<readonly string[]> {
  const firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: firefoxPath as string,
    headless: true,
  });
  const complaints: string[] = [];
  try {
    const page = await firefox.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await act(page);
  } finally {
    await firefox.close();
  }
  return complaints;
}

/** Waits until a text is there. */
export const seeIn = async (page: Page, text: string): Promise<void> => {
  await page.locator(`::-p-text(${text})`).wait();
};

export const pressIn = (page: Page, name: string): Promise<void> =>
  page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
