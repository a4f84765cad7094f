import pc from "picocolors";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream gets colours: only on a terminal, unless FORCE_COLOR asks for them everywhere; NO_COLOR forbids them (no-color.org).
 * picocolors alone would also colour pipes wherever CI is set, and judges stderr by stdout.
 */
export function hasColours(stream: { readonly isTTY?: boolean }, env: Environment = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

export const onStdout = pc.createColors(hasColours(process.stdout));
export const onStderr = pc.createColors(hasColours(process.stderr));
