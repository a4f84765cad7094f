/** What is run now and then, so that old versions of what was erased leave the tables. */
export const VACUUM =
  "vacuum dataset_pages, model_pages, model_order, row_objects, owners, claimed_rows, models, training_checkpoints";
