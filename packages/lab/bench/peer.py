"""The NumPy and PyTorch contenders of compare.mjs: `python peer.py numpy|torch`.

Reads one JSON command a line, {"do": method, ...arguments}, and answers each with one line of JSON. Both clip per sample as is
usual: the matrix of per-sample gradients, its row norms, a factor for each, the mean. float32, one thread.
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
    def __init__(self):
        import numpy

        self.np = numpy
        self.draw_from = numpy.random.default_rng()

    def load(self, path, rows, columns):
        both = self.np.fromfile(path, dtype=self.np.float32)
        self.features = both[: rows * columns].reshape(rows, columns)
        self.labels = both[rows * columns :]

    def zeros(self):
        return self.np.zeros(self.features.shape[1], dtype=self.np.float32)

    def draw(self, count):
        return self.draw_from.standard_normal(count, dtype=self.np.float32)

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
    def __init__(self):
        import torch

        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        self.torch = torch

    def load(self, path, rows, columns):
        both = self.torch.from_file(path, size=rows * columns + rows, dtype=self.torch.float32).clone()
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


engine = {"numpy": NumpyEngine, "torch": TorchEngine}[sys.argv[1]]()
for line in sys.stdin:
    command = json.loads(line)
    print(json.dumps(getattr(engine, command.pop("do"))(**command)), flush=True)
