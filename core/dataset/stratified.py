"""A share of every class, cut from groups of pictures that stay together.

Which groups meet the shares best is a problem without a quick exact answer (number partitioning);
this is a greedy pass in drawn order and then a local search, the same on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence

_NEAR = 0.005  # of a class: what the search doesn't try to make better
_TRIES = 12  # different groups looked at from either side in one step of the search
_ROUNDS = 5  # steps for each class

_NONE: tuple[int, ...] = ()

Counts = Mapping[int, int]  # class -> the number of a group's pictures in it; none is zero


def cut(groups: Sequence[Counts], wanted: Mapping[int, int]) -> set[int]:
    """The positions of the ``groups`` (in drawn order) to take, so that each class gives about
    as many pictures as are ``wanted``.

    A class never gives its last group. It gives at least one where it has two or more and any
    is wanted; only groups that hold several classes can make this impossible, or so intricate
    that the search misses it. What is made small is the sum over the classes of
    (given - wanted)^2 / pictures. Classes that share no group don't influence each other.
    Groups of one picture are taken in order, exactly the number.
    """
    return _Cut(groups, wanted).taken()


class _Cut:
    def __init__(self, groups: Sequence[Counts], wanted: Mapping[int, int]) -> None:
        self._groups = groups
        self._of: dict[int, list[int]] = {}  # class -> its groups
        self._size: dict[int, int] = {}
        for position, counts in enumerate(groups):
            for label, count in counts.items():
                self._of.setdefault(label, []).append(position)
                self._size[label] = self._size.get(label, 0) + count
        self._left = {label: len(own) for label, own in self._of.items()}
        self._given = dict.fromkeys(self._of, 0)
        self._missing = {
            label: wanted.get(label, 0) if left > 1 else 0 for label, left in self._left.items()
        }
        self._must_give = {label for label, missing in self._missing.items() if missing}
        self._taken: set[int] = set()

    def taken(self) -> set[int]:
        for position, counts in enumerate(self._groups):
            fits = all(self._missing[label] >= count for label, count in counts.items())
            if fits and self._leaves_one((position,)):
                self._move((position,))
        for _ in range(_ROUNDS):
            improved = [self._improve(label) for label in self._of]
            if not any(improved):
                break
        return self._taken

    def _leaves_one(self, groups: tuple[int, ...]) -> bool:
        return all(self._left[label] > 1 for one in groups for label in self._groups[one])

    def _move(self, groups: tuple[int, ...]) -> None:
        """Take each of ``groups``, or give it back."""
        for position in groups:
            sign = -1 if position in self._taken else 1
            self._taken ^= {position}
            for label, count in self._groups[position].items():
                self._missing[label] -= sign * count
                self._left[label] -= sign
                self._given[label] += sign

    def _improve(self, label: int) -> bool:
        """Make the best one of: a group of ``label`` more, one less, one instead of another."""
        near = abs(self._missing[label]) <= _NEAR * self._size[label]
        if near and (self._given[label] or label not in self._must_give):
            return False
        best, moves = (0, 0.0), _NONE
        free = [_NONE, *self._different(label, taken=False)]
        for old in [_NONE, *self._different(label, taken=True)]:
            self._move(old)
            again = self._gain(old)
            for new in free:
                gain = self._gain(new)
                better = gain[0] - again[0], round(gain[1] - again[1], 9)  # no tie by last bits
                if better > best and self._leaves_one(new):
                    best, moves = better, old + new
            self._move(old)
        self._move(moves)
        return bool(moves)

    def _different(self, label: int, *, taken: bool) -> Iterator[tuple[int]]:
        """Groups of ``label`` that differ in their counts: the first drawn of those to take, the
        last drawn of those to give back."""
        seen: set[frozenset[tuple[int, int]]] = set()
        own = self._of[label]
        for one in reversed(own) if taken else own:
            counts = frozenset(self._groups[one].items())
            if (one in self._taken) != taken or counts in seen:
                continue
            seen.add(counts)
            yield (one,)
            if len(seen) == _TRIES:
                return

    def _gain(self, groups: tuple[int, ...]) -> tuple[int, float]:
        """What taking ``groups`` (one or none) improves: how many classes give at all then, and
        the distance from what is wanted."""
        covered, nearer = 0, 0.0
        for position in groups:
            for label, count in self._groups[position].items():
                nearer += count * (2 * self._missing[label] - count) / self._size[label]
                covered += not self._given[label] and label in self._must_give
        return covered, nearer
