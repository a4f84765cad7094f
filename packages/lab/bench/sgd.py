"""scikit-learn's SGDClassifier on sparse rows, for hashed.mjs: `python sgd.py ROWS COLUMNS ENTRIES ROUNDS`.

Prints the milliseconds of each of ROUNDS epochs (partial_fit, in order, one thread), after one that is not counted.
"""

import json
import sys
import time

import numpy
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

rows, columns, entries, rounds = map(int, sys.argv[1:])
draw = numpy.random.default_rng(1)
indices = numpy.sort(draw.integers(0, columns, size=(rows, entries)), axis=1).ravel()
values = numpy.where(draw.random(rows * entries) < 0.5, -1.0, 1.0) / numpy.sqrt(entries)
starts = numpy.arange(0, rows * entries + 1, entries)
features = csr_matrix((values, indices, starts), shape=(rows, columns))
features.sum_duplicates()
labels = numpy.where(numpy.arange(rows) % 2 == 0, -1, 1)
model = SGDClassifier(loss="log_loss", alpha=1e-3, learning_rate="constant", eta0=1.0, shuffle=False)
model.partial_fit(features, labels, classes=[-1, 1])
times = []
for _ in range(rounds):
    start = time.perf_counter()
    model.partial_fit(features, labels)
    times.append(1e3 * (time.perf_counter() - start))
print(json.dumps(times))
