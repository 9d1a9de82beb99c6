"""VGG16's convolutions as five blocks that freeze and thaw, and the pass through frozen ones."""

import contextlib
import ctypes
import functools
import hashlib
import json
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torchvision.models import vgg

import resources
from core.common.messages import ThawError
from core.model.weights import download as weight_download
from core.model.weights import file as weight_file
from core.model.weights.file import StartWeights
from core.model.weights.normalization import PUBLISHED
from core.recipe.config import BUILT_IN, RANDOM, Normalization, NormalizationName

WEIGHTS = resources.WEIGHTS / "vgg16-imagenet-features.safetensors"
# Random weights see ImageNet's usual mean and std in units of one: with the weight file's std
# of 1/255 a random network would start with huge activations.
USUAL_MEAN, USUAL_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3), with bytes


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Raised inside a computation when the stop was set."""


class Backbone(nn.Module):
    """The first ``depth`` blocks of VGG16: ``features``, with torchvision's module names.

    ``mean`` and ``std`` (three numbers each, for RGB in [0, 1]) are what its weights were
    trained with.
    """

    def __init__(
        self, features: nn.Sequential, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        super().__init__()
        ends = _block_ends(features)
        self.features = features
        self.depth = len(ends)
        self.mean, self.std = mean, std
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._slices = [slice(*pair) for pair in zip([0, *ends[:-1]], ends, strict=True)]

    def block(self, number: int) -> nn.Sequential:
        """Block ``number``, from 1, sharing its layers."""
        return nn.Sequential(*list(self.features)[self._slices[number - 1]])

    def freeze_except(self, thawed: Collection[int]) -> None:
        """Let only the blocks in ``thawed`` learn."""
        for number in range(1, self.depth + 1):
            self.block(number).requires_grad_(number in thawed)

    def forward(self, inputs: Tensor, start: int = 0) -> Tensor:
        """Features [N, C, H, W] after all blocks, from ``inputs`` after ``start`` blocks."""
        for number in range(start + 1, self.depth + 1):
            inputs = self.block(number)(inputs)
        return inputs

    def normalise(self, pictures: Tensor) -> Tensor:
        """uint8 pictures [N, H, W, 3] as float32 input [N, 3, H, W], channels last in memory."""
        mean = torch.tensor(self.mean, device=pictures.device) * 255
        std = torch.tensor(self.std, device=pictures.device) * 255
        return ((pictures.float() - mean) / std).permute(0, 3, 1, 2)

    def watch(self, stop: threading.Event) -> None:
        """Look at ``stop`` before every convolution, forward and in the gradient."""

        def check(*_: object) -> None:
            if stop.is_set():
                raise Stopped

        def check_gradient(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            if output.requires_grad:
                output.register_hook(check)  # type: ignore[no-untyped-call]

        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                layer.register_forward_pre_hook(check)
                layer.register_forward_hook(check_gradient)


class FrozenPass:
    """The blocks as they are now, without gradients, at the hardware's speed.

    It computes where the backbone is. The weights are copied once in ``dtype`` and channels
    last. Pooling goes before the ReLU (they commute), so that the ReLU touches a quarter of the
    numbers.
    """

    def __init__(self, backbone: Backbone, dtype: torch.dtype, stop: threading.Event) -> None:
        _keep_freed_memory()
        self._dtype, self._stop = dtype, stop
        self.device = next(backbone.parameters()).device
        self._blocks: list[list[tuple[Tensor, Tensor]]] = [
            [
                (
                    layer.weight.detach().to(dtype, memory_format=torch.channels_last),
                    layer.bias.detach().to(dtype),
                )
                for layer in backbone.block(number)
                if isinstance(layer, nn.Conv2d) and layer.bias is not None
            ]
            for number in range(1, backbone.depth + 1)
        ]

    @torch.no_grad()
    def __call__(self, inputs: Tensor, start: int, end: int) -> Iterator[tuple[int, Tensor]]:
        """Yield (block number, its output [N, C, H, W]) for blocks ``start + 1`` to ``end``.

        Raises ``Stopped`` before the next convolution once the stop is set.
        """
        values = inputs.to(self.device, self._dtype, memory_format=torch.channels_last)
        for number in range(start + 1, end + 1):
            values = self._block(values, number)
            yield number, values

    def final(self, inputs: Tensor, start: int, end: int) -> Tensor:
        """The output after block ``end``; ``inputs`` themselves where that is ``start``."""
        values = inputs
        for _, output in self(inputs, start, end):
            values = output
        return values

    @torch.no_grad()
    def _block(self, values: Tensor, number: int) -> Tensor:
        *inner, last = self._blocks[number - 1]
        for weight, bias in inner:
            values = self._convolve(values, weight, bias).relu_()
        return F.max_pool2d(self._convolve(values, *last), 2).relu_()

    def _convolve(self, values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if self._stop.is_set():
            raise Stopped
        return F.conv2d(values, weight, bias, padding=1)


@functools.cache
def _keep_freed_memory() -> None:
    """Let glibc keep what one layer's output has freed for the next one's.

    By default the main thread gives most of it back each time, and to fill new pages with zeros
    takes a sixth of a fast processor's pass. Other C libraries have no such setting.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most that it allows
        mallopt(_M_TRIM_THRESHOLD, 128 << 20)


def load(
    weights: str,
    depth: int,
    seed: int,
    normalization: NormalizationName | Normalization | None = None,
) -> Backbone:
    """A float32 backbone with the weights that a recipe names, as ``ModelConfig`` says.

    Raises ``ThawError`` (weights_missing, weights_damaged, weights_not_downloaded and what
    ``weight_file.read`` raises).
    """
    if weights == RANDOM:
        features = _layers(depth)
        features.to_empty(device="cpu")
        _draw(features, seed)
        return Backbone(features, USUAL_MEAN, USUAL_STD)
    if weights == BUILT_IN:
        return _built_in(depth)
    path = Path(weights)
    if weights in PUBLISHED:
        path, normalization = weight_download.verified(weights), PUBLISHED[weights].normalization
    return assembled(weight_file.read(path, depth, normalization))


def assembled(start: StartWeights) -> Backbone:
    """The backbone whose weights are the tensors of ``start``, not copied."""
    network = Backbone(_layers(start.depth), start.mean, start.std)
    network.features.load_state_dict(start.tensors, assign=True)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _layers(depth: int) -> nn.Sequential:
    """Those of the first ``depth`` blocks, by their shapes only: nothing is allocated or drawn."""
    with torch.device("meta"):
        features = vgg.vgg16(weights=None, init_weights=False).features
    return nn.Sequential(*list(features)[: _block_ends(features)[depth - 1]])


def _block_ends(features: nn.Sequential) -> list[int]:
    """The number of layers up to the end of each block."""
    return [number for number, one in enumerate(features, 1) if isinstance(one, nn.MaxPool2d)]


def _built_in(depth: int) -> Backbone:
    features = _layers(depth)
    try:
        with safe_open(WEIGHTS, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {
                name: file.get_tensor(f"features.{name}").float() for name in features.state_dict()
            }
        features.load_state_dict(tensors, assign=True)
        mean, std = (tuple(map(float, metadata[key].split(","))) for key in ("mean", "std"))
    except FileNotFoundError:
        raise ThawError("weights_missing", path=str(WEIGHTS)) from None
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise ThawError("weights_damaged", path=str(WEIGHTS), reason=reason) from None
    return Backbone(features, mean, std)


def _draw(features: nn.Sequential, seed: int) -> None:
    """Kaiming initialisation (arXiv:1502.01852) from a generator for each (seed, layer)."""
    for name, layer in features.named_children():
        if isinstance(layer, nn.Conv2d) and layer.bias is not None:
            nn.init.kaiming_normal_(
                layer.weight,
                mode="fan_out",
                nonlinearity="relu",
                generator=generator(seed, f"features.{name}"),
            )
            nn.init.zeros_(layer.bias)


def generator(seed: int, purpose: str) -> torch.Generator:
    """A generator for one purpose, independent of every other."""
    digest = hashlib.blake2b(json.dumps([seed, purpose]).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)
