import { base64UrlOfBytes, bytesOfBase64 } from "./bytes";

/* A text in an address: deflated (RFC 1951), in base64url. What stands behind the # of an address is sent to nobody. */

/** Bounds what a hostile address can make a page unpack. */
const MAX_CHARACTERS = 2_000_000;

export async function packText(text: string): Promise<string> {
  const packed = await throughStream(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  return base64UrlOfBytes(packed);
}

/** @throws Error for what is no packed text */
export async function unpackText(packed: string): Promise<string> {
  return new TextDecoder().decode(
    await throughStream(bytesOfBase64(packed), new DecompressionStream("deflate-raw")),
  );
}

async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: GenericTransformStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(stream as ReadableWritablePair)
    .getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_CHARACTERS) {
      await reader.cancel();
      throw new Error(`Expected at most ${MAX_CHARACTERS} bytes.`);
    }
    parts.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
