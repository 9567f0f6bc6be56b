"""Large pages for the memory that a warm parent's imports have filled."""

from __future__ import annotations

import ctypes

_SIZE = 2 * 1024 * 1024
_MADV_COLLAPSE = 25


class Collapse:
    """Turns this process's own memory into large pages, one at each call.

    A fork copies an entry for each page, and so a parent that has imported torch takes four times as long for a fork as
    one with large pages, as does the end of its workers. To make one takes milliseconds, for which a parent has the time
    when it is idle. On systems without this (Linux before 6.1) nothing happens.

    :param libc: the C library.
    """

    def __init__(self, libc: ctypes.CDLL) -> None:
        self._madvise = libc.madvise
        self._madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        self._addresses = _large_pages()

    def step(self) -> bool:
        """Answers whether there is more to do."""
        if not self._addresses:
            return False
        # A page that has to stay as it is, is left alone.
        self._madvise(self._addresses.pop(), _SIZE, _MADV_COLLAPSE)
        return True


def _large_pages() -> list[int]:
    """The addresses of what could be large pages, each wholly in writable memory that is no file's."""
    addresses: list[int] = []
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            span, mode, _, _, inode, *name = line.split()
            if mode != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
                continue
            first, end = (int(address, 16) for address in span.split("-"))
            addresses.extend(range(-(-first // _SIZE) * _SIZE, end - _SIZE + 1, _SIZE))
    return addresses
