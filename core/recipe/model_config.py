"""A recipe's network: whose weights it starts with, how many blocks are kept, what goes on top."""

import os
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from core.recipe import vgg16
from core.recipe.config_types import Config, refuse

HeadKind = Literal["softmax", "one-vs-rest", "svm", "fc", "conv"]
Pooling = Literal["flatten", "average", "max", "both"]
Activation = Literal["relu", "gelu", "tanh"]
MarginLoss = Literal["squared-hinge", "hinge", "crammer-singer"]
NormalizationName = Literal["caffe", "torchvision", "vggface", "unit"]

LINEAR_HEADS = ("softmax", "one-vs-rest", "svm")
BUILT_IN = "imagenet"
RANDOM = "none"
PUBLISHED = ("torchvision-v1", "torchvision-features")
NAMED_WEIGHTS = (BUILT_IN, RANDOM, *PUBLISHED)

BlockNumber = Annotated[int, Strict(), Field(ge=1, le=vgg16.BLOCK_COUNT)]
Width = Annotated[int, Strict(), Field(ge=1, le=16384)]
Channels = Annotated[int, Strict(), Field(ge=1, le=2048)]
_Number = Annotated[float, Strict(), Field(ge=-1000, le=1000)]
_Positive = Annotated[float, Strict(), Field(gt=0, le=1000)]


class HeadConfig(Config):
    """The new classifier on top of the backbone.

    ``kind``: ``softmax`` is multinomial logistic regression (no hidden layer, cross-entropy),
    ``one-vs-rest`` a sigmoid for each class (binary cross-entropy, each class against all the
    others), ``svm`` a linear support vector machine (``margin_loss``), ``fc`` fully connected
    layers, ``conv`` new convolution layers of ``channels`` (3 x 3, padded) and then what ``fc``
    has; ``fc`` and ``conv`` end in softmax. ``pooling`` stands before the first fully connected
    layer: none (flatten), the mean or maximum of each channel, or both side by side.

    ``hidden`` are the widths of the hidden layers of ``fc`` (null: 256) and ``conv`` (null:
    none), each followed by layer normalisation where ``layer_norm``, ``activation`` and
    ``dropout`` (a share). ``l2`` adds l2/2 times the sum of the squared weights of the last
    layer, without bias, to the mean loss that is learned from; null: the head's own
    (``head_plan.default_l2``). The features that come in have an RMS of one.
    """

    kind: HeadKind = "softmax"
    pooling: Pooling = "flatten"
    hidden: Annotated[tuple[Width, ...], Field(max_length=8)] | None = None
    channels: Annotated[tuple[Channels, ...], Field(max_length=4)] | None = None
    activation: Activation = "relu"
    dropout: Annotated[float, Strict(), Field(ge=0, le=0.95)] = 0.0
    layer_norm: Annotated[bool, Strict()] = False
    margin_loss: MarginLoss = "squared-hinge"
    l2: Annotated[float, Strict(), Field(ge=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _has_the_layers(self) -> Self:
        if self.kind in LINEAR_HEADS and self.hidden:
            refuse("hidden", list(self.hidden), "empty: only fc and conv have hidden layers")
        if self.kind != "conv" and self.channels:
            refuse("channels", list(self.channels), "empty: only conv has convolution layers")
        if self.kind == "conv" and self.channels == ():
            refuse("channels", [], "the channels of one new convolution layer at least")
        return self

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """The widths of the hidden fully connected layers, () where there are none."""
        default = (256,) if self.kind == "fc" else ()
        return default if self.hidden is None else self.hidden

    @property
    def new_channels(self) -> tuple[int, ...]:
        """The output channels of the new convolution layers, () where there are none."""
        if self.kind != "conv":
            return ()
        return (256,) if self.channels is None else self.channels


class Normalization(Config):
    """What pictures are normalised by: (value - mean) / std for red, green, blue from 0 to 1.

    ``order`` is that of the channels as the file's first layer takes them; they are turned
    into RGB when the file is read.
    """

    mean: tuple[_Number, _Number, _Number]
    std: tuple[_Positive, _Positive, _Positive]
    order: Literal["rgb", "bgr"] = "rgb"


class ModelConfig(Config):
    """The network: whose weights it starts with, how many blocks are kept, what goes on top.

    ``weights``: ``imagenet`` (they come with Thaw), ``none`` (random), torchvision's
    ``torchvision-v1`` and ``torchvision-features`` (downloaded once), or the path of a file
    (.pth, .pt, .safetensors, .h5) or of a run. ``normalization`` is for a file that doesn't
    state its own: a name (``caffe``, ``torchvision``, ``vggface``, ``unit``) or numbers.
    """

    weights: Annotated[str, Field(min_length=1, max_length=4096)] = BUILT_IN
    normalization: NormalizationName | Normalization | None = None
    depth: BlockNumber = vgg16.BLOCK_COUNT
    head: HeadConfig = HeadConfig()

    @model_validator(mode="after")
    def _knows_the_weights(self) -> Self:
        if not self.is_file:
            if self.weights not in NAMED_WEIGHTS:
                listed = ", ".join(NAMED_WEIGHTS)
                refuse("weights", self.weights, f"{listed}, or the path of a file or a run")
            if self.normalization is not None:
                refuse("normalization", "set", "null: these weights state their own")
        return self

    @property
    def is_file(self) -> bool:
        """Whether ``weights`` is the path of a file or of a run."""
        return any(mark in self.weights for mark in ("/", "\\", ".", os.sep))
