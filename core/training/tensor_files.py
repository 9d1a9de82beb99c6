"""safetensors files part by part: what its own writer gives, without a copy of all of it first.

That of a wide head is half a gigabyte, which safetensors would copy twice.
"""

import json
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

_DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
_ALIGNMENT = 8  # numbers of any size lie where processors like them

Part = bytes | memoryview


def parts(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Iterator[Part]:
    """The contents of a file of ``tensors``, by name in their order: a header, then each tensor.

    For tensors of one number format they are byte for byte what ``safetensors.torch.save`` gives,
    which is float32 for all weights. A tensor that lies elsewhere, or otherwise than in the file,
    is copied when its turn comes, so that none may change before. Raises ``KeyError`` for a
    number format that Thaw keeps nothing in.
    """
    names = sorted(tensors)
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name in names:
        one = tensors[name]
        start, end = end, end + one.nbytes
        place = {"dtype": _DTYPES[one.dtype], "shape": list(one.shape)}
        header[name] = {**place, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(8, "little")
    yield text
    for name in names:
        yield raw(tensors[name])


def raw(tensor: Tensor) -> memoryview:
    """A tensor's bytes in C order; of one in the processor's memory that lies so, no copy."""
    whole = tensor.detach().cpu().contiguous()
    return whole.reshape(-1).view(torch.uint8).numpy().data
