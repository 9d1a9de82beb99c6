"""The random numbers behind augmentation: uniforms by name, from a hash, without any state."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar, overload

from core.recipe.config import BY_NAME

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Draws = Mapping[str, tuple[float, ...]]

POLICY = "policy"  # of the choice that the policy "trivial" makes for each picture
STREAMS = (*BY_NAME, POLICY)
GATE = 7  # the uniform that says whether an effect with a strength is done at all

_Names = list[str] | tuple[str, ...]  # and not any sequence: a single name is one, of letters
_Uniforms = TypeVar("_Uniforms")


@overload
def draws(seed: int, epoch: int, sample: str, view: int = 0) -> Draws: ...
@overload
def draws(seed: int, epoch: int, sample: str, view: Sequence[int]) -> ManyDraws: ...
@overload
def draws(seed: int, epoch: int, sample: _Names, view: int | Sequence[int] = 0) -> ManyDraws: ...
def draws(
    seed: int, epoch: int, sample: str | _Names, view: int | Sequence[int] = 0
) -> Draws | ManyDraws:
    """Eight uniforms in [0, 1) for each stream, from a BLAKE2b hash (RFC 7693) of the arguments.

    ``sample`` is the picture's POSIX path relative to the dataset folder; how its accents are
    composed makes no difference. Each effect has a stream named by the effect, so that a new
    effect, or a new use of one's later uniforms, changes no other value. A stream is computed
    when it is asked for: effects that are off cost nothing.

    Several samples, or several views of one, are many pictures at once: the same numbers in
    arrays, picture by picture. As many views as samples pair up; one view is every sample's.
    Raises ``ValueError`` where they don't pair up.
    """
    if isinstance(sample, str):
        if isinstance(view, int):
            return _OnesDraws(_named(seed, epoch, sample, view))
        return ManyDraws([_named(seed, epoch, sample, one) for one in view])
    views = [view] * len(sample) if isinstance(view, int) else view
    pairs = zip(sample, views, strict=True)
    return ManyDraws([_named(seed, epoch, one, its_view) for one, its_view in pairs])


class _Streams(Mapping[str, _Uniforms]):
    """Each stream's uniforms, kept once they were asked for."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, _Uniforms] = {}

    def __getitem__(self, stream: str) -> _Uniforms:
        known = self._known.get(stream)
        if known is None:
            if stream not in STREAMS:
                raise KeyError(stream)
            known = self._known[stream] = self._drawn(stream)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(STREAMS)

    def __len__(self) -> int:
        return len(STREAMS)

    def _drawn(self, stream: str) -> _Uniforms:
        raise NotImplementedError


class _OnesDraws(_Streams[tuple[float, ...]]):
    __slots__ = ("_name",)

    def __init__(self, name: tuple[bytes, bytes]) -> None:
        super().__init__()
        self._name = name

    def _drawn(self, stream: str) -> tuple[float, ...]:
        words = struct.unpack("<8Q", _digest(self._name, stream))
        return tuple([(word >> 11) * 2.0**-53 for word in words])


class ManyDraws(_Streams[tuple["NDArray[np.float64]", ...]]):
    """The draws of N pictures at once: each of a stream's eight uniforms is float64 [N]."""

    __slots__ = ("_names",)

    def __init__(self, names: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self._names = names

    @property
    def pictures(self) -> int:
        """How many pictures these are the draws of."""
        return len(self._names)

    def some(self, pictures: Sequence[int]) -> ManyDraws:
        """The draws of those pictures alone."""
        return ManyDraws([self._names[one] for one in pictures])

    def _drawn(self, stream: str) -> tuple[NDArray[np.float64], ...]:
        import numpy as np  # not above: the window's start needs the streams' names alone

        digests = b"".join([_digest(name, stream) for name in self._names])
        words = np.frombuffer(digests, "<u8").reshape(-1, 8)
        uniforms = (words.T >> 11) * 2.0**-53
        uniforms.flags.writeable = False  # kept, and shared between threads
        return tuple(uniforms)


def _named(seed: int, epoch: int, sample: str, view: int) -> tuple[bytes, bytes]:
    """What comes before a stream's name in what is hashed, and what after."""
    # surrogatepass: a file name that is no valid Unicode has draws too
    key = unicodedata.normalize("NFC", sample).encode("utf-8", "surrogatepass")
    return f"{seed}/{epoch}/{view}/".encode(), b"/" + key


def _digest(name: tuple[bytes, bytes], stream: str) -> bytes:
    before, after = name
    return blake2b(before + stream.encode() + after).digest()
