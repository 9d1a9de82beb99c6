"""The random numbers behind augmentation: uniforms by name, from a hash, without any state."""

import struct
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b

from core.recipe.config import BY_NAME

Uniforms = tuple[float, ...]  # the eight of one stream
Draws = Mapping[str, Uniforms]

POLICY = "policy"  # of the choice that the policy "trivial" makes for each image
STREAMS = (*BY_NAME, POLICY)
GATE = 7  # the uniform that says whether an effect with a strength is done at all


def draws(seed: int, epoch: int, sample: str, view: int = 0) -> Draws:
    """Eight uniforms in [0, 1) for each stream, from a BLAKE2b hash (RFC 7693) of the arguments.

    ``sample`` is the image's POSIX path relative to the dataset folder; how its accents are
    composed makes no difference. Each effect has a stream named by the effect, so that a new
    effect, or a new use of one's later uniforms, changes no other value. A stream is computed
    when it is first asked for, and kept: effects that are off cost nothing. Raises ``KeyError``
    for a stream that does not exist.
    """
    return _Draws(seed, epoch, sample, view)


class _Draws(dict[str, Uniforms]):
    def __init__(self, seed: int, epoch: int, sample: str, view: int) -> None:
        super().__init__()
        self._before = f"{seed}/{epoch}/{view}/".encode()
        # surrogatepass: a file name that is not valid Unicode has draws too
        name = unicodedata.normalize("NFC", sample)
        self._after = b"/" + name.encode("utf-8", "surrogatepass")

    def __missing__(self, stream: str) -> Uniforms:
        if stream not in STREAMS:
            raise KeyError(stream)
        digest = blake2b(self._before + stream.encode() + self._after).digest()
        self[stream] = tuple([(word >> 11) * 2.0**-53 for word in struct.unpack("<8Q", digest)])
        return self[stream]
