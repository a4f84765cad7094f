import { Hint } from "../shared/hint";

/** What a data protection officer asks first; one text for each word, wherever it stands. */
const MEANINGS = {
  epsilon:
    "How far apart the model that forgot and a model that never saw the data can be told. At 0 nobody can tell them apart; at 1 any test that raises an alarm does so at most 2.7 times as often on one as on the other. Smaller is stronger.",
  delta: "The small chance left beside epsilon. It should be well below one divided by the number of rows.",
  privacy:
    "What the model in force reveals about people who are still in the data: its differential privacy, as an epsilon. It says nothing about those who were forgotten. Where noise comes on release alone nothing bounds it.",
  sigma:
    "The level of the random noise that every training step adds, where a model was planned so. More noise makes forgetting cheaper and the model a little less accurate.",
  accuracy:
    "The share of rows predicted right, on the evaluation data set, which is another than the one trained on. It is measured anew at every release.",
  baseline:
    "The share of rows that have the commonest label: always giving that answer is right so often. A model that is hardly better has learned little. Without an evaluation data set it is counted on rows that the model was trained on, in whole percents.",
  evaluated:
    "Measured anew at every release, on the evaluation data set, less the rows that requests have claimed. AUC: how often a row that has the label gets a higher score than one that has not. Calibration error: how far predicted probabilities are from what came.",
  saved:
    "Work that forgetting took, against training again once for every release that answered requests. The unit is a gradient: one row looked at once. What a certificate claims compares with more: the same steps from the start, all that came since among them, without the rows.",
  batchSize: "How many rows one training step looks at.",
  epochs: "How often training goes through all rows.",
  eta: "How far a training step moves.",
  l2: "Pulls the weights towards zero. It is what makes old traces fade: more of it forgets faster.",
  deletion:
    "Tombstone leaves the place of a deleted row empty. Replace puts a random row there, as the published method does; it needs more noise or steps.",
  releaseAt:
    "Whether a new model may be given out after any step, or only at the end of an epoch. Only with noise at every step.",
  objective: "What kind of model is trained.",
  evaluation:
    "A second data set of the same schema, kept out of training. Every release is scored on it, so that you see what forgetting costs in accuracy. Keep it small.",
  steps: "A step looks at one batch of rows and moves the weights a little.",
  mu: "The same promise on another scale: telling the two models apart is as hard as telling two bell curves apart whose tops are mu widths away from each other.",
  holds:
    "What is proved of the newest request, and against whom. Nothing else about a certificate is a promise: the sentence beside it says for whose requests it is.",
  certificates:
    "Requests for which this model has issued a certificate. One certificate may answer several requests.",
  disclosure:
    "What all models ever released together may reveal of any row (or as many rows as the certificate says), deleted or still in the data, to somebody who kept them all. Where noise comes on release alone there is no bound: the model before the first request had no noise.",
  limit:
    "A limit, set before training, on what all models ever released may reveal of one person together, as long as nobody has more rows than it is for. Nothing is released beyond it: a request that would need more fails and says so. It takes much more noise.",
  requesters:
    "Whose requests certificates hold for. Independent: people who do not ask because of what the model showed, such as a shop's customer who closes the account. Adaptive: whoever asks, also somebody who picked whom to delete after seeing releases; that takes a limit on everything released, and noise at every step.",
  noiseKind:
    "On release: training has no noise, and the last step of a request adds what hides the rest. Every step: the published method, which any requester may watch.",
  noise:
    "What random noise changes in the model's score for a row, as a standard deviation. It is small where it is well below the differences between scores that decide.",
  radius: "Every step keeps the weights within this distance of zero.",
  kernel: "The arithmetic of the steps. How far float64 rounds is proved; of float32 it is measured.",
  unknown:
    "Ids that are in no row: refuse the whole request, so that a typing error does not go unnoticed, or forget the others and say which were passed over.",
  ledgerSalt: "With it you can show that the ledger's entry means your request, and nobody else's.",
  rounding: "Computers round: by no more than this in a step, and that is reckoned with.",
  salt: "A random text of a person's own, made when their request was served. With it and the proof beside it a person can show that a certificate speaks of them; without it nobody can guess who is meant.",
  due: "The law gives a month to answer (GDPR Art. 12(3)).",
  checkpoint:
    "A short signed text: how many entries the ledger has, and one number, the root, that changes if any entry is changed, removed or moved.",
  root: "The hash at the top of the tree. It depends on every entry below it.",
  leaf: "The hash of one entry.",
  sibling: "The hash beside the path. Together with it the next hash upwards can be computed.",
  schema:
    "A small file that says how each column becomes a number. Everything in it is treated as public, so write down what is known without looking at the rows.",
  weights: "The numbers that make up the model. The certificate names them by a hash.",
} as const;

export type Term = keyof typeof MEANINGS;

export function Explain({ term, about = term }: { readonly term: Term; readonly about?: string }) {
  return <Hint about={about}>{MEANINGS[term]}</Hint>;
}
