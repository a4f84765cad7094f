import { HttpError } from "./problem.js";

/** A part of a form: its name, and its bytes, which must be read before the next part is asked for. */
export interface FormPart {
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
}

const MAX_HEADER_BYTES = 8192;
const MAX_PARTS = 20;

/** Boundary of a multipart/form-data content type. @throws HttpError E_SYNTAX */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed("Expected a boundary in the content type.");
  return boundary;
}

/**
 * Parts of a form in order, as they arrive: nothing is held but what may be the beginning of the next boundary.
 *
 * Source: RFC 7578, RFC 2046 section 5.1.1.
 * @throws HttpError E_SYNTAX
 */
export async function* readForm(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<FormPart, void> {
  const input = new Input(source);
  // As if a line had ended before the first boundary, which then is like all others.
  input.unread(Buffer.from("\r\n"));
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  for await (const _ of input.until(delimiter)) {
    // A preamble says nothing.
  }
  for (let count = 0; ; count++) {
    if (await input.isLast()) return;
    if (count === MAX_PARTS) throw malformed(`Expected at most ${MAX_PARTS} parts.`);
    const name = partName(await input.head());
    const chunks = input.until(delimiter);
    yield { name, chunks };
    for await (const _ of chunks) {
      // What nobody read.
    }
  }
}

/** Bytes of a part that is small. @throws HttpError E_TOO_LARGE */
export async function readPart({ name, chunks }: FormPart, most: number): Promise<string> {
  const held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most)
      throw new HttpError("E_TOO_LARGE", `Expected part "${name}" to be at most ${most} bytes.`);
    held.push(chunk);
  }
  return Buffer.concat(held).toString("utf8");
}

class Input {
  #held: Buffer = Buffer.alloc(0);
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  unread(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  /** Everything up to a delimiter, which is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      const sure = at >= 0 ? at : Math.max(0, this.#held.length - delimiter.length + 1);
      const chunk = this.#held.subarray(0, sure);
      this.#held = this.#held.subarray(at >= 0 ? at + delimiter.length : sure);
      if (chunk.length > 0) yield chunk;
      if (at >= 0) return;
      await this.#more();
    }
  }

  /** What comes after a boundary: two dashes where it is the last. */
  async isLast(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    const mark = this.#held.subarray(0, 2).toString("latin1");
    if (mark === "--") return true;
    if (mark !== "\r\n") throw malformed("Expected a line to end after a boundary.");
    return false;
  }

  /** The header lines of a part. */
  async head(): Promise<string> {
    // The line end before them is there still, so that a part without headers ends in the same way.
    for (;;) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end > MAX_HEADER_BYTES || (end < 0 && this.#held.length > MAX_HEADER_BYTES))
        throw malformed("Expected shorter headers of a part.");
      if (end >= 0) {
        const head = this.#held.subarray(0, end).toString("utf8");
        this.#held = this.#held.subarray(end + 4);
        return head;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done) throw malformed("The form ends too early.");
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
  }
}

function partName(head: string): string {
  const line = head.split("\r\n").find((text) => /^content-disposition:/i.test(text)) ?? "";
  const [, name] = /;\s*name="([^"]*)"/i.exec(line) ?? /;\s*name=([^\s;"]+)/i.exec(line) ?? [];
  if (name === undefined) throw malformed("Expected a part with a name.");
  return name;
}

function malformed(detail: string): HttpError {
  return new HttpError("E_SYNTAX", detail);
}
