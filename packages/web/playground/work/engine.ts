import type { Reply, Request, TaskName, Tasks } from "./messages";

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** The page's side of a worker: every question is a promise. Training runs there, so that the page never stands still. */
export class Engine {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  ask<Name extends TaskName>(
    name: Name,
    ask: Tasks[Name]["ask"],
    onProgress?: (share: number) => void,
  ): Promise<Tasks[Name]["answer"]> {
    this.worker ??= this.start();
    const id = ++this.lastId;
    const request: Request<Name> = { id, name, ask };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onProgress });
      this.worker?.postMessage(request);
    });
  }

  /** Ends whatever runs; the next question starts a new worker, which knows nothing of the old one's model. */
  stop(): void {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(new Stopped());
    this.waiting.clear();
  }

  private start(): Worker {
    const worker = new Worker(new URL("./work.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.take(data);
    worker.onerror = ({ message }) => {
      for (const { reject } of this.waiting.values())
        reject(
          new Error(message || "this browser did not start the page’s worker, in which models are trained."),
        );
      this.waiting.clear();
    };
    return worker;
  }

  private take(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (waiting === undefined) return;
    if ("done" in reply) {
      waiting.onProgress?.(reply.done / reply.total);
      return;
    }
    this.waiting.delete(reply.id);
    if ("error" in reply) waiting.reject(new Error(reply.error));
    else waiting.resolve(reply.answer as never);
  }
}

/** Not an error to show: the visitor asked for something else meanwhile. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
