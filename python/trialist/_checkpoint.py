"""Checkpoints: folders of files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator


class Checkpoint:
    """A folder of files that a trial can go on from."""

    def __init__(self, path: str | os.PathLike[str], *, id: str | None = None, step: float | None = None) -> None:
        self._path = os.fspath(path)
        self.id = id
        """Its name in the experiment; None where it was not reported yet."""
        self.step = step
        """The step of the report that brought it; None where it was not reported yet."""

    @classmethod
    def from_directory(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """A checkpoint of a folder's files, to be reported. Raises ``NotADirectoryError``."""
        if not os.path.isdir(path):
            raise NotADirectoryError(f"a checkpoint is a folder, and {os.fspath(path)!r} is none")
        return cls(path)

    @property
    def path(self) -> str:
        """The folder. Its files are not to be changed."""
        return self._path

    @contextlib.contextmanager
    def as_directory(self) -> Iterator[str]:
        """The folder, for a ``with``. Its files are not to be changed."""
        yield self._path

    def to_directory(self, path: str | os.PathLike[str] | None = None) -> str:
        """Copies its files to a folder, a new temporary one by default, and answers that folder."""
        target = os.fspath(path) if path is not None else tempfile.mkdtemp(prefix="checkpoint-")
        shutil.copytree(self._path, target, dirs_exist_ok=True)
        return target

    def __repr__(self) -> str:
        return f"Checkpoint({self._path!r})"


def write(store: str, id: str, source: str) -> None:
    """Copies a folder to ``store/id``: aside first, synced, then renamed, so that nobody sees a part of it."""
    if not os.path.isdir(source):
        raise NotADirectoryError(f"report(): checkpoint must be a folder, and {source!r} is none")
    os.makedirs(store, exist_ok=True)
    aside = os.path.join(store, f".partial-{id}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        shutil.copytree(source, aside)
        for folder, _, files in os.walk(aside):
            for name in files:
                _sync(os.path.join(folder, name))
            _sync(folder)
        os.rename(aside, os.path.join(store, id))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync(store)


def _sync(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        # Windows can't open folders, and keeps their entries in order by itself.
        if Path(path).is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
