import type { WorkFailure } from "@expunge/service";
import { failureText } from "./failure-text.js";
import type { Output } from "./output.js";

/** What a server or a worker has to say while it runs; never a secret, a row or a subject. */
export interface ServiceLog {
  note(text: string): void;
  warn(text: string): void;
  /** What will be tried again, or wants to be looked at. */
  failed(failure: WorkFailure): void;
  /** Why the process ends. */
  ended(error: unknown): void;
}

/**
 * One line of JSON each on standard output, as the log of requests has them (`level` of 30, 40, 50 or 60, `time` in ms of this host's clock, `code`,
 * `err`, `msg`); or with `--no-log` lines for people on standard error.
 *
 * @param describeError how that log describes what was thrown
 */
export function createServiceLog(
  isJson: boolean,
  output: Output,
  describeError: (error: Error) => object,
): ServiceLog {
  return isJson ? jsonLog(describeError) : textLog(output);
}

const LEVELS = { info: 30, warn: 40, error: 50, fatal: 60 } as const;

function jsonLog(describeError: (error: Error) => object): ServiceLog {
  const write = (level: keyof typeof LEVELS, msg: string, more: object = {}): void => {
    process.stdout.write(`${JSON.stringify({ level: LEVELS[level], time: Date.now(), ...more, msg })}\n`);
  };
  const described = (error: Error): object => {
    const { code } = error as { code?: unknown };
    return { ...(typeof code === "string" ? { code } : {}), err: describeError(error) };
  };
  return {
    note: (text) => write("info", text),
    warn: (text) => write("warn", text),
    failed: ({ work, modelId, error }) =>
      write("error", failureText(error), {
        work,
        ...(modelId === null ? {} : { modelId }),
        ...described(error),
      }),
    ended(error) {
      if (error instanceof Error) write("fatal", failureText(error), described(error));
    },
  };
}

function textLog(output: Output): ServiceLog {
  return {
    note: (text) => output.note(text),
    warn: (text) => output.note(`note: ${text}`),
    failed: ({ work, modelId, error }) =>
      output.note(`${new Date().toISOString()} ${work} ${modelId ?? ""}: ${failureText(error)}`),
    // Whoever started it is told in any case.
    ended: () => {},
  };
}
