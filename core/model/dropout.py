"""Which numbers dropout keeps: drawn by name, so that no order, rank or resume changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import shake_128

import numpy as np
import torch
from torch import Tensor

_LEVELS = 1 << 16


@dataclass(frozen=True)
class Drawing:
    """The epoch, counted over the run from 0, and the pictures, by their keys (Unicode NFC) and
    in the batch's order, whose masks are drawn. A picture's masks are its own, whatever it is
    passed with."""

    seed: int
    epoch: int
    samples: Sequence[str]

    def kept(self, layer: str, width: int, dropped: float) -> Tensor:
        """What to multiply the outputs [N, width] of ``layer`` by, float32: 0 where a number is
        dropped, and elsewhere what keeps the expected value.

        SHAKE128 (FIPS 202) makes as many bits of a name as a layer needs, faster than the layer
        is computed; ``dropped`` is taken to the nearest 65,536th.
        """
        threshold = round(dropped * _LEVELS)
        before = f"dropout/{self.seed}/{self.epoch}/{layer}/".encode()
        # surrogatepass: a file name that is no valid Unicode has draws too
        names = [before + sample.encode("utf-8", "surrogatepass") for sample in self.samples]
        bits = b"".join([shake_128(name).digest(2 * width) for name in names])
        kept = np.frombuffer(bits, "<u2").reshape(len(names), width) >= threshold
        return torch.from_numpy(kept).float() * (_LEVELS / (_LEVELS - threshold))
