import { type ChildProcess, spawn } from "node:child_process";
import { DomainError, type ErrorCode, ExpungeError } from "expunge";
import { packageFile } from "../package-file.js";
import type { Answers } from "./answers.js";
import { BodyError, type BodyIssue } from "./body-error.js";

/*
 * Work whose cost somebody outside decides runs in a process of its own, with limits of memory and time. A thread would not do: V8 ends the
 * whole process where it cannot give a thread what it asks for, whatever the thread's own limit, and that limit counts no ArrayBuffers.
 */

/** The program of a child, as it is built. */
function builtChild(): string {
  return packageFile("dist", "child.js");
}

export interface ChildOptions {
  /** Most memory of the whole process, heap and all else, in MiB. */
  readonly mib: number;
  /** An open file that it may read. */
  readonly fd?: number;
}

/** What a child was ended for: it took more than it may. */
export class LimitError extends Error {
  override readonly name = "LimitError";
  readonly limit: "memory" | "time";

  constructor(limit: "memory" | "time") {
    super(`A child process took more ${limit} than it may.`);
    this.limit = limit;
  }
}

interface Answer {
  readonly result?: unknown;
  /** Of a body that is not of the form that is expected. */
  readonly issues?: readonly BodyIssue[];
  readonly error?: {
    readonly name: string;
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** A process that answers one question at a time. It knows no secret of this one, and ends with it. */
export class LimitedChild {
  private readonly process: ChildProcess;
  private readonly started: Promise<unknown>;
  private waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  private reason: Error | null = null;

  constructor({ mib, fd }: ChildOptions) {
    this.process = spawn(process.execPath, [`--max-old-space-size=${mib}`, builtChild(), String(mib)], {
      // What V8 prints when it runs out of memory is of no use to anybody here.
      stdio: ["ignore", "ignore", "ignore", "ipc", ...(fd === undefined ? [] : [fd])],
      serialization: "advanced",
      env: {},
    });
    this.process.on("message", (answer: Answer) => this.waiting?.resolve(answer));
    this.process.on("error", (error) => this.end(died(error.message)));
    this.process.on("exit", (code, signal) => this.end(reasonOf(code, signal)));
    this.process.unref();
    // The first thing that it says is that it is there; only then does time count.
    this.started = this.next();
    this.started.catch(() => {});
  }

  /** Whether it answers no more. */
  get hasEnded(): boolean {
    return this.reason !== null;
  }

  /**
   * @param limitMs how long the answer may take
   * @throws LimitError; ExpungeError E_WORKER where it died of something else; whatever the answer is instead of a result
   */
  async ask<N extends keyof Answers>(
    name: N,
    parameters: Parameters<Answers[N]>,
    limitMs: number,
  ): Promise<Awaited<ReturnType<Answers[N]>>> {
    await this.started;
    const timer = setTimeout(() => this.end(new LimitError("time")), limitMs);
    try {
      const answer = this.next();
      if (!this.hasEnded) this.process.send({ name, parameters });
      const { result, issues, error } = await answer;
      if (issues !== undefined) throw new BodyError(issues);
      if (error !== undefined) throw errorOf(error);
      return result as Awaited<ReturnType<Answers[N]>>;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, whatever it does. @param reason what whoever waits for an answer is told */
  end(reason: Error): void {
    this.reason ??= reason;
    this.waiting?.reject(this.reason);
    this.process.kill("SIGKILL");
  }

  /** The next message. This process goes on as long as somebody waits for it. */
  private next(): Promise<Answer> {
    const { process } = this;
    if (this.reason !== null) return Promise.reject(this.reason);
    process.ref();
    process.channel?.ref();
    return new Promise<Answer>((resolve, reject) => {
      this.waiting = { resolve, reject };
    }).finally(() => {
      this.waiting = null;
      process.unref();
      process.channel?.unref();
    });
  }
}

/** The watcher in the child ends it by SIGKILL, as the system does; V8 by SIGABRT or a trap. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null): Error {
  const isMemory = signal !== null && ["SIGKILL", "SIGABRT", "SIGTRAP", "SIGILL"].includes(signal);
  return isMemory ? new LimitError("memory") : died(`exit code ${code ?? signal}`);
}

function died(reason: string): ExpungeError {
  return new ExpungeError("E_WORKER", `A child process died: ${reason}.`);
}

function errorOf({ name, code, message, details }: NonNullable<Answer["error"]>): Error {
  if (name !== "DomainError") return new ExpungeError(code, message, details);
  const { field, found, expected } = details as Record<"field" | "found" | "expected", string>;
  return new DomainError(field, found, expected);
}
