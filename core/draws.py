"""The random numbers behind augmentation: uniforms by name, from a hash, without any state."""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from core.augmentation_config import BY_NAME

Draws = Mapping[str, tuple[float, ...]]

POLICY = "policy"  # of the choice that the policy "trivial" makes for each picture
STREAMS = (*BY_NAME, POLICY)
GATE = 7  # the uniform that says whether an effect with a strength is done at all


def draws(seed: int, epoch: int, sample: str, view: int = 0) -> Draws:
    """Eight uniforms in [0, 1) for each stream, from a BLAKE2b hash (RFC 7693) of the arguments.

    ``sample`` is the picture's POSIX path relative to the dataset folder; how its accents are
    composed makes no difference. Each effect has a stream named by the effect, so that a new
    effect, or a new use of one's later uniforms, changes no other value. A stream is computed
    when it is asked for: effects that are off cost nothing.
    """
    return _Streams(f"{seed}/{epoch}/{view}", unicodedata.normalize("NFC", sample))


def rolled(draws: Draws, effect: str, probability: float) -> tuple[float, ...] | None:
    """The uniforms of ``effect`` where it is done, as happens with ``probability``; or None."""
    if probability <= 0:
        return None
    uniforms = draws[effect]
    return uniforms if uniforms[GATE] < probability else None


def between(ends: tuple[float, float], uniform: float) -> float:
    """The value that far along the way from the low end to the high end."""
    low, high = ends
    return min(low + (high - low) * uniform, high)  # rounding may step over the end


class _Streams(Mapping[str, tuple[float, ...]]):
    __slots__ = ("_before", "_key", "_known")

    def __init__(self, before: str, key: str) -> None:
        self._before, self._key = before, key
        self._known: dict[str, tuple[float, ...]] = {}

    def __getitem__(self, stream: str) -> tuple[float, ...]:
        known = self._known.get(stream)
        if known is None:
            if stream not in STREAMS:
                raise KeyError(stream)
            known = self._known[stream] = _uniforms(f"{self._before}/{stream}/{self._key}")
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(STREAMS)

    def __len__(self) -> int:
        return len(STREAMS)


def _uniforms(name: str) -> tuple[float, ...]:
    # surrogatepass: a file name that is no valid Unicode has draws too
    digest = blake2b(name.encode("utf-8", "surrogatepass")).digest()
    return tuple((word >> 11) * 2.0**-53 for word in struct.unpack("<8Q", digest))
