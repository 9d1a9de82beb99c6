"""VGG16's convolutions found among the arrays of any file: order and shapes decide.

Names only tell which arrays are of one layer and, where they count, in which order they are.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.common.messages import InputError
from core.recipe import vgg16

if TYPE_CHECKING:
    from torch import Tensor

CONVOLUTIONS = tuple(one for block in vgg16.BLOCKS for one in block.convolutions)
# how many convolutions the first blocks have
BLOCK_ENDS = tuple(itertools.accumulate(len(block.convolutions) for block in vgg16.BLOCKS))
_CHANNELS = 3  # of a picture


@dataclass(frozen=True)
class Array:
    """One array of a file; ``read`` gives it as it is stored.

    ``shape`` is as PyTorch has it: a convolution's kernel [outputs, inputs, height, width].
    ``dtype`` is for people; only what ``is_real`` can be weights.
    """

    layer: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    is_real: bool
    read: "Callable[[], Tensor]"


@dataclass
class Layer:
    """The arrays of one layer."""

    name: str
    kernels: list[Array] = field(default_factory=list)
    vectors: list[Array] = field(default_factory=list)

    @property
    def is_normalisation(self) -> bool:
        """Whether it is like batch normalisation: a scale and a shift for each channel."""
        lengths = {one.shape for one in self.vectors}
        is_scale = not self.kernels and len(self.vectors) > 1 and len(lengths) == 1
        return is_scale and self.vectors[0].shape != (_CHANNELS,)  # else of the picture


def layer_of(name: str) -> str:
    """The layer that an array called ``name`` belongs to: all but the last part of the name."""
    return re.sub(r"[./\\]?[^./\\]*$", "", name) or re.sub(r"_?[^_]*$", "", name)


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts names as people count: ``conv2`` comes before ``conv10``."""
    parts = re.split(r"(\d+)", text)
    return [(int(one), "") if one.isdecimal() else (-1, one) for one in parts]


def convolutions(path: Path, arrays: Sequence[Array], is_ordered: bool) -> list[Layer]:
    """The layers for VGG16's first convolutions, up to the end of some block, usually the last.

    ``is_ordered`` says whether the file has an order; where names count their layers, as
    ``block1_conv1`` or ``features.0`` do, their own order is preferred. Fully connected layers
    and what comes after the last convolution are left out. Raises ``InputError`` where the
    network of the file at ``path`` isn't VGG16: it names the first layer that is wrong.
    """
    layers = _layers(arrays)
    if not any(one.kernels for one in layers):
        raise InputError("weights_none_there", path=str(path))
    counted = sorted(layers, key=lambda one: natural(one.name))
    orders = [layers, counted] if is_ordered else [counted]
    if _counts(layers):
        orders.reverse()
    found, error = max(
        (_matched(path, order) for order in orders), key=lambda one: (one[1] is None, len(one[0]))
    )
    scale = _scale_between(layers, found, is_ordered)
    if error is None and scale is not None:
        error = InputError("weights_not_vgg16_scaled", path=str(path), layer=scale.name)
    if error is not None:
        raise error
    return found


def _layers(arrays: Sequence[Array]) -> list[Layer]:
    """Arrays by layer, in the order in which the layers first come."""
    found: dict[str, Layer] = {}
    for one in arrays:
        layer = found.setdefault(one.layer, Layer(one.layer))
        is_constant = len(one.shape) == 4 and max(one.shape) <= _CHANNELS  # a picture's mean
        if len(one.shape) == 4 and not is_constant:
            layer.kernels.append(one)
        elif len(one.shape) == 1:
            layer.vectors.append(one)
    return list(found.values())


def _counts(layers: Sequence[Layer]) -> bool:
    """Whether the convolutions' names differ in their numbers alone."""
    return len({re.sub(r"\d+", "0", one.name) for one in layers if one.kernels}) == 1


def _matched(path: Path, layers: Sequence[Layer]) -> tuple[list[Layer], InputError | None]:
    """How far VGG16's convolutions go along ``layers``, and what is wrong with the next one."""
    with_kernels = [one for one in layers if one.kernels]
    for number, (layer, expected) in enumerate(zip(with_kernels, CONVOLUTIONS, strict=False)):
        error = _mistake(path, layer, expected)
        if error is not None:
            return with_kernels[:number], error
    found = with_kernels[: len(CONVOLUTIONS)]
    if len(found) not in BLOCK_ENDS:
        return found, InputError("weights_not_vgg16_few", path=str(path), found=len(found))
    return found, None


def _mistake(path: Path, layer: Layer, expected: vgg16.Convolution) -> InputError | None:
    kernel, *more = layer.kernels
    shape = (expected.out_channels, expected.in_channels, vgg16.KERNEL, vgg16.KERNEL)
    name = layer.name or kernel.name
    if kernel.shape != shape or more:
        return InputError(
            "weights_not_vgg16",
            path=str(path),
            layer=name,
            found=_shown(kernel.shape),
            place=expected.name,
            expected=_shown(shape),
        )
    biases = [one.shape for one in layer.vectors]
    if biases != [(expected.out_channels,)]:
        found = " + ".join(_shown(one) for one in biases) or "0"
        return InputError(
            "weights_not_vgg16_bias",
            path=str(path),
            layer=name,
            found=found,
            place=expected.name,
            expected=expected.out_channels,
        )
    return None


def _scale_between(
    layers: Sequence[Layer], found: Sequence[Layer], is_ordered: bool
) -> Layer | None:
    """A batch normalisation among the convolutions; where there is no order, one for each."""
    scales = [one for one in layers if one.is_normalisation]
    if found and is_ordered:
        places = [number for number, one in enumerate(layers) if one in found]
        scales = [one for one in layers[min(places) : max(places)] if one.is_normalisation]
    elif len(scales) < len(found):
        scales = []
    return scales[0] if scales else None


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
