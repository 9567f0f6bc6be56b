"""A multi-threaded kernel at import: a child that is forked now would wait for threads that it does not have."""

import os

import torch
from trialist import report

torch.set_num_threads(2)
matrix = torch.randn(1500, 1500)
product = matrix @ matrix

IMPORTED_BY = os.getpid()


def train(config):
    torch.set_num_threads(2)
    again = matrix @ matrix
    report(loss=float(again.isfinite().all()), imported_by=IMPORTED_BY, process=os.getpid())
