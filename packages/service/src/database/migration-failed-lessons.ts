/** Of each model whose lessons failed the newest is looked up, however many there were. */
export const FAILED_LESSONS = {
  name: "0020 lessons that failed",
  sql: "create index lessons_failed on lessons (model_id, asked_at, id) where state = 'failed';",
} as const;
