/** Tables in the order in which transactions lock their rows, where one waits for another's (service/lock-order.test.ts). */
export const TABLE_ORDER = [
  ...["datasets", "models", "lessons", "training_checkpoints", "tenants", "tasks", "requests"],
  ...["dataset_pages", "claimed_rows"],
] as const;
