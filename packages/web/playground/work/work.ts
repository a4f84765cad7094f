import { digitData } from "../lab/digits";
import { audit } from "./audit";
import { clouds, fan } from "./clouds";
import { langevin } from "./langevin";
import { margins, measure } from "./measure";
import type { Reply, Request, TaskName, Tasks } from "./messages";
import { correct, forget, join, preview, retrain, train } from "./model";

type Progress = (done: number, total: number) => void;
type Handler<Name extends TaskName> = (
  ask: Tasks[Name]["ask"],
  progress: Progress,
) => Tasks[Name]["answer"] | Promise<Tasks[Name]["answer"]>;

const HANDLERS: { readonly [Name in TaskName]: Handler<Name> } = {
  train,
  preview,
  forget,
  join,
  correct,
  fan,
  clouds,
  retrain,
  audit,
  digits: ({ trainRows, testRows, seed }) => digitData(trainRows, testRows, seed),
  margins,
  measure,
  langevin,
};

/** One after another: a forget must not begin while the model is being trained. */
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  last = last.then(() => serve(data));
});

async function serve({ id, name, ask }: Request): Promise<void> {
  const reply = (message: Reply): void => postMessage(message);
  try {
    const handler = HANDLERS[name] as Handler<TaskName>;
    reply({ id, answer: await handler(ask, (done, total) => reply({ id, done, total })) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
