"""The NumPy and PyTorch contenders of compare.mjs: `python peer.py numpy|torch float32|float64`.

Reads one JSON command a line, {"do": method, ...arguments}, and answers each with one line of JSON. Both clip per sample as is
usual: the matrix of per-sample gradients, its row norms, a factor for each, the mean. One thread. Rows come as float32 and are
held in the precision of the computation.
"""

import json
import sys
import time


class Engine:
    def start(self, batchSize, clip, l2, eta, noiseStd):
        self.batch_size, self.clip, self.l2, self.eta, self.std = batchSize, clip, l2, eta, noiseStd
        self.weights = self.zeros()

    def run(self, epochs):
        """Milliseconds of that many epochs."""
        start = time.perf_counter()
        for _ in range(epochs):
            for first in range(0, len(self.labels), self.batch_size):
                last = first + self.batch_size
                self.step(self.features[first:last], self.labels[first:last])
        return 1e3 * (time.perf_counter() - start)

    def answer_weights(self):
        return self.weights.tolist()

    def normals(self, count):
        """Milliseconds of drawing that many."""
        start = time.perf_counter()
        self.draw(count)
        return 1e3 * (time.perf_counter() - start)


class NumpyEngine(Engine):
    def __init__(self, precision):
        import numpy

        self.np = numpy
        self.dtype = numpy.dtype(precision)
        self.draw_from = numpy.random.default_rng()

    def load(self, path, rows, columns):
        both = self.np.fromfile(path, dtype=self.np.float32).astype(self.dtype)
        self.features = both[: rows * columns].reshape(rows, columns)
        self.labels = both[rows * columns :]

    def zeros(self):
        return self.np.zeros(self.features.shape[1], dtype=self.dtype)

    def draw(self, count):
        return self.draw_from.standard_normal(count, dtype=self.dtype)

    def step(self, x, y):
        np = self.np
        derivatives = -y / (1 + np.exp(y * (x @ self.weights)))
        gradients = derivatives[:, None] * x
        norms = np.linalg.norm(gradients, axis=1)
        factors = np.minimum(1, self.clip / norms)
        mean = (gradients * factors[:, None]).mean(axis=0)
        self.weights = self.weights - self.eta * (mean + self.l2 * self.weights)
        if self.std > 0:
            self.weights += self.std * self.draw(len(self.weights))


class TorchEngine(Engine):
    def __init__(self, precision):
        import torch

        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(getattr(torch, precision))
        self.torch = torch

    def load(self, path, rows, columns):
        mapped = self.torch.from_file(path, size=rows * columns + rows, dtype=self.torch.float32)
        both = mapped.clone().to(self.torch.get_default_dtype())
        self.features = both[: rows * columns].reshape(rows, columns)
        self.labels = both[rows * columns :]

    def zeros(self):
        return self.torch.zeros(self.features.shape[1])

    def draw(self, count):
        return self.torch.randn(count)

    def step(self, x, y):
        torch = self.torch
        derivatives = -y * torch.sigmoid(-y * (x @ self.weights))
        gradients = derivatives[:, None] * x
        norms = gradients.norm(dim=1)
        factors = (self.clip / norms).clamp(max=1)
        mean = (gradients * factors[:, None]).mean(dim=0)
        self.weights = self.weights - self.eta * (mean + self.l2 * self.weights)
        if self.std > 0:
            self.weights += self.std * self.draw(len(self.weights))

    def start_trials(self, trials, clip, l2, eta):
        """Full-batch trials over the same rows, batched by hand: a column of weights for each."""
        self.l2, self.eta = l2, eta
        self.weights = self.torch.zeros(self.features.shape[1], trials)
        self.limits = (clip / self.features.norm(dim=1))[:, None]
        self.signs = self.labels[:, None]

    def run_trials(self, epochs):
        """Milliseconds of that many epochs of all trials. Two products of matrices; a clipped gradient is a clipped derivative."""
        start = time.perf_counter()
        for _ in range(epochs):
            outputs = self.features @ self.weights
            derivatives = -self.signs * self.torch.sigmoid(-self.signs * outputs)
            clipped = derivatives.clamp(-self.limits, self.limits)
            mean = self.features.T @ clipped / len(self.labels)
            self.weights = self.weights - self.eta * (mean + self.l2 * self.weights)
        return 1e3 * (time.perf_counter() - start)

    def answer_last_trial(self):
        return self.weights[:, -1].tolist()


engine = {"numpy": NumpyEngine, "torch": TorchEngine}[sys.argv[1]](sys.argv[2])
for line in sys.stdin:
    command = json.loads(line)
    print(json.dumps(getattr(engine, command.pop("do"))(**command)), flush=True)
