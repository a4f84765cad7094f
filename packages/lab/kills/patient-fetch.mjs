/**
 * A fetch that asks again, at any of the servers, until one answers: what is cut off and what is refused for now (429, 503) is no answer.
 * A proof is there once the ledger has come so far, so its 404 is none either.
 */
export function patientFetch(addresses) {
  return async (url, { signal: _, ...init }) => {
    const { pathname, search } = new URL(url);
    for (;;) {
      const address = addresses[Math.floor(Math.random() * addresses.length)];
      const answer = await once(`${address}${pathname}${search}`, init).catch(() => null);
      if (answer !== null && !isNotYet(pathname, answer.status)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
}

/** Whole: an answer that breaks off is none. */
async function once(url, init) {
  const { status, headers, body } = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) }).then(
    async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      body: await answer.arrayBuffer(),
    }),
  );
  return new Response(status === 204 ? null : body, { status, headers });
}

function isNotYet(path, status) {
  return status === 429 || status === 503 || (status === 404 && path.endsWith("/proof"));
}
