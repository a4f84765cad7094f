import { Hint } from "../shared/hint";

/** What a data protection officer asks first; one text for each word, wherever it stands. */
const MEANINGS = {
  epsilon:
    "How far apart the model that forgot and a model that never saw the data can be told. At 0 nobody can tell them apart; at 1 any test that raises an alarm does so at most 2.7 times as often on one as on the other. Smaller is stronger.",
  delta: "The small chance left beside epsilon. It should be well below one divided by the number of rows.",
  privacy:
    "What the model in force reveals about people who are still in the data: its differential privacy, as an epsilon. It says nothing about those who were forgotten. Where the noise was chosen for forgetting alone it is large, and then bounds nothing; more noise brings it down.",
  sigma:
    "The level of the random noise that every training step adds. More noise makes forgetting cheaper and the model a little less accurate.",
  accuracy:
    "The share of rows predicted right, on a data set that the model was not trained on. It is measured anew at every release.",
  served: "Deletion requests that this model has answered with a certificate.",
  saved:
    "Work that forgetting took, against training from scratch for every request. The unit is a gradient: one row looked at once.",
  batchSize: "How many rows one training step looks at.",
  epochs: "How often training goes through all rows.",
  eta: "How far a training step moves.",
  l2: "Pulls the weights towards zero. It is what makes old traces fade: more of it forgets faster.",
  deletion:
    "Tombstone leaves the place of a deleted row empty. Replace puts a random row there, as the published method does; it needs more noise or steps.",
  releaseAt: "Whether a new model may be given out after any step, or only at the end of an epoch.",
  objective: "What kind of model is trained.",
  evaluation:
    "A second data set of the same schema, kept out of training. Every release is scored on it, so that you see what forgetting costs in accuracy. Keep it small.",
  steps: "A step looks at one batch of rows, moves the weights a little and adds noise.",
  mu: "The same promise on another scale: telling the two models apart is as hard as telling two bell curves apart whose tops are mu widths away from each other.",
  energy:
    "What the noise had to cover: the sum of the squares of the distances that the noise of each step hid. Epsilon follows from it and from the noise.",
  joint:
    "The promise against somebody who has kept every model released so far, not only the last. It is weaker, so its epsilon is larger.",
  transcript:
    "The promise for any row (or as many rows as the certificate says), whether deleted or still in the data, against somebody who has kept every model released so far. It holds for requests chosen after seeing a model too, where a limit was set before training.",
  budget:
    "A limit, set before training, on what all models ever released may reveal of one person together, as long as nobody has more rows than were planned for a request. Nothing is released beyond it: a request that would need more fails and says so. It takes much more noise. Leave it empty for none.",
  ledgerSalt: "With it you can show that the ledger's entry means your request, and nobody else's.",
  rounding: "Computers round; this much was added to be on the safe side.",
  salt: "A random text that came with the receipt of the request. With it a person can show that a certificate speaks of them; without it nobody can guess who is meant.",
  chosen:
    "Somebody who asks because of what a model told them could choose cleverly. For them only a limit holds that was set before training, over all releases together; and once there was such a request, it is so for all later ones of that model. Say that they cannot have seen a model only where you know it, as for a shop's customer who closes the account.",
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
