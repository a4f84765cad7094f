import { isAmong, sortedOnce } from "../database/row-numbers.js";
import type { Task } from "./take-tasks.js";

/* Rows of the requests that a model serves together. */

/** All rows of some tasks, each once. */
export function rowsOf(tasks: readonly Task[]): Uint32Array {
  if (tasks.length === 1) return tasks[0]!.rows;
  const rows = new Uint32Array(tasks.reduce((sum, task) => sum + task.rows.length, 0));
  let at = 0;
  for (const task of tasks) {
    rows.set(task.rows, at);
    at += task.rows.length;
  }
  return sortedOnce(rows);
}

/** A request, and how many of its rows the model has: of rows that wait for a lesson it has nothing, and its certificates say nothing. */
export interface Counted extends Omit<Task, "rows"> {
  readonly rowCount: number;
}

/** @param has rows that the model has, of all those tasks */
export function counted(tasks: readonly Task[], has: Uint32Array): Counted[] {
  if (tasks.length === 1) return tasks.map((task) => withCount(task, has.length));
  const ascending = has.slice().sort();
  const isThere = (row: number): boolean => isAmong(ascending, row);
  return tasks.map((task) => withCount(task, task.rows.filter(isThere).length));
}

const withCount = ({ requestId, kind }: Task, rowCount: number): Counted => ({ requestId, kind, rowCount });
