import { dataError } from "./data-error.js";
import { guessUtf16, markedEncoding } from "./text-encoding.js";

/** What the first part of a text file shows. */
export interface TextHead {
  /** By its byte-order mark, else as declared, else "utf-8". */
  readonly encoding: string;
  /** Nobody declared it and no mark says so, but its bytes look like UTF-16. */
  readonly guessed: "utf-16le" | "utf-16be" | null;
  /** The beginning of the text, without the mark, in the encoding that was guessed where one was; the last line may be cut off. */
  readonly sample: string;
  /** Whether the sample is the whole text. */
  readonly isWhole: boolean;
}

/**
 * What bytes from the beginning of a text show.
 *
 * @param declared its encoding; a byte-order mark says more
 * @throws ExpungeError E_DATA for UTF-32
 */
export function textHeadOf(
  path: string,
  { bytes, isWhole }: { readonly bytes: Uint8Array; readonly isWhole: boolean },
  declared?: string,
): TextHead {
  const mark = markedEncoding(bytes);
  if (mark === "utf-32")
    throw dataError({ file: path }, "text in UTF-8, or an encoding that is declared", "UTF-32");
  const guessed = mark === null && declared === undefined ? guessUtf16(bytes) : null;
  const encoding = mark ?? declared ?? "utf-8";
  const sample = new TextDecoder(guessed ?? encoding).decode(bytes, { stream: !isWhole });
  return { encoding, guessed, sample, isWhole };
}
