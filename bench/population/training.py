"""What bench:pbt trains: the same code under every tuner. A problem is a class with setup, step, save, load and reset.

Each has the hyperparameters that a population changes while it trains (`space`: the bounds, and whether the scale is logarithmic), how
many members and steps there are, how many steps lie between two comparisons, and about what `final` an untrained member has. Steps report `loss`, by which members are compared, and
`final`, by which the best of them is judged at the end.
"""

import json
import os
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "examples" / "data" / "optdigits.csv"


class Problem:
    """A training of `steps` steps, each an `advance`."""

    def reset(self, config):
        self.setup(config)
        return True

    def step(self):
        if self.done == self.steps:
            return None
        self.done += 1
        return self.advance()


class Toy(Problem):
    """The quadratic of section 4.1 of "Population Based Training of Neural Networks" (arXiv 1711.09846), figure 2: the objective
    1.2 - (x0^2 + x1^2) is not known to the training, which ascends 1.2 - (h0 x0^2 + h1 x1^2) from (0.9, 0.9). h0 and h1 lie from 0 to 1;
    what lies beyond counts as the bound, since some tuners leave it."""

    members, steps, interval = 4, 100, 5
    space = {"h0": (0.0, 1.0, False), "h1": (0.0, 1.0, False)}
    rate = 0.01
    untrained = 2 * 0.9**2 - 1.2

    def setup(self, config):
        self.weights = np.clip([config["h0"], config["h1"]], 0, 1)
        self.x = np.array([0.9, 0.9])
        self.done = 0

    def advance(self):
        self.x = self.x - self.rate * 2 * self.weights * self.x
        loss = float(np.sum(self.x**2)) - 1.2
        return {"loss": loss, "final": loss}

    def save(self, directory):
        Path(directory, "x.json").write_text(json.dumps([self.done, *self.x]))

    def load(self, directory):
        self.done, *x = json.loads(Path(directory, "x.json").read_text())
        self.x = np.array(x)


def moved(images, share, random):
    """The images, of which a share is moved by a pixel, each up, down, left or right."""
    moves = np.where(random.random(len(images)) < share, random.integers(0, 4, len(images)), -1)
    wide = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    made = images.copy()
    for move, (down, right) in enumerate([(0, 1), (2, 1), (1, 0), (1, 2)]):
        made[moves == move] = wide[moves == move, down : down + 8, right : right + 8].reshape(-1, 64)
    return made


class Digits(Problem):
    """A network of one hidden layer that learns from 300 images of handwritten digits. Learning rate and augmentation, the share of
    images that are moved by a pixel, may change from epoch to epoch. It is judged by the cross-entropy on 400 others of which half are
    moved; `final` is the same on 1,097 that no tuner sees."""

    members, steps, interval = 8, 24, 2
    space = {"lr": (1e-3, 1.0, True), "shift": (0.0, 1.0, False)}
    hidden, batch, momentum = 32, 25, 0.9
    untrained = float(np.log(10))

    def setup(self, config):
        if not hasattr(self, "parts"):
            rows = np.loadtxt(DATA, delimiter=",")
            rows = rows[np.random.RandomState(1998).permutation(len(rows))]
            parts = [(part[:, :-1] / 16, part[:, -1].astype(int)) for part in np.split(rows, [300, 700])]
            random = np.random.default_rng(0)
            self.parts = [parts[0], *((moved(images, 0.5, random), digits) for images, digits in parts[1:])]
        # Some tuners leave the bounds: a rate above them is the tuner's own loss, a share can't be.
        self.lr, self.shift = float(config["lr"]), float(np.clip(config["shift"], 0, 1))
        self.seed = int(config["seed"])
        random = np.random.default_rng([self.seed, 0])
        shapes = [(64, self.hidden), (self.hidden,), (self.hidden, 10), (10,)]
        self.weights = [random.normal(0, shape[0] ** -0.5, shape) if len(shape) == 2 else np.zeros(shape) for shape in shapes]
        self.speed = [np.zeros(shape) for shape in shapes]
        self.done = 0

    def advance(self):
        random = np.random.default_rng([self.seed, self.done])
        images, digits = self.parts[0]
        for chosen in np.split(random.permutation(len(images)), len(images) // self.batch):
            self._update(moved(images[chosen], self.shift, random), digits[chosen])
        loss, test = (self._loss(*part) for part in self.parts[1:])
        return {"loss": loss, "final": test}

    def _outputs(self, images):
        first, bias, second, last = self.weights
        values = np.tanh(images @ first + bias)
        scores = values @ second + last
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return values, scores / scores.sum(axis=1, keepdims=True)

    def _update(self, images, digits):
        values, errors = self._outputs(images)
        errors[np.arange(len(digits)), digits] -= 1
        errors /= len(digits)
        below = errors @ self.weights[2].T * (1 - values**2)
        slopes = [images.T @ below, below.sum(axis=0), values.T @ errors, errors.sum(axis=0)]
        for weights, speed, slope in zip(self.weights, self.speed, slopes):
            speed *= self.momentum
            speed -= self.lr * slope
            weights += speed

    def _loss(self, images, digits):
        _, probabilities = self._outputs(images)
        return float(-np.mean(np.log(np.maximum(probabilities[np.arange(len(digits)), digits], 1e-12))))

    def save(self, directory):
        np.savez(os.path.join(directory, "network.npz"), *self.weights, *self.speed, done=self.done)

    def load(self, directory):
        with np.load(os.path.join(directory, "network.npz")) as saved:
            arrays = [saved[f"arr_{i}"] for i in range(8)]
            self.weights, self.speed, self.done = arrays[:4], arrays[4:], int(saved["done"])


PROBLEMS = {"toy": Toy, "digits": Digits}


def beginnings(problem, seed):
    """The configurations that the members begin with: the same for all tuners."""
    random = np.random.default_rng([seed, 1])
    made = []
    for _ in range(problem.members):
        config = {"seed": seed}
        for name, (low, high, is_log) in problem.space.items():
            u = random.random()
            config[name] = float(low * (high / low) ** u if is_log else low + (high - low) * u)
        made.append(config)
    return made
