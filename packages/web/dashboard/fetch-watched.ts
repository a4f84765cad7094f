type Fetch = typeof globalThis.fetch;

interface Watchers {
  /** The key is not accepted (any more). */
  readonly onRefused?: () => void;
  /** Whether the service answered at all. */
  readonly onReach?: (isThere: boolean) => void;
  /** Share of an upload that is sent. */
  readonly onProgress?: (share: number) => void;
  /** Stops an upload. */
  readonly signal?: AbortSignal;
}

/** `fetch` for the client: it notices a refused key and a service that does not answer, and shows how far an upload is. */
export function fetchWatched({ onRefused, onReach, onProgress, signal }: Watchers): Fetch {
  return async (input, init) => {
    const isUpload = onProgress !== undefined && init?.body instanceof FormData;
    const answer = await (isUpload
      ? sendForm(String(input), init, onProgress, signal)
      : fetch(input, init)
    ).catch((error: unknown) => {
      // What the page itself gave up says nothing of the service.
      if (!init?.signal?.aborted && !signal?.aborted) onReach?.(false);
      throw error;
    });
    onReach?.(true);
    if (answer.status === 401) onRefused?.();
    return answer;
  };
}

/** `fetch` does not tell how much it has sent; XMLHttpRequest does. */
function sendForm(
  url: string,
  init: RequestInit,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(init.method ?? "POST", url);
    for (const [name, value] of new Headers(init.headers)) call.setRequestHeader(name, value);
    call.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) onProgress(loaded / total);
    };
    call.upload.onload = () => onProgress(1);
    call.onerror = () => reject(new Error("the connection broke off"));
    call.onabort = () => reject(new Error("you cancelled it"));
    call.onload = () => resolve(new Response(call.responseText, { status: call.status }));
    signal?.addEventListener("abort", () => call.abort(), { once: true });
    call.send(init.body as FormData);
  });
}
