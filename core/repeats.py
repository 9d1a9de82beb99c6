"""Pictures that an epoch trains on more than once.

Where an epoch's batches are cut, computed and counted, each repeat of a picture is a position of
its own: that of the picture, plus as many strides as it was there before.
"""

_STRIDE = 2**32  # more pictures than a folder holds


def repeated(picture: int, times: int) -> int:
    """The position of the picture at ``picture`` after it was there ``times`` times."""
    return picture + times * _STRIDE


def picture_of(position: int) -> int:
    """The position of the picture itself."""
    return position % _STRIDE


def times_before(position: int) -> int:
    """How often the picture was there before, in its epoch."""
    return position // _STRIDE
