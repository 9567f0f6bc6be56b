"""Softmax regression on images of handwritten digits, with nothing but Python's standard library.

It has never heard of a tuner: it takes options and prints what it measured.
"""

import argparse
import csv
import math
import random
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "optdigits.csv"


def load():
    with open(DATA, newline="") as file:
        rows = [[int(value) for value in row] for row in csv.reader(file)]
    random.Random(1998).shuffle(rows)
    images = [([1.0] + [grey / 16 for grey in row[:-1]], row[-1]) for row in rows]
    return images[:600], images[600:1000]


def scores(weights, pixels):
    return [sum(w * x for w, x in zip(row, pixels)) for row in weights]


def train_epoch(weights, images, lr, decay):
    for pixels, digit in images:
        values = scores(weights, pixels)
        top = max(values)
        odds = [math.exp(value - top) for value in values]
        total = sum(odds)
        for label, row in enumerate(weights):
            step = lr * (odds[label] / total - (label == digit))
            row[:] = [w - step * x - lr * decay * w for w, x in zip(row, pixels)]


def accuracy(weights, images):
    right = 0
    for pixels, digit in images:
        values = scores(weights, pixels)
        right += values.index(max(values)) == digit
    return right / len(images)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--C", type=float, default=1.0, help="inverse of the weight decay, as in scikit-learn")
    parser.add_argument("--lr", type=float, default=0.001, help="learning rate")
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()

    images, validation = load()
    weights = [[0.0] * 65 for _ in range(10)]
    for epoch in range(1, options.epochs + 1):
        train_epoch(weights, images, options.lr, 1 / (options.C * len(images)))
        print(f"epoch={epoch} accuracy={accuracy(weights, validation):.4f}")


if __name__ == "__main__":
    main()
