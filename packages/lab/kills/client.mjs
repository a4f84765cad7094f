/** The API as a client has it who asks again, at any of the servers, until it is answered. */
export function createClient(addresses, key) {
  const headers = { authorization: `Bearer ${key}` };

  async function once(path, init) {
    const address = addresses[Math.floor(Math.random() * addresses.length)];
    const answer = await fetch(`${address}${path}`, {
      ...init,
      headers: { ...headers, ...init.headers },
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    return { status: answer.status, text };
  }

  /** What is not there yet, refused for now or cut off is asked for again; any other refusal ends the run. */
  async function ask(path, init = {}, isRetried = ({ status }) => status === 503 || status === 429) {
    for (;;) {
      const answer = await once(path, init).catch(() => null);
      if (answer === null || isRetried(answer)) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      return answer.text;
    }
  }

  const askJson = async (path, init) => JSON.parse(await ask(path, init));
  const post = (path, body, more = {}) =>
    askJson(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...more },
    });
  async function all(path) {
    const items = [];
    for (let after = null; ; ) {
      const page = await askJson(`${path}?limit=200${after === null ? "" : `&after=${after}`}`);
      items.push(...page.items);
      after = page.next ?? null;
      if (after === null) return items;
    }
  }
  return { ask, askJson, post, all };
}
