import { ClientError } from "@expunge/client";

const AGAIN = 0.2;
const CALLERS = 4;
const REST_MS = 600;
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A row of one person; its label is whether a + b > 1. */
export function rowOf(who, random) {
  const [a, b, c, d] = Array.from({ length: 4 }, () => Number(random().toFixed(4)));
  return { who, a, b, c, d, label: a + b > 1 ? "1" : "0" };
}

/**
 * Submits, some a second, under a key each: deletions of one to three people, corrections, added rows (which models learn by their schedules), and
 * deletions of people whose rows were added or corrected. Some of what was accepted is submitted again under its key.
 *
 * @param datasets each with `datasetId`, and `people`, who are there from the start and may be named
 */
export function startLoad(client, datasets, random) {
  const state = { client, random, asked: [], additions: [], sent: [], keys: 0, again: 0, made: 0, twice: [] };
  const homes = datasets.map(({ datasetId, people }) => ({
    datasetId,
    people: [...people],
    added: [],
    corrected: [],
  }));
  let isStopping = false;
  const call = async () => {
    while (!isStopping) {
      await submitOne(state, homes[Math.floor(random() * homes.length)]);
      if (random() < AGAIN) await submitAgain(state);
      await rest(REST_MS);
    }
  };
  const calls = Promise.all(Array.from({ length: CALLERS }, call));
  // What is refused is told of when the load is stopped.
  calls.catch(() => {});
  return {
    /** Accepted requests: `{ id, datasetId, kind, subjects, mayWait }`. */
    asked: state.asked,
    /** Accepted additions: `{ datasetId, firstRow, rowCount }`. */
    additions: state.additions,
    /** Of what was submitted again: what was taken for something new. */
    twice: state.twice,
    again: () => state.again,
    async stop() {
      isStopping = true;
      await calls;
    },
    /** Names all people that were added or corrected and are still there, some a request. */
    async leave() {
      for (const home of homes) {
        const left = [...home.added, ...home.corrected.map(({ who }) => who)];
        for (let i = 0; i < left.length; i += 25) await forget(state, home, left.slice(i, i + 25), false);
      }
    },
  };
}

async function submitOne(state, home) {
  const { random } = state;
  const kind = random();
  if (kind < 0.15) return add(state, home);
  if (kind < 0.25) return forgetNewcomer(state, home);
  const people = home.people.splice(0, 1 + Math.floor(3 * random()));
  if (people.length === 0) return;
  if (kind < 0.45) return correct(state, home, people);
  return forget(state, home, people, false);
}

async function add(state, { datasetId, added }) {
  const rows = Array.from({ length: 1 + Math.floor(4 * state.random()) }, () =>
    rowOf(`joined-${state.made++}`, state.random),
  );
  const send = keyed(state, (key) => state.client.datasets.addRows(datasetId, rows, key));
  const { id, firstRow, rowCount } = await send();
  state.additions.push({ datasetId, firstRow, rowCount });
  added.push(...rows.map(({ who }) => who));
  state.sent.push(async () => {
    const answer = await send();
    return answer.isRepeated && answer.id === id && answer.firstRow === firstRow;
  });
}

async function correct(state, { datasetId, corrected }, people) {
  const to = people.map((who) => rowOf(who, state.random));
  const send = keyed(state, (key) => state.client.requests.correct({ datasetId, to }, key));
  const id = await accept(state, send, { datasetId, kind: "correction", subjects: people, mayWait: false });
  corrected.push(...people.map((who) => ({ who, requestId: id })));
}

async function forget(state, { datasetId }, subjects, mayWait) {
  const send = keyed(state, (key) => state.client.requests.submit({ datasetId, subjects }, key));
  await accept(state, send, { datasetId, kind: "deletion", subjects, mayWait });
}

/** Somebody whose rows may be waiting for a lesson, or somebody whose correction is done. */
async function forgetNewcomer(state, home) {
  const list = state.random() < 0.5 ? home.added : home.corrected;
  if (list.length === 0) return;
  const [one] = list.splice(Math.floor(list.length * state.random()), 1);
  if (list === home.added) return forget(state, home, [one], true);
  const { state: correction } = await state.client.requests.get(one.requestId);
  if (correction === "completed") return forget(state, home, [one.who], false);
  home.corrected.push(one);
}

async function accept(state, send, asked) {
  const { request } = await send();
  state.asked.push({ id: request.id, ...asked });
  state.sent.push(async () => {
    const answer = await send();
    return answer.isRepeated && answer.request.id === request.id;
  });
  return request.id;
}

/** The same call with the same key, as often as one likes. */
function keyed(state, call) {
  const idempotencyKey = `load-${state.keys++}`;
  return () => call({ idempotencyKey });
}

async function submitAgain(state) {
  const at = Math.floor(state.sent.length * state.random());
  const isSame = await state.sent[at]?.().catch((error) => {
    if (error instanceof ClientError) return false;
    throw error;
  });
  if (isSame === undefined) return;
  state.again += 1;
  if (!isSame) state.twice.push(`submission ${at}: under its key again it was not the same`);
}
