"""Which pictures an epoch trains on, and in what order: by keyed hashes of names.

Sorting by a keyed hash gives a uniform order that no library's version changes.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import cycle, islice

from core.compute.loaders import name_of, repeated


def batch_groups(
    positions: Sequence[int], keys: Sequence[str], size: int, seed: int, epoch: int
) -> list[Sequence[int]]:
    """``positions`` in an order that (seed, epoch) and the pictures' names decide, in batches.

    A position may be that of a picture's repeat (``core.repeats``); ``keys`` has the pictures'.
    """
    place = _places(f"shuffle/{seed}/{epoch}")
    order = sorted(positions, key=lambda one: place(name_of(one, keys)))
    return [order[first : first + size] for first in range(0, len(order), size)]


def balanced(
    positions: Sequence[int], labels: Sequence[int], keys: Sequence[str], seed: int, epoch: int
) -> list[int]:
    """As many positions as there are in ``positions``, those of each class equally often: their
    numbers differ by one at most, and (seed, epoch) decides which classes have one more.

    ``labels`` and ``keys`` have those of all pictures. Of a class with more pictures than its
    share, (seed, epoch) and their names decide which are left out this time; those of a smaller
    one come again and again, in the order that their names give.
    """
    place = _places(f"balance/{seed}/{epoch}")
    classes: dict[int, list[int]] = {}
    for one in sorted(positions, key=lambda one: place(keys[one])):
        classes.setdefault(labels[one], []).append(one)
    share, more = divmod(len(positions), max(1, len(classes)))
    order = sorted(classes, key=lambda label: place(f"\0{label}"))
    chosen: list[int] = []
    for number, label in enumerate(order):
        pictures = classes[label]
        again = islice(cycle(pictures), share + (number < more))
        chosen += [repeated(one, turn // len(pictures)) for turn, one in enumerate(again)]
    return chosen


def _places(name: str) -> Callable[[str], bytes]:
    """What gives whatever has a name a place in the order that ``name`` names."""
    person = hashlib.blake2b(name.encode(), digest_size=16).digest()

    def place(key: str) -> bytes:
        named = key.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(named, digest_size=16, person=person).digest()

    return place
