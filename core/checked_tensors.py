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

METADATA_KEY = "thaw"
_CHECKSUM = "checksum"
_DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
_Sum = tuple[str, str, Sequence[int], int]  # of one tensor: name, type, shape, CRC


def parts(about: Mapping[str, object], tensors: Mapping[str, Tensor]) -> list[bytes | memoryview]:
    """The contents of a file: a header, then each tensor as it lies in memory.

    safetensors would first copy all of them, and at a stop a person waits for that.
    """
    tensors = {name: one.detach().cpu().contiguous() for name, one in sorted(tensors.items())}
    text = json.dumps({**about, _CHECKSUM: _checksum(about, _sums(tensors))}, sort_keys=True)
    header: dict[str, object] = {"__metadata__": {METADATA_KEY: text}}
    end = 0
    for name, one in tensors.items():
        start, end = end, end + one.nbytes
        place = {"dtype": _DTYPES[one.dtype], "shape": list(one.shape)}
        header[name] = {**place, "data_offsets": [start, end]}
    data = json.dumps(header).encode()
    data += b" " * (-len(data) % 8)  # so that numbers of any size lie where processors like them
    return [len(data).to_bytes(8, "little"), data, *map(_bytes, tensors.values())]


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
        (name, str(one.dtype), list(one.shape), zlib.crc32(_bytes(one)))
        for name, one in sorted(tensors.items())
    ]


def _bytes(tensor: Tensor) -> memoryview:
    return tensor.reshape(-1).view(torch.uint8).numpy().data
