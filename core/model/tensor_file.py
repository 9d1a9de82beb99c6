"""Thaw's own files of tensors: safetensors, with all else as JSON under one key of the metadata.

Equal contents are equal bytes. Nothing is ever unpickled. Files are written part by part:
safetensors' own writer gives the same bytes but copies everything first, and a wide head's
checkpoint is half a gigabyte. Those of a training carry a checksum over text and tensors, which is
the same in every schema, so that a newer file is told from a damaged one.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor

KEY = "thaw"
_CHECKSUM = "checksum"
_DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
_ALIGNMENT = 8  # numbers of any size lie where processors like them

Part = bytes | memoryview


def parts(
    about: Mapping[str, object], tensors: Mapping[str, Tensor], *, checked: bool = False
) -> Iterator[Part]:
    """The contents of a file: a header, then each tensor, by name in their order.

    Only tensors that lie elsewhere, or otherwise than in the file, are copied: none may change
    before all parts are written. Raises ``KeyError`` for a number format that Thaw stores
    nothing in.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    if checked:
        about = {**about, _CHECKSUM: _checksum(about, tensors)}
    header: dict[str, object] = {"__metadata__": {KEY: json.dumps(about, sort_keys=True)}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.nbytes
        place = {"dtype": _DTYPES[tensor.dtype], "shape": list(tensor.shape)}
        header[name] = {**place, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(8, "little")
    yield text
    yield from map(_raw, tensors.values())


def read(path: Path, *, checked: bool = False) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The text and the tensors, whose file is only mapped. Raises ``ValueError`` where it is
    damaged, and ``OSError``."""
    path.stat()  # safetensors has an error of its own for a file that is not there
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {})[KEY]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError) as error:
        raise ValueError(str(error)) from error
    return _about(text, tensors, checked), tensors


def of_bytes(data: bytes, *, checked: bool = False) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """As ``read``, of a file's contents. Raises ``ValueError`` where they are damaged."""
    try:
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        text = header["__metadata__"][KEY]
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    return _about(text, tensors, checked), tensors


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with ``prefix``, without it."""
    return {name[len(prefix) :]: one for name, one in tensors.items() if name.startswith(prefix)}


def _about(text: str, tensors: Mapping[str, Tensor], checked: bool) -> dict[str, Any]:
    about = json.loads(text)
    if not isinstance(about, dict):
        raise ValueError("the text is not an object")
    if checked and about.pop(_CHECKSUM, "") != _checksum(about, tensors):
        raise ValueError("the checksum differs")
    return about


def _checksum(about: Mapping[str, object], tensors: Mapping[str, Tensor]) -> str:
    """Against damage, not against people: the fastest there is, for at a stop somebody waits."""
    sums = [
        (name, str(tensor.dtype), list(tensor.shape), zlib.crc32(_raw(tensor)))
        for name, tensor in sorted(tensors.items())
    ]
    return f"{zlib.crc32(json.dumps([about, sums], sort_keys=True).encode()):08x}"


def _raw(tensor: Tensor) -> memoryview:
    """The bytes in C order of a contiguous tensor in the processor's memory, not copied."""
    return tensor.reshape(-1).view(torch.uint8).numpy().data
