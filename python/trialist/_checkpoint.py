"""Checkpoints: folders of files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from typing import Any, Iterator, Mapping

_METADATA = ".metadata.json"


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
        """A checkpoint of a folder's files, to be reported.

        :raises NotADirectoryError: where there is no such folder.
        """
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
        """Copies its files to a folder and answers that folder.

        :param path: made where it is missing; files of the same names are replaced. Default: a new temporary folder.
        """
        target = tempfile.mkdtemp(prefix="checkpoint-") if path is None else os.fspath(path)
        shutil.copytree(self._path, target, dirs_exist_ok=True)
        return target

    def get_metadata(self) -> dict[str, Any]:
        """What :meth:`set_metadata` left with it; an empty dict where nothing did."""
        try:
            with open(os.path.join(self._path, _METADATA), encoding="utf-8") as file:
                metadata: dict[str, Any] = json.load(file)
                return metadata
        except FileNotFoundError:
            return {}

    def set_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Leaves JSON in its folder, in place of what was there. Before it is reported: the files of one that was are not to be changed.

        :raises TypeError: for what is no JSON.
        """
        text = json.dumps(dict(metadata))
        with open(os.path.join(self._path, _METADATA), "w", encoding="utf-8") as file:
            file.write(text)

    def update_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Adds to what :meth:`set_metadata` left."""
        self.set_metadata({**self.get_metadata(), **metadata})

    def __repr__(self) -> str:
        return f"Checkpoint({self._path!r})"


def folder_of(checkpoint: str | os.PathLike[str] | Checkpoint) -> str:
    """The folder that ``report(checkpoint=…)`` was given.

    :raises TypeError: where it is neither a path nor a :class:`Checkpoint`.
    :raises NotADirectoryError: where there is no such folder.
    """
    if isinstance(checkpoint, Checkpoint):
        path = checkpoint.path
    elif isinstance(checkpoint, (str, os.PathLike)):
        path = os.fspath(checkpoint)
    else:
        raise TypeError(
            f"report(): checkpoint must be the path of a folder or a Checkpoint, not {type(checkpoint).__name__}"
        )
    if not os.path.isdir(path):
        raise NotADirectoryError(f"report(): checkpoint must be a folder, and {path!r} is none")
    return path


def write(store: str, id: str, source: str) -> None:
    """Copies a folder to ``store/id``: aside first, synced, then renamed, so that nobody sees a part of it.

    :raises OSError: where something can't be read or written; nothing is left behind then.
    """
    os.makedirs(store, exist_ok=True)
    aside = os.path.join(store, f".partial-{id}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _copy(source, aside)
        os.rename(aside, os.path.join(store, id))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync(store)


def _copy(source: str, target: str) -> None:
    os.mkdir(target)
    # Listed before anything is written, as the store may lie in the folder itself.
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        copy = os.path.join(target, entry.name)
        if entry.is_symlink() and entry.is_dir():
            raise ValueError(f"report(): the checkpoint holds a link to a directory, which is refused: {entry.path}")
        if entry.is_dir():
            _copy(entry.path, copy)
        else:
            shutil.copy(entry.path, copy)
            _sync(copy)
    _sync(target)


def _sync(path: str) -> None:
    if os.name == "nt" and os.path.isdir(path):
        # Windows can't open folders, and keeps their entries in order by itself.
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
