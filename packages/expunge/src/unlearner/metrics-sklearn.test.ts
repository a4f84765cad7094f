import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type ClassEvaluation, evaluatePredictions, type RegressionEvaluation } from "./metrics.js";

const PYTHON = ["python3", "/usr/bin/python3"].find(
  (python) => spawnSync(python, ["-c", "import sklearn.metrics"]).status === 0,
);
if (PYTHON === undefined)
  console.warn(
    "SKIPPED: no python3 with scikit-learn (Debian: python3-sklearn); metrics were not compared with it.",
  );

const SCRIPT = `
import json, sys, warnings
import numpy as np
from sklearn import metrics as m
warnings.simplefilter("ignore")
def judge(c):
    y = np.array(c["labels"])
    if c["task"] == "regression":
        f = np.array(c["outputs"])
        return dict(r2=m.r2_score(y, f), meanAbsoluteError=m.mean_absolute_error(y, f),
                    rootMeanSquaredError=m.mean_squared_error(y, f) ** 0.5)
    p = np.array(c["probabilities"])
    if c["task"] == "binary":
        said = np.where(p >= c["threshold"], 1, -1)
        prf = m.precision_recall_fscore_support(y, said, labels=[-1, 1], zero_division=0)
        return dict(accuracy=m.accuracy_score(y, said), balancedAccuracy=m.balanced_accuracy_score(y, said),
                    precision=prf[0][1], recall=prf[1][1], f1=prf[2][1],
                    auc=m.roc_auc_score(y, p), averagePrecision=m.average_precision_score(y, p),
                    logLoss=m.log_loss(y, p, labels=[-1, 1]), brier=m.brier_score_loss(y, p, pos_label=1),
                    confusion=m.confusion_matrix(y, said, labels=[-1, 1]).tolist())
    k = c["classCount"]
    p = p.reshape(len(y), k)
    said = p.argmax(axis=1)
    prf = m.precision_recall_fscore_support(y, said, average="macro", zero_division=0)
    whole = len(set(y.tolist())) == k
    one = np.eye(k)[y]
    out = dict(accuracy=m.accuracy_score(y, said), balancedAccuracy=m.balanced_accuracy_score(y, said),
               precision=prf[0], recall=prf[1], f1=prf[2],
               logLoss=m.log_loss(y, p, labels=list(range(k))), brier=float(((p - one) ** 2).sum(axis=1).mean()),
               confusion=m.confusion_matrix(y, said, labels=list(range(k))).tolist())
    if whole:
        out["auc"] = m.roc_auc_score(y, p, multi_class="ovr", average="macro")
        out["averagePrecision"] = m.average_precision_score(one, p, average="macro")
    return out
print(json.dumps([judge(c) for c in json.load(sys.stdin)]))
`;

/** Marsaglia's xorshift: the same numbers everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Case {
  readonly task: "binary" | "multiclass" | "regression";
  readonly labels: number[];
  readonly probabilities?: number[];
  readonly outputs?: number[];
  readonly threshold?: number;
  readonly classCount?: number;
}

function binaryCase(rowCount: number, share: number, levels: number, threshold: number): Case {
  const random = randomNumbers(rowCount + levels);
  const labels = Array.from({ length: rowCount }, (_, i) => (i === 0 || random() < share ? 1 : -1));
  labels[1] = -1;
  // Rounded, so that there are ties; 0 and 1 among them.
  const probabilities = labels.map((label) => {
    const p = Math.min(1, Math.max(0, 0.5 + 0.2 * label + 0.8 * (random() - 0.5)));
    return levels === 0 ? p : Math.round(p * levels) / levels;
  });
  return { task: "binary", labels, probabilities, threshold };
}

function multiclassCase(rowCount: number, classCount: number, occurring: number): Case {
  const random = randomNumbers(rowCount * classCount);
  const labels = Array.from({ length: rowCount }, (_, i) =>
    i < occurring ? i : Math.floor(random() * occurring),
  );
  const probabilities = labels.flatMap((label) => {
    const raw = Array.from({ length: classCount }, (_, j) => random() + (j === label ? 0.5 : 0.01));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((value) => value / sum);
  });
  return { task: "multiclass", labels, probabilities, classCount };
}

function regressionCase(rowCount: number): Case {
  const random = randomNumbers(rowCount);
  const labels = Array.from({ length: rowCount }, () => 5 + random());
  return { task: "regression", labels, outputs: labels.map((label) => label + random() - 0.4) };
}

const CASES: readonly (readonly [string, Case])[] = [
  ["two classes", binaryCase(500, 0.4, 0, 0.5)],
  ["two classes, many ties", binaryCase(2000, 0.3, 10, 0.5)],
  ["two classes, 1 to 100, another threshold", binaryCase(5000, 0.01, 100, 0.35)],
  ["two classes, four rows", binaryCase(4, 0.5, 4, 0.6)],
  ["nothing called positive", binaryCase(300, 0.2, 0, 0.999)],
  ["ten classes", multiclassCase(1000, 10, 10)],
  ["three classes", multiclassCase(60, 3, 3)],
  ["seven classes of which five occur", multiclassCase(400, 7, 5)],
  ["regression", regressionCase(700)],
];

describe.skipIf(PYTHON === undefined)("scikit-learn (skipped without it) agrees within 1e-12", () => {
  const { stdout, stderr } =
    PYTHON === undefined
      ? { stdout: "[]", stderr: "" }
      : spawnSync(PYTHON, ["-c", SCRIPT], {
          input: JSON.stringify(CASES.map(([, found]) => found)),
          encoding: "utf8",
        });
  if (stdout === "") throw new Error(stderr);
  const expected = JSON.parse(stdout) as Record<string, unknown>[];

  it.each(CASES.map(([name, found], i) => [name, found, expected[i] ?? {}] as const))(
    "%s",
    (_, found, theirs) => {
      const { classCount = 2, ...predictions } = found;
      const labelNames =
        found.task === "regression" ? [] : Array.from({ length: classCount }, (_, i) => `c${i}`);
      const ours = evaluatePredictions({ ...predictions, labelNames }) as ClassEvaluation &
        RegressionEvaluation;
      expect(Object.keys(theirs).length).toBeGreaterThan(2);
      for (const [name, value] of Object.entries(theirs)) {
        const own = ours[name as keyof typeof ours];
        if (typeof value !== "number") expect(own, name).toEqual(value);
        // A share of nothing is null to us and 0 to scikit-learn.
        else
          expect(Math.abs(((own as number | null) ?? 0) - value), name).toBeLessThanOrEqual(
            1e-12 * Math.max(1, value),
          );
      }
    },
  );
});
