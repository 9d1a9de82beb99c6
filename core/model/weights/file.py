"""Weights of VGG16 from whatever file a person has: what is in it, and its convolutions.

PyTorch (``.pth``, ``.pt``), safetensors, Keras (``.h5``, ``.weights.h5``, ``.keras``), and Thaw's
own runs. What a file is, its contents decide. Nothing in it is ever run.
"""

import contextlib
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from core.common.messages import InputError, ThawError
from core.model.weights import readers
from core.model.weights.matching import BLOCK_ENDS, CONVOLUTIONS, Array, Layer, convolutions
from core.model.weights.normalization import settle, stated, suggest
from core.recipe.config import Normalization, NormalizationName
from core.runs.places import BEST, CONFIG

LARGEST = 4 * 10**9  # bytes; the whole of VGG16 with its optimizer's state in doubles is less
Kind = Literal["pytorch", "safetensors", "keras"]
_PICKLES = (".pth", ".pt", ".pkl", ".bin", ".ckpt", ".tar")


@dataclass(frozen=True)
class WeightFile:
    """What a file of weights holds: ``depth`` blocks of VGG16, whose convolutions it calls
    ``layers``, and what it says of its normalisation, else a guess to offer."""

    path: Path
    kind: Kind
    depth: int
    layers: tuple[str, ...]
    stated: Normalization | None
    suggestion: NormalizationName | Normalization | None


@dataclass(frozen=True)
class StartWeights:
    """Convolutions to start from, float32 by torchvision's names below ``features``
    (``0.weight`` [64, 3, 3, 3]), for RGB pictures from 0 to 1 less ``mean``, over ``std``."""

    tensors: dict[str, Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    depth: int


def look(path: Path, depth: int = 1) -> WeightFile:
    """What is in the file at ``path``, or in the run there; its numbers are not read.

    Raises ``InputError`` where it is no network of VGG16's, holds fewer than ``depth`` blocks,
    or cannot be read.
    """
    with _opened(path, depth) as (found, _):
        return found


def read(
    path: Path, depth: int, normalization: NormalizationName | Normalization | None = None
) -> StartWeights:
    """The first ``depth`` blocks from the file at ``path``, or from the run there.

    ``normalization`` is for a file that doesn't state its own. Channels that come blue first are
    turned. Raises ``InputError`` as ``look`` does, and where numbers are not finite, there is no
    normalisation or there are two that differ.
    """
    with _opened(path, depth) as (found, layers):
        path = found.path
        normal = settle(path, found.stated, normalization)
        tensors: dict[str, Tensor] = {}
        count = BLOCK_ENDS[depth - 1]
        for place, layer in zip(CONVOLUTIONS[:count], layers[:count], strict=True):
            for name, array in (("weight", layer.kernels[0]), ("bias", layer.vectors[0])):
                tensors[f"{place.index}.{name}"] = _numbers(path, layer, array)
    first = f"{CONVOLUTIONS[0].index}.weight"
    if normal.order == "bgr":
        tensors[first] = tensors[first].flip(1).contiguous()
    return StartWeights(tensors, normal.mean, normal.std, depth)


def _numbers(path: Path, layer: Layer, array: Array) -> Tensor:
    about = {"path": str(path), "layer": layer.name or array.name}
    if not array.is_real:
        raise InputError("weights_not_real", **about, kind=array.dtype)
    values = array.read().to(torch.float32, copy=True).contiguous()  # of no mapped file
    lowest, highest = values.aminmax()  # NaN comes through, and nothing is allocated
    if not (lowest.isfinite() and highest.isfinite()):
        raise InputError("weights_not_finite", **about)
    return values


@contextlib.contextmanager
def _opened(path: Path, depth: int) -> Iterator[tuple[WeightFile, list[Layer]]]:
    """The checked contents, to be read while it is open; errors become sentences."""
    path = _file(path)
    try:
        with _arrays(path) as (kind, arrays, is_ordered, metadata):
            layers = convolutions(path, arrays, is_ordered)
            names = tuple(one.name or one.kernels[0].name for one in layers)
            said = stated(metadata)
            guess = suggest(path, kind == "keras", names) if said is None else None
            found = BLOCK_ENDS.index(len(layers)) + 1
            if found < depth:
                raise InputError("weights_too_shallow", path=path, found=found, depth=depth)
            yield WeightFile(path, kind, found, names, said, guess), layers
    except ThawError:
        raise
    except MemoryError:
        raise InputError("weights_no_memory", path=str(path)) from None
    except Exception as error:  # a damaged file can bring about anything in whoever parses it
        if isinstance(error, OSError) and error.errno is not None and error.strerror:
            raise InputError("weights_file_unreadable", path=path, reason=error) from None
        raise InputError("weights_file_damaged", path=str(path), reason=_reason(error)) from error


def _file(path: Path) -> Path:
    """The file with the weights; of a run its best epoch's."""
    path = path.expanduser()
    if os.path.isdir(path):
        if not os.path.isfile(path / CONFIG):
            raise InputError("run_missing", path=str(path))
        if not os.path.isfile(path / BEST):
            raise InputError("run_without_weights", path=str(path))
        path = path / BEST
    try:
        size = os.stat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("weights_file_missing", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise InputError("weights_file_unreadable", path=path, reason=error) from None
    if not size:
        raise InputError("weights_file_empty", path=str(path))
    _check_size(path, size)
    return path


def _check_size(path: Path, size: int) -> None:
    if size > LARGEST:
        billion = 10**9
        values = {"gigabytes": f"{size / billion:.1f}", "limit": f"{LARGEST / billion:.0f}"}
        raise InputError("weights_file_too_large", path=str(path), **values)


@contextlib.contextmanager
def _arrays(path: Path) -> Iterator[tuple[Kind, list[Array], bool, dict[str, str]]]:
    """What the file is, its arrays, whether they have an order, and what it says of itself."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        weights = [one for one in members if one.filename == readers.WEIGHTS_MEMBER]
        _check_size(path, sum(one.file_size for one in weights or members))
        if not weights:
            yield "pytorch", readers.read_torch(path, members), True, {}
            return
    elif start[8:9] == b"{":
        with readers.opened_safetensors(path) as (arrays, metadata):
            yield "safetensors", arrays, False, metadata
        return
    elif not start.startswith(b"\x89HDF"):
        if not start.startswith(b"\x80") and path.suffix.lower() not in _PICKLES:
            raise InputError("weights_file_unknown", path=str(path))
        yield "pytorch", readers.read_torch(path), True, {}
        return
    with readers.opened_keras(path) as (arrays, is_ordered):
        yield "keras", arrays, is_ordered, {}


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].partition(". ")[0].rstrip(".")
