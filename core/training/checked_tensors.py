"""Tensors in a safetensors file that cannot lie: a text about them, and a checksum over all.

The text stands as JSON in the metadata, beside a checksum that is that of every schema, so
that a newer one is told from damage. Nothing is ever unpickled.
"""

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.training import tensor_files

METADATA_KEY = "thaw"
_CHECKSUM = "checksum"
_Sum = tuple[str, str, Sequence[int], int]  # of one tensor: name, type, shape, CRC


def parts(
    about: Mapping[str, object], tensors: Mapping[str, Tensor]
) -> Iterator[tensor_files.Part]:
    """The contents of a file, with nothing copied twice: at a stop a person waits for that."""
    tensors = {name: one.detach().cpu().contiguous() for name, one in sorted(tensors.items())}
    text = json.dumps({**about, _CHECKSUM: _checksum(about, _sums(tensors))}, sort_keys=True)
    return tensor_files.parts(tensors, {METADATA_KEY: text})


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The text and the tensors, whose file is only mapped. Raises ``ValueError`` where it is
    damaged, and ``OSError``."""
    path.stat()  # safetensors has an error of its own for a file that has gone
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[METADATA_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if about.pop(_CHECKSUM) != _checksum(about, _sums(tensors)):
            raise ValueError("the checksum differs")
    except (SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    return about, tensors


def stream(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Each float32 tensor's name and numbers, in the file's order, one in memory at a time.

    Raises ``OSError``, and ``ValueError`` where the file is damaged: maybe only after the last.
    """
    sums: list[_Sum] = []
    try:
        with path.open("rb") as file:
            places, about = _header(file)
            for name, place in places.items():
                start, end = place["data_offsets"]
                data = file.read(end - start)
                numbers = np.frombuffer(data, np.float32).reshape(place["shape"])
                sums.append((name, str(torch.float32), place["shape"], zlib.crc32(data)))
                yield name, numbers
        if about.pop(_CHECKSUM) != _checksum(about, sums):
            raise ValueError("the checksum differs")
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _header(file: BinaryIO) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands before the numbers: each tensor's place, and the text."""
    length, size = int.from_bytes(file.read(8), "little"), os.fstat(file.fileno()).st_size
    if length > size:
        raise ValueError("the file is cut short")
    places = json.loads(file.read(length))
    return places, json.loads(places.pop("__metadata__")[METADATA_KEY])


def _checksum(about: Mapping[str, object], sums: Sequence[_Sum]) -> str:
    """Against damage, not against people: the fastest there is, for at a stop somebody waits."""
    return f"{zlib.crc32(json.dumps([about, sums], sort_keys=True).encode()):08x}"


def _sums(tensors: Mapping[str, Tensor]) -> list[_Sum]:
    return [
        (name, str(one.dtype), list(one.shape), zlib.crc32(tensor_files.raw(one)))
        for name, one in sorted(tensors.items())
    ]
