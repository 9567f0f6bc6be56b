"""Trains a small neural network on images of handwritten digits: an ordinary script with two lines added for the tuner.

    python examples/python/digits.py                 # trains with the defaults, prints the accuracy of each epoch
    python examples/python/digits.py --lr 0.01 --test

The defaults are those of scikit-learn.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier
from trialist import report

DATA = Path(__file__).parent.parent / "data" / "optdigits.csv"


def load():
    """The images in three fixed parts: 1,000 to train on, 398 to validate, 399 that nobody sees before the end."""
    rows = np.loadtxt(DATA, delimiter=",")
    rows = rows[np.random.RandomState(1998).permutation(len(rows))]
    return [(part[:, :-1] / 16, part[:, -1].astype(int)) for part in np.split(rows, [1000, 1398])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.001, help="learning rate")
    parser.add_argument("--width", type=int, default=100, help="units of a hidden layer")
    parser.add_argument("--layers", type=int, default=1, help="hidden layers")
    parser.add_argument("--activation", choices=["relu", "tanh", "logistic"], default="relu")
    parser.add_argument("--alpha", type=float, default=0.0001, help="weight decay")
    parser.add_argument("--batch", type=int, default=200, help="images in a mini-batch")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--test", action="store_true", help="print the accuracy on the test images at the end")
    options = parser.parse_args()

    train, validation, test = load()
    model = MLPClassifier(
        hidden_layer_sizes=[options.width] * options.layers,
        activation=options.activation,
        alpha=options.alpha,
        batch_size=options.batch,
        learning_rate_init=options.lr,
        random_state=options.seed,
    )
    for epoch in range(1, options.epochs + 1):
        model.partial_fit(*train, classes=range(10))
        accuracy = model.score(*validation)
        print(f"epoch {epoch}: validation accuracy {accuracy:.4f}")
        report(accuracy=accuracy, step=epoch)
    if options.test:
        print(f"test accuracy {model.score(*test):.4f}")


if __name__ == "__main__":
    main()
