/** What `checkSite` found; a problem names the page and the link. */
export function checkSite(
  folder: string,
): Promise<{ readonly pages: number; readonly links: number; readonly problems: readonly string[] }>;
