/** A page of a list; `next` is what to ask for as `after`, null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/**
 * Every item of a list, page after page: `for await (const request of everyItem(client.requests.list, { state: "failed" }))`.
 *
 * @throws ClientError, as the list does
 */
export async function* everyItem<Item, Query extends { readonly after?: string; readonly limit?: number }>(
  list: (query: Query) => Promise<Page<Item>>,
  query: Query = {} as Query,
): AsyncGenerator<Item, void> {
  let after: string | null = query.after ?? null;
  do {
    const page: Page<Item> = await list({
      limit: MAX_PAGE,
      ...query,
      ...(after === null ? {} : { after }),
    });
    yield* page.items;
    after = page.next;
  } while (after !== null);
}

const MAX_PAGE = 200;
