"""The arrays of a safetensors file, and what its metadata say; those of Thaw's runs too."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from safetensors import safe_open

from core.model.weights.matching import Array, layer_of
from core.model.weights.normalization import THAW_KEY

_PREFIX = "features."  # of the backbone's arrays in Thaw's own files, beside the head's
_REAL = {"F16", "BF16", "F32", "F64"}


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[Array], dict[str, str]]]:
    """The arrays and the metadata, to be read while it is open. They have no order.

    Raises ``OSError`` and ``SafetensorError``.
    """
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata() or {})
        names = list(file.keys())
        if THAW_KEY in metadata:
            names = [name for name in names if name.startswith(_PREFIX)]
        arrays = []
        for name in names:
            part = file.get_slice(name)
            kind, shape = str(part.get_dtype()), tuple(part.get_shape())
            read = partial(file.get_tensor, name)
            arrays.append(Array(layer_of(name), name, shape, kind, kind in _REAL, read))
        yield arrays, metadata
