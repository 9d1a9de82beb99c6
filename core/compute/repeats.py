"""Pictures that an epoch trains on more than once.

Where an epoch's batches are cut, computed and counted, each repeat of a picture is a position of
its own: that of the picture, plus as many strides as it was there before.
"""

from collections.abc import Iterable, Sequence

_STRIDE = 2**32  # more pictures than a folder holds


def repeated(picture: int, times: int) -> int:
    """The position of the picture at ``picture`` after it was there ``times`` times."""
    return picture + times * _STRIDE


def picture_of(position: int) -> int:
    """The position of the picture itself."""
    return position % _STRIDE


def pictures_of(groups: Iterable[Sequence[int]]) -> list[int]:
    """The positions of all groups' pictures, each once, in their order."""
    return list(dict.fromkeys(picture_of(one) for group in groups for one in group))


def times_before(position: int) -> int:
    """How often the picture was there before, in its epoch."""
    return position // _STRIDE


def name_of(position: int, keys: Sequence[str]) -> str:
    """What draws for ``position`` are named by: its picture's key, of all pictures' ``keys``, and
    for a repeat which one it is."""
    key, times = keys[picture_of(position)], times_before(position)
    return f"{key}\0{times}" if times else key
