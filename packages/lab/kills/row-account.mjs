/**
 * What became of each request, and of each row that one named. Sums are not enough: a row that was lost makes up for one that was removed
 * twice. So each subject of each request is looked for among the leaves of the certificates, and each leaf for who asked for it.
 *
 * Every person has one row, and is named by one deletion at most, and before that by one correction.
 */

/** @returns what is missing, and what was done more often than it was asked for, a line each */
export function accountOf(found) {
  const account = { lost: [], twice: [] };
  const certificates = new Map(found.certificates.map((certificate) => [certificate.id, certificate]));
  const takers = new Map(found.certificates.map(({ id }) => [id, new Map()]));
  countRequests(account, found);
  for (const asked of found.asked) followRequest(account, found, { asked, certificates, takers });
  for (const certificate of certificates.values())
    countLeaves(account, certificate, takers.get(certificate.id));
  for (const model of found.models) weigh(account, model, found.living.get(model.datasetId));
  for (const dataset of found.datasets) countAdded(account, dataset);
  return account;
}

/** Each that was accepted is there once, and no other. */
function countRequests({ lost, twice }, { asked, requests }) {
  const ids = new Set(asked.map(({ id }) => id));
  for (const id of ids) if (!requests.has(id)) lost.push(`request ${id}: gone`);
  for (const id of requests.keys()) if (!ids.has(id)) twice.push(`request ${id}: nobody was told of it`);
  if (ids.size !== asked.length) twice.push(`${asked.length - ids.size} requests: one id for two of them`);
}

function followRequest(account, { requests, receipts, models }, { asked, certificates, takers }) {
  const request = requests.get(asked.id);
  if (request === undefined) return;
  const openTasks = request.tasks.filter(({ state }) => state !== "done").length;
  if (request.state !== "completed" || openTasks > 0) {
    account.lost.push(`request ${asked.id}: ${request.state}, ${openTasks} models are not done`);
    return;
  }
  for (const model of models.filter(({ datasetId }) => datasetId === asked.datasetId)) {
    const task = request.tasks.find(({ modelId }) => modelId === model.id);
    const leaves = (receipts.get(asked.id) ?? []).map((own) =>
      own.filter(({ modelId }) => modelId === model.id),
    );
    const mustHave = model.isFromStart && !asked.mayWait;
    followSubjects(account, { asked, task, leaves, mustHave, model });
    for (const [i, own] of leaves.entries())
      for (const leaf of own) takeLeaf(account, { leaf, who: `${asked.id} [${i}]`, certificates, takers });
  }
}

/** Of each subject the model's certificate for this request has one leaf, or none where the row had not come to the model. */
function followSubjects({ lost, twice }, { asked, task, leaves, mustHave, model }) {
  const at = (i) => `request ${asked.id}, subject ${i}, model ${model.id}`;
  let removed = 0;
  for (let i = 0; i < asked.subjects.length; i++) {
    const own = leaves[i] ?? [];
    removed += own.length;
    if (own.length === 0 && mustHave) lost.push(`${at(i)}: in no certificate`);
    if (own.length > 1) twice.push(`${at(i)}: in ${own.length} certificates`);
    if (own.some(({ certificateId }) => certificateId !== task?.certificateId))
      twice.push(`${at(i)}: in a certificate of another request`);
  }
  const told = task?.removedCount ?? 0;
  if (told < removed) lost.push(`request ${asked.id}, model ${model.id}: removed ${told} rows of ${removed}`);
  if (told > removed)
    twice.push(`request ${asked.id}, model ${model.id}: removed ${told} rows for ${removed}`);
}

function takeLeaf({ lost, twice }, { leaf, who, certificates, takers }) {
  const certificate = certificates.get(leaf.certificateId);
  if (certificate === undefined || leaf.proof.index >= certificate.subjectCount) {
    lost.push(`request ${who}: its certificate ${leaf.certificateId} has no such leaf`);
    return;
  }
  const taken = takers.get(leaf.certificateId);
  const earlier = taken.get(leaf.proof.index);
  if (earlier === undefined) taken.set(leaf.proof.index, who);
  else twice.push(`requests ${earlier} and ${who}: one leaf for both`);
}

/** A leaf that no request is shown is a person whose row was removed once more; so is a row without a leaf. */
function countLeaves({ lost, twice }, { id, rowCount, subjectCount }, taken) {
  for (let index = 0; index < subjectCount; index++)
    if (!taken.has(index)) twice.push(`certificate ${id}: leaf ${index} is of no request`);
  for (let i = subjectCount; i < rowCount; i++) twice.push(`certificate ${id}: a row of nobody who is named`);
  for (let i = rowCount; i < subjectCount; i++)
    lost.push(`certificate ${id}: somebody of whom no row was removed`);
}

/** What joined a model less what it removed is who is left. */
function weigh({ lost, twice }, { id, joined, removed }, living) {
  const rows = joined - removed;
  for (let i = rows; i < living; i++) lost.push(`model ${id}: has ${rows} rows of ${living} people`);
  for (let i = living; i < rows; i++) twice.push(`model ${id}: has ${rows} rows of ${living} people`);
}

/** Numbers of rows are given in their order: whatever was added again has made them more. */
function countAdded({ lost, twice }, { id, rowCount, expected, additions }) {
  for (let i = rowCount; i < expected; i++)
    lost.push(`data set ${id}: has had ${rowCount} rows of ${expected}`);
  for (let i = expected; i < rowCount; i++)
    twice.push(`data set ${id}: has had ${rowCount} rows of ${expected}`);
  const ordered = [...additions].sort((a, b) => a.firstRow - b.firstRow);
  for (const [i, one] of ordered.entries()) {
    const next = ordered[i + 1];
    if (next && one.firstRow + one.rowCount > next.firstRow)
      twice.push(`data set ${id}: row ${next.firstRow} was given to two additions`);
  }
}
