"""Every two pictures that look the same, among many, without keeping every pair.

The hashes of all pairs are compared in tiles, and the few candidates by what they show. A
hundred thousand pictures are five billion pairs, of about a nanosecond each.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.common.messages import ThawError
from core.dataset.look_alikes import MAX_BITS, Descriptions

_ROWS, _COLUMNS = 4, 16384  # of a tile: its differences, 0.5 MB, stay in a processor's cache
_SOME = 512  # pairs looked at between two looks at `stop`

_Positions = NDArray[np.intp]


def stars(
    descriptions: Sequence[bytes], stop: threading.Event | None = None
) -> list[tuple[int, ...]]:
    """Groups of positions in ``descriptions``, ascending, in which each looks like the first.

    Every two that look the same are together in a group. Being alike doesn't go on from one to
    the next, so a picture may be in several. n copies of one picture, such as blank tiles, cost
    n looks at pictures, not n squared. Measured for 100,000: 6 s and 6 MB where few are alike,
    50 s and 66 MB where all are. Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    return _Search(Descriptions(descriptions), stop).groups()


class _Search:
    """The groups found so far, by ascending first position."""

    def __init__(self, table: Descriptions, stop: threading.Event | None) -> None:
        self._table, self._stop = table, stop
        self._groups: list[tuple[int, ...]] = []
        self._groups_of: defaultdict[int, set[int]] = defaultdict(set)
        self._earliest = np.full(len(table.hashes), -1)  # the first group of each; -1: none

    def groups(self) -> list[tuple[int, ...]]:
        first = second = np.empty(0, np.intp)
        for rows, columns in self._candidates():
            first, second = np.concatenate((first, rows)), np.concatenate((second, columns))
            if len(first) >= _SOME:
                self._settle(first, second)
                first, second = first[:0], second[:0]
        self._settle(first, second)
        return self._groups

    def _candidates(self) -> Iterator[tuple[_Positions, _Positions]]:
        """Plausible pairs that are in no group together, by ascending first position."""
        count = len(self._table.hashes)
        for row in range(0, count, _ROWS):
            found = [self._in_tile(row, column) for column in range(row, count, _COLUMNS)]
            first = np.concatenate([rows for rows, _ in found])
            order = np.argsort(first, kind="stable")
            yield first[order], np.concatenate([columns for _, columns in found])[order]

    def _in_tile(self, row: int, column: int) -> tuple[_Positions, _Positions]:
        self._look_at_stop()
        hashes = self._table.hashes
        apart = hashes[row : row + _ROWS, None] ^ hashes[column : column + _COLUMNS]
        close = np.flatnonzero(np.bitwise_count(apart) <= MAX_BITS)
        rows, columns = np.divmod(close, apart.shape[1])
        rows, columns = rows + row, columns + column
        keep = (rows < columns) & self._apart(rows, columns)
        rows, columns = rows[keep], columns[keep]
        keep = self._table.plausible(rows, columns)
        return rows[keep], columns[keep]

    def _apart(self, first: _Positions, second: _Positions) -> NDArray[np.bool_]:
        group = self._earliest[first]
        return np.asarray((group < 0) | (group != self._earliest[second]))

    def _settle(self, first: _Positions, second: _Positions) -> None:
        """Group those of these candidates, by ascending ``first``, that look the same.

        Goes by whole pictures: who joins a crowd's first group needs no look at the others.
        """
        while len(first):
            end = np.searchsorted(first, first[min(_SOME, len(first) - 1)])
            if len(first) <= _SOME:
                end = np.intp(len(first))
            elif end == 0:
                end = np.searchsorted(first, first[0], "right")
            good = self._same(first[:end], second[:end])
            self._group(first[:end][good], second[:end][good])
            first, second = first[end:], second[end:]
            keep = self._apart(first, second)
            first, second = first[keep], second[keep]

    def _same(self, first: _Positions, second: _Positions) -> NDArray[np.bool_]:
        parts = [np.empty(0, np.bool_)]
        for start in range(0, len(first), _SOME):
            self._look_at_stop()
            some = slice(start, start + _SOME)
            parts.append(self._table.same(first[some], second[some]))
        return np.concatenate(parts)

    def _group(self, first: _Positions, second: _Positions) -> None:
        leaders, starts = np.unique(first, return_index=True)
        for leader, members in zip(leaders.tolist(), np.split(second, starts[1:]), strict=False):
            known = self._groups_of[leader]
            new = [one for one in members.tolist() if not known & self._groups_of[one]]
            if not new:
                continue
            for one in (leader, *new):
                self._groups_of[one].add(len(self._groups))
                if self._earliest[one] < 0:
                    self._earliest[one] = len(self._groups)
            self._groups.append((leader, *new))

    def _look_at_stop(self) -> None:
        if self._stop is not None and self._stop.is_set():
            raise ThawError("stopped")
