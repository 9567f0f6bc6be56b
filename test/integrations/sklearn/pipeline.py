"""Pipelines of scikit-learn. What is at the top runs once; each trial is forked from there."""

import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_info
from trialist import report

IMPORTED_BY = os.getpid()
images, digits = load_digits(return_X_y=True)
images, digits = images[:600], digits[:600]


def train(config):
    pipeline = make_pipeline(
        StandardScaler(), PCA(n_components=config["components"], random_state=0), SVC(C=config["C"], gamma=config["gamma"])
    )
    scores = cross_val_score(pipeline, images, digits, cv=3)
    report(accuracy=scores.mean(), imported_by=IMPORTED_BY, process=os.getpid())


def scalars(config):
    report(
        {
            "double": np.float64(0.25),
            "single": np.float32(0.5),
            "half": np.float16(0.125),
            "whole": np.int64(2**40),
            "byte": np.uint8(200),
            "flag": np.bool_(True),
            "array": np.array(3.5),
            "missing": np.float32("nan"),
        }
    )


def vector(config):
    report(accuracy=np.array([0.25, 0.5]))


def threads(config):
    _ = images @ images.T
    report(threads=max(pool["num_threads"] for pool in threadpool_info()))
