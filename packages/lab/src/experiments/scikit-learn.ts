import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ExpungeError } from "expunge";
import type { Dataset } from "expunge/data";
import type { Split } from "./made-up-sets.js";

/** What scikit-learn's LogisticRegression() or Ridge(), nothing set, reaches on the test rows. */
export interface PeerResult {
  /** Accuracy, or R squared of a regression. */
  readonly accuracy: number;
  /** Two classes only. */
  readonly auc: number | null;
  readonly seconds: number;
}

export interface Peer {
  readonly version: string;
  fit(split: Split): Promise<PeerResult>;
}

const run = promisify(execFile);

/** Debian's python3-sklearn belongs to the first of these. */
const PYTHONS = ["/usr/bin/python3", "python3"] as const;

const PROGRAM = `
import json, sys, time, warnings
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
warnings.filterwarnings("ignore")
at = sys.argv[1]; d = int(sys.argv[2]); regression = sys.argv[3] == "regression"
X, Xt = (np.fromfile(at + "/" + n + ".x", np.float32).reshape(-1, d) for n in ("train", "test"))
y, yt = (np.fromfile(at + "/" + n + ".y", np.float32) for n in ("train", "test"))
if not regression: y, yt = y.astype(int), yt.astype(int)
start = time.time(); model = (Ridge() if regression else LogisticRegression()).fit(X, y); seconds = time.time() - start
auc = float(roc_auc_score(yt, model.decision_function(Xt))) if not regression and len(model.classes_) == 2 else None
print(json.dumps({"accuracy": float(model.score(Xt, yt)), "auc": auc, "seconds": seconds}))
`;

/** A Python that has scikit-learn; null where there is none. */
export async function findPeer(): Promise<Peer | null> {
  for (const python of PYTHONS) {
    const args = ["-c", "import sklearn; print(sklearn.__version__)"];
    const found = await run(python, args).catch(() => null);
    if (found !== null) return { version: found.stdout.trim(), fit: (split) => fitPeer(python, split) };
  }
  return null;
}

async function fitPeer(python: string, { train, test, plain }: Split): Promise<PeerResult> {
  const folder = await mkdtemp(join(tmpdir(), "expunge-peer-"));
  try {
    await writeRows(join(folder, "train"), plain?.train ?? train.features, train);
    await writeRows(join(folder, "test"), plain?.test ?? test.features, test);
    const featureCount = plain?.featureCount ?? train.featureCount;
    const args = ["-c", PROGRAM, folder, String(featureCount), train.task];
    const { stdout } = await run(python, args).catch((error: Error) => {
      const why = error.message.trim().split("\n").at(-1);
      throw new ExpungeError("E_DATA", `scikit-learn could not be trained on the same rows: ${why}`);
    });
    return JSON.parse(stdout) as PeerResult;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeRows(path: string, features: Float32Array, { labels }: Dataset): Promise<void> {
  await writeFile(`${path}.x`, features);
  await writeFile(`${path}.y`, labels);
}
