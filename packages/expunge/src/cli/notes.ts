import type { Output } from "./output.js";

/** What a command notes: told to people as it comes, and kept for --json. */
export class Notes {
  readonly texts: string[] = [];
  private readonly output: Pick<Output, "note">;

  constructor(output: Pick<Output, "note">) {
    this.output = output;
  }

  /** @param of the file that they are about, where it is not the command's one */
  add(texts: readonly string[], of?: string): void {
    for (const text of texts) {
      const told = of === undefined ? text : `${of}: ${text}`;
      this.texts.push(told);
      this.output.note(`note: ${told}`);
    }
  }
}
