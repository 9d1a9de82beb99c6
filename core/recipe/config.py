"""The recipe: frozen, validated models of dataset, network, training stages and augmentation.

Field names are the keys of recipe files and of ``--set``. Keys and their meaning are a contract
with people's files; an unknown field is refused by name, never ignored. A model is validated
when it is made. Imports no NumPy and no PyTorch.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core.recipe import vgg16
from core.recipe.heads import HEADS, HeadKind

FitPolicy = Literal["stretch", "crop", "pad"]
FillMode = Literal["constant", "edge", "reflect", "wrap"]

Probability = Annotated[float, Strict(), Field(ge=0, le=1)]
Channel = Annotated[int, Strict(), Field(ge=0, le=255)]
Color = tuple[Channel, Channel, Channel]
SEEDS = 2**63  # how many there are
Seed = Annotated[int, Strict(), Field(ge=0, lt=SEEDS)]


class Config(BaseModel):
    """What all parts of a recipe share: immutable, unknown fields refused, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def refuse(field: str, value: object, allowed: str) -> NoReturn:
    """Say, from a validator of several fields, what ``field`` (a dotted key) must be."""
    values = {"at": field, "value": value, "allowed": allowed}
    raise PydanticCustomError("allowed_at", "not allowed", values)


Kind = Literal["geometric", "photometric"]
Policy = Literal["ranges", "trivial"]

LARGEST_VIEWS = 64  # each takes as much room as all training pictures without augmentation


def _symmetric(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (-value, value)
    return value


def _twice(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value, value)
    return value


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise PydanticCustomError("allowed", "order", {"allowed": "[low, high], the low end first"})
    return value


_Signed = BeforeValidator(_symmetric)  # one number r stands for [-r, r]
_Both = BeforeValidator(_twice)  # one number stands for x and y
_LowFirst = AfterValidator(_ordered)

Degrees = Annotated[float, Strict(), Field(ge=-180, le=180)]
ScaleFactor = Annotated[float, Strict(), Field(ge=0.1, le=10)]
Aspect = Annotated[float, Strict(), Field(ge=0.25, le=4)]
Slant = Annotated[float, Strict(), Field(ge=0, le=60)]
Distortion = Annotated[float, Strict(), Field(ge=0, le=0.5)]
Factor = Annotated[float, Strict(), Field(ge=0, le=4)]
Exponent = Annotated[float, Strict(), Field(ge=0.1, le=10)]
Sigma = Annotated[float, Strict(), Field(ge=0, le=20)]
GrayLevels = Annotated[float, Strict(), Field(ge=0, le=128)]
Quality = Annotated[int, Strict(), Field(ge=1, le=100)]
Share = Annotated[float, Strict(), Field(ge=0.005, le=0.9)]


class AugmentationConfig(Config):
    """Ranges that each training picture's random changes are drawn from; the default is none.

    A range is [low, high]; ``<effect>_probability`` is how often the effect is used at all. In
    the order in which they are done:

    - geometric, in one warp: ``horizontal_flip``, ``vertical_flip`` (probabilities);
      ``quarter_turns`` (how often by 90, 180 or 270 degrees); ``rotation`` in degrees,
      counter-clockwise; ``scale``, above 1 enlarges; ``crop``, the least share of the area that
      is kept, of a width-to-height ratio in ``crop_aspect``, resized back; ``translation``, the
      largest shift (x, y) as shares of width and height; ``shear``, the largest slant (x, y) in
      degrees; ``perspective``, how far corners may move inwards, as a share of half the side
      (at most 0.5: beyond, the horizon comes into the picture). ``fill_mode`` and
      ``fill_color`` make what is uncovered.
    - photometric: ``brightness``, ``contrast``, ``saturation`` (factors, 1 changes nothing);
      ``hue`` in degrees; ``gamma`` (exponents, above 1 darkens); ``grayscale`` (probability);
      ``blur``, a Gaussian's standard deviation in pixels; ``noise``, the standard deviation in
      grey levels; ``jpeg``, the quality (100 changes nothing); ``erasing`` (probability), of a
      rectangle whose share of the area is in ``erasing_area``.

    ``policy`` "trivial" is TrivialAugment (Mueller and Hutter, 2021): for each picture one random
    operation of random strength; of the ranges only fill mode and colour then count.

    ``cached_views`` K > 0: each picture has K augmented versions, drawn from ``seed`` and not from
    the recipe's, and an epoch trains on one of them, in turn, so that their features are computed
    once. 0: new ones in every epoch.
    """

    policy: Policy = "ranges"
    horizontal_flip: Probability = 0.0
    vertical_flip: Probability = 0.0
    quarter_turns: Probability = 0.0
    rotation: Annotated[tuple[Degrees, Degrees], _Signed, _LowFirst] = (0.0, 0.0)
    rotation_probability: Probability = 1.0
    scale: Annotated[tuple[ScaleFactor, ScaleFactor], _LowFirst] = (1.0, 1.0)
    scale_probability: Probability = 1.0
    crop: Annotated[float, Strict(), Field(ge=0.05, le=1)] = 1.0
    crop_aspect: Annotated[tuple[Aspect, Aspect], _LowFirst] = (1.0, 1.0)
    crop_probability: Probability = 1.0
    translation: Annotated[tuple[Probability, Probability], _Both] = (0.0, 0.0)
    translation_probability: Probability = 1.0
    shear: Annotated[tuple[Slant, Slant], _Both] = (0.0, 0.0)
    shear_probability: Probability = 1.0
    perspective: Distortion = 0.0
    perspective_probability: Probability = 1.0
    fill_mode: FillMode = "reflect"
    fill_color: Color = (0, 0, 0)
    brightness: Annotated[tuple[Factor, Factor], _LowFirst] = (1.0, 1.0)
    brightness_probability: Probability = 1.0
    contrast: Annotated[tuple[Factor, Factor], _LowFirst] = (1.0, 1.0)
    contrast_probability: Probability = 1.0
    saturation: Annotated[tuple[Factor, Factor], _LowFirst] = (1.0, 1.0)
    saturation_probability: Probability = 1.0
    hue: Annotated[tuple[Degrees, Degrees], _Signed, _LowFirst] = (0.0, 0.0)
    hue_probability: Probability = 1.0
    gamma: Annotated[tuple[Exponent, Exponent], _LowFirst] = (1.0, 1.0)
    gamma_probability: Probability = 1.0
    grayscale: Probability = 0.0
    blur: Annotated[tuple[Sigma, Sigma], _LowFirst] = (0.0, 0.0)
    blur_probability: Probability = 1.0
    noise: Annotated[tuple[GrayLevels, GrayLevels], _LowFirst] = (0.0, 0.0)
    noise_probability: Probability = 1.0
    jpeg: Annotated[tuple[Quality, Quality], _LowFirst] = (100, 100)
    jpeg_probability: Probability = 1.0
    erasing: Probability = 0.0
    erasing_area: Annotated[tuple[Share, Share], _LowFirst] = (0.02, 0.2)
    cached_views: Annotated[int, Strict(), Field(ge=0, le=LARGEST_VIEWS)] = 0
    seed: Seed = 0

    @property
    def is_identity(self) -> bool:
        """Whether no picture is ever changed: augmentation is off."""
        return self.policy == "ranges" and not any(one.is_on(self) for one in EFFECTS)


@dataclass(frozen=True)
class Effect:
    """One of the changes that augmentation can make.

    ``name`` is the field of its range, or of its probability where it has no range; ``more``
    are further fields of it. ``is_basic``: one of those that everybody sees first.
    """

    name: str
    kind: Kind
    is_basic: bool = False
    more: tuple[str, ...] = ()

    @property
    def probability(self) -> str:
        """The field that says how often it is done."""
        return f"{self.name}_probability" if self.has_range else self.name

    @property
    def has_range(self) -> bool:
        """Whether it has a strength, and not only a probability."""
        return f"{self.name}_probability" in AugmentationConfig.model_fields

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields of a configuration that this effect alone depends on."""
        own = (self.name, self.probability) if self.has_range else (self.name,)
        return (*own, *self.more)

    def is_on(self, config: AugmentationConfig) -> bool:
        """Whether ``config`` lets it change pictures."""
        if getattr(config, self.probability) == 0:
            return False
        strengths = [self.name, *self.more] if self.has_range else [self.name]
        return any(getattr(config, one) != _NOTHING[one] for one in strengths)

    def without(self, config: AugmentationConfig) -> AugmentationConfig:
        """``config`` with this effect as by default: it changes nothing."""
        return config.model_copy(update={one: _NOTHING[one] for one in self.fields})


_NOTHING = {name: field.default for name, field in AugmentationConfig.model_fields.items()}

EFFECTS: tuple[Effect, ...] = (
    Effect("horizontal_flip", "geometric", is_basic=True),
    Effect("vertical_flip", "geometric", is_basic=True),
    Effect("quarter_turns", "geometric"),
    Effect("rotation", "geometric", is_basic=True),
    Effect("scale", "geometric", is_basic=True),
    Effect("crop", "geometric", is_basic=True, more=("crop_aspect",)),
    Effect("translation", "geometric", is_basic=True),
    Effect("shear", "geometric"),
    Effect("perspective", "geometric"),
    Effect("brightness", "photometric"),
    Effect("contrast", "photometric"),
    Effect("saturation", "photometric"),
    Effect("hue", "photometric"),
    Effect("gamma", "photometric"),
    Effect("grayscale", "photometric"),
    Effect("blur", "photometric"),
    Effect("noise", "photometric"),
    Effect("jpeg", "photometric"),
    Effect("erasing", "photometric", more=("erasing_area",)),
)
BY_NAME = {effect.name: effect for effect in EFFECTS}


LONGEST_GAP = 86_400.0  # a day: beyond it, gaps chain whole collections together
ALLOWED_GROUP_BY = (
    'null, "prefix:" and the separator (such as "prefix:_"), "subfolder", '
    f'or "time:" and a number of seconds above 0, at most {LONGEST_GAP:.0f} (such as "time:5")'
)

GroupKind = Literal["prefix", "subfolder", "time"]


@dataclass(frozen=True)
class GroupBy:
    """What pictures have in common that belong together.

    ``prefix``: what stands in the file name before its first ``separator``; ``subfolder``: the
    folder inside the class folder; ``time``: the moment of the photograph, at most ``seconds``
    from the one before or after it.
    """

    kind: GroupKind
    separator: str = ""
    seconds: float = 0.0


def parse_group_by(text: str) -> GroupBy:
    """``prefix:<separator>``, ``subfolder`` or ``time:<seconds>``, as recipes write it.

    Raises ``ValueError``, whose text says what is allowed.
    """
    kind, _, value = text.partition(":")
    if text == "subfolder":
        return GroupBy("subfolder")
    if kind == "prefix" and value and "/" not in value:
        return GroupBy("prefix", separator=unicodedata.normalize("NFC", value))
    if kind == "time" and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        seconds = float(value)
        if 0 < seconds <= LONGEST_GAP:
            return GroupBy("time", seconds=seconds)
    raise ValueError(ALLOWED_GROUP_BY)


Pooling = Literal["flatten", "average", "max", "both"]
Activation = Literal["relu", "gelu", "tanh"]
MarginLoss = Literal["squared-hinge", "hinge", "crammer-singer"]
NormalizationName = Literal["caffe", "torchvision", "vggface", "unit"]

BUILT_IN = "imagenet"
RANDOM = "none"
PUBLISHED_WEIGHTS = ("torchvision-v1", "torchvision-features")
NAMED_WEIGHTS = (BUILT_IN, RANDOM, *PUBLISHED_WEIGHTS)

BlockNumber = Annotated[int, Strict(), Field(ge=1, le=vgg16.BLOCK_COUNT)]
Dropout = Annotated[float, Strict(), Field(ge=0, le=0.95)]
Width = Annotated[int, Strict(), Field(ge=1, le=16384)]
Channels = Annotated[int, Strict(), Field(ge=1, le=2048)]
_Number = Annotated[float, Strict(), Field(ge=-1000, le=1000)]
_Positive = Annotated[float, Strict(), Field(gt=0, le=1000)]


class HeadConfig(Config):
    """The new classifier on top of the backbone.

    ``kind``: what it is and learns by (``core.recipe.heads``). ``pooling`` stands before the first
    fully connected layer: none (flatten), the mean or maximum of each channel, or both side by
    side.

    ``hidden`` are the widths of the hidden layers of ``fc`` (null: 256) and ``conv`` (null:
    none), each followed by layer normalisation where ``layer_norm``, ``activation`` and
    ``dropout`` (a share). ``l2`` adds l2/2 times the sum of the squared weights of the last
    layer, without bias, to the mean loss that is learned from; null: the head's own
    (``core.recipe.heads``). The features that come in have an RMS of one.
    """

    kind: HeadKind = "softmax"
    pooling: Pooling = "flatten"
    hidden: Annotated[tuple[Width, ...], Field(max_length=8)] | None = None
    channels: Annotated[tuple[Channels, ...], Field(max_length=4)] | None = None
    activation: Activation = "relu"
    dropout: Dropout = 0.0
    layer_norm: Annotated[bool, Strict()] = False
    margin_loss: MarginLoss = "squared-hinge"
    l2: Annotated[float, Strict(), Field(ge=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _has_the_layers(self) -> Self:
        facts = HEADS[self.kind]
        if facts.hidden is None and self.hidden:
            refuse("hidden", list(self.hidden), "empty: only fc and conv have hidden layers")
        if facts.channels is None and self.channels:
            refuse("channels", list(self.channels), "empty: only conv has convolution layers")
        if facts.channels and self.channels == ():
            refuse("channels", [], "the channels of one new convolution layer at least")
        return self

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """The widths of the hidden fully connected layers, () where there are none."""
        return HEADS[self.kind].hidden or () if self.hidden is None else self.hidden

    @property
    def new_channels(self) -> tuple[int, ...]:
        """The output channels of the new convolution layers, () where there are none."""
        return HEADS[self.kind].channels or () if self.channels is None else self.channels


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


OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop"]
Schedule = Literal["constant", "step", "cosine", "one-cycle", "plateau"]
Keep = Literal["auto", "accuracy", "loss", "last"]

HEAD_EPOCHS, TUNING_EPOCHS = 20, 10  # of the two stages of fine-tuning
MOST_STAGES = 50
# While blocks are thawed (docs/recipes.md). Dropout as before VGG16's own last layers
# (arXiv:1409.1556); the rise is one-cycle's share of a stage.
THAWED_DROPOUT, THAWED_WARMUP, WARMUP_SHARE = 0.5, 2.0, 0.3


def _block_numbers(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


Epochs = Annotated[int, Strict(), Field(ge=1, le=1000)]
LearningRate = Annotated[float, Strict(), Field(gt=0, le=10)]


class StageConfig(Config):
    """Some epochs with one set of thawed blocks. The head always trains.

    ``learning_rate`` null means the head's own default, and three tenths of it while blocks are
    thawed, so that the head forgets nothing; thawed blocks train at ``learning_rate *
    backbone_factor``, because their weights are already good, and each block
    before the last one kept at ``block_decay`` times the rate of the block after it.
    ``momentum`` is SGD's alone.

    ``schedule`` changes all rates alike, with each batch: ``step`` multiplies them by
    ``decay_factor`` every ``decay_every`` epochs; ``cosine`` falls to zero by the stage's end;
    ``one-cycle`` rises from a twenty-fifth over the first three tenths and falls to nearly zero;
    ``plateau`` multiplies by ``decay_factor`` when validation loss has not fallen for
    ``decay_every`` epochs. Over the first ``warmup_epochs`` they rise from nearly zero
    (``one-cycle`` has its own rise); null: over two epochs, of a short stage three tenths, while
    blocks are thawed, and not at all while the head alone learns. A stage that is ended early
    leaves the rest of its schedule out. One that is extended has ``cosine`` or ``one-cycle`` once
    more over the new epochs, at whose beginning the old ones had come to their end; the other
    schedules just go on.

    ``feature_dropout`` is the share of the features, as they come into the head, that each
    training step leaves out at random; null: half of them while blocks are thawed, none while the
    head alone learns. ``label_smoothing`` spreads that share of each label over all classes, in
    what is learned from, not in the losses that are reported; ``clip_norm`` is the most that the
    norm of all gradients together may be. ``patience``: the stage ends early when ``watch`` has
    not got better for so many epochs (of an extension, if there was one). ``keep`` says when an
    epoch's weights replace those that the run keeps: higher validation ``accuracy`` (then lower
    loss), lower ``loss``, or always (``last``); ``auto`` is ``last`` where the rates fall to zero
    by the stage's end, and ``accuracy`` elsewhere. ``start_from`` is whose weights the stage
    begins with: the ``last`` epoch's, or the ``best`` that are kept; the first stage has none of
    either.
    """

    epochs: Epochs = 10
    thawed: Annotated[tuple[BlockNumber, ...], AfterValidator(_block_numbers)] = ()
    augment: Annotated[bool, Strict()] = True
    learning_rate: LearningRate | None = None
    backbone_factor: Annotated[float, Strict(), Field(gt=0, le=10)] = 0.2
    block_decay: Annotated[float, Strict(), Field(gt=0, le=1)] = 1.0
    optimizer: OptimizerName = "adamw"
    momentum: Annotated[float, Strict(), Field(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Strict(), Field(ge=0, le=1)] = 0.01
    schedule: Schedule = "cosine"
    warmup_epochs: Annotated[float, Strict(), Field(ge=0, le=100)] | None = None
    decay_every: Annotated[int, Strict(), Field(ge=1, le=1000)] = 5
    decay_factor: Annotated[float, Strict(), Field(gt=0, lt=1)] = 0.1
    feature_dropout: Dropout | None = None
    label_smoothing: Annotated[float, Strict(), Field(ge=0, le=0.9)] = 0.0
    clip_norm: Annotated[float, Strict(), Field(gt=0, le=1e6)] | None = None
    patience: Annotated[int, Strict(), Field(ge=1, le=1000)] | None = None
    watch: Literal["loss", "accuracy"] = "loss"
    keep: Keep = "auto"
    start_from: Literal["last", "best"] = "last"

    def warmup(self, epochs: int | None = None) -> float:
        """The epochs over which the rates rise, where so many are planned (None: all)."""
        if self.warmup_epochs is not None:
            return self.warmup_epochs
        planned = self.epochs if epochs is None else epochs
        return min(THAWED_WARMUP, round(WARMUP_SHARE * planned, 1)) if self.thawed else 0.0

    @property
    def kept_by(self) -> Keep:
        """``keep``, and what ``auto`` stands for. At rates near zero epochs hardly differ, and to
        choose among them is to choose luck (docs/recipes.md); a stage that may end early seldom
        comes so far."""
        if self.keep != "auto":
            return self.keep
        rests = self.schedule in ("cosine", "one-cycle") and self.patience is None
        return "last" if rests else "accuracy"

    @property
    def dropped_features(self) -> float:
        """The share of the features that each step leaves out."""
        if self.feature_dropout is not None:
            return self.feature_dropout
        return THAWED_DROPOUT if self.thawed else 0.0


Precision = Literal["auto", "bfloat16", "float32"]
Device = Literal["auto", "cpu", "cuda", "mps"]

DEFAULT_STAGES = (  # the preset fine-tune-last
    StageConfig(epochs=HEAD_EPOCHS),
    StageConfig(epochs=TUNING_EPOCHS, thawed=(vgg16.BLOCK_COUNT,)),
)

SMALLEST_IMAGE, LARGEST_IMAGE = 32, 512
LARGEST_HELD_OUT = 0.95  # the share of a class that validation and test may take together


def _multiple_of_stride(value: int) -> int:
    if value % vgg16.STRIDE:
        allowed = f"a multiple of {vgg16.STRIDE} from {SMALLEST_IMAGE} to {LARGEST_IMAGE}"
        raise PydanticCustomError("allowed", "multiple", {"allowed": allowed})
    return value


def _group_by(value: Any) -> Any:
    try:
        if value is not None:
            parse_group_by(value if isinstance(value, str) else "")
    except ValueError as error:
        raise PydanticCustomError("allowed", "group", {"allowed": str(error)}) from None
    return value


class DatasetConfig(Config):
    """How a folder becomes pictures of one size, and which of them validate.

    ``image_size`` is in pixels; the fractions are shares of each class and count only where
    the folder itself has no such split. ``split_seed`` alone decides who goes where.
    ``train_fraction`` is the share of each class's training pictures that is learned from (one at
    least): the rest is not used, and what a smaller share uses, a larger one uses too.
    ``group_by`` keeps pictures that belong together on one side: null, ``prefix:<separator>``
    (what stands before it in the file name), ``subfolder`` (inside the class folder) or
    ``time:<seconds>`` (photographs taken at most so long after one another).
    ``background_color`` (red, green, blue, 0 to 255) is behind transparent pictures; a picture
    of more than ``max_megapixels`` millions of pixels is a problem and is not decoded.
    """

    split_seed: Annotated[int, Strict(), Field(ge=0, lt=2**63)] = 0
    image_size: Annotated[
        int,
        Strict(),
        Field(ge=SMALLEST_IMAGE, le=LARGEST_IMAGE),
        AfterValidator(_multiple_of_stride),
    ] = 224
    fit: FitPolicy = "stretch"
    validation_fraction: Annotated[float, Strict(), Field(gt=0, le=0.9)] = 0.2
    test_fraction: Annotated[float, Strict(), Field(ge=0, le=0.9)] = 0.0
    train_fraction: Annotated[float, Strict(), Field(gt=0, le=1)] = 1.0
    group_by: Annotated[str | None, BeforeValidator(_group_by)] = None
    background_color: Color = (255, 255, 255)
    max_megapixels: Annotated[float, Strict(), Field(gt=0, le=1000)] = 200.0

    @model_validator(mode="after")
    def _leaves_training(self) -> Self:
        left = LARGEST_HELD_OUT - self.validation_fraction
        if self.test_fraction > left + 1e-9:
            allowed = (
                f"at most {left:.4g} beside a validation_fraction of "
                f"{self.validation_fraction:.4g}, so that some pictures train"
            )
            refuse("test_fraction", self.test_fraction, allowed)
        return self


class RunConfig(Config):
    """A whole recipe. ``stages.0`` is the stage that window and events call 1.

    ``device`` auto is an NVIDIA card (cuda), else an Apple GPU (mps), else the processor.
    ``threads`` and ``micro_batch`` null mean: as measured on this machine. ``class_weights``
    lets every class count alike in training, however few its pictures are; the losses that
    are reported stay plain means over the pictures, so that runs with and without compare.
    ``balanced_sampling`` lets every class be seen as often as every other: an epoch has as many
    pictures as before, those of small classes several times, each time with draws of its own
    where augmentation is fresh. It does what ``class_weights`` do, so that both together would
    count small classes twice.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    seed: Annotated[int, Strict(), Field(ge=0, lt=2**63)] = 0
    batch_size: Annotated[int, Strict(), Field(ge=1, le=4096)] = 32
    precision: Precision = "auto"
    device: Device = "auto"
    threads: Annotated[int, Strict(), Field(ge=1, le=1024)] | None = None
    micro_batch: Annotated[int, Strict(), Field(ge=1, le=1024)] | None = None
    class_weights: Annotated[bool, Strict()] = False
    balanced_sampling: Annotated[bool, Strict()] = False
    dataset: DatasetConfig = DatasetConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    model: ModelConfig = ModelConfig()
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1, max_length=MOST_STAGES)] = (
        DEFAULT_STAGES
    )

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    @model_validator(mode="after")
    def _thaws_what_is_kept(self) -> Self:
        for number, stage in enumerate(self.stages):
            beyond = [block for block in stage.thawed if block > self.model.depth]
            if beyond:
                raise PydanticCustomError(
                    "beyond_depth",
                    "beyond depth",
                    {
                        "at": f"stages.{number}.thawed",
                        "block": beyond[0],
                        "depth": self.model.depth,
                    },
                )
        return self

    @model_validator(mode="after")
    def _counts_classes_once(self) -> Self:
        if self.balanced_sampling and self.class_weights:
            refuse("balanced_sampling", True, "false beside class_weights: use one of the two")
        return self

    @model_validator(mode="after")
    def _smooths_what_is_likely(self) -> Self:
        if not HEADS[self.model.head.kind].smooths:
            allowed = f"0 with a head of kind {self.model.head.kind}, which has no labels to smooth"
            for number, stage in enumerate(self.stages):
                if stage.label_smoothing:
                    refuse(f"stages.{number}.label_smoothing", stage.label_smoothing, allowed)
        return self

    @model_validator(mode="after")
    def _passes_once_without_a_gradient(self) -> Self:
        if not HEADS[self.model.head.kind].has_gradient:
            head = f"a {self.model.head.kind} head: it learns in one pass, without a gradient"
            for number, stage in enumerate(self.stages):
                if stage.thawed:
                    refuse(f"stages.{number}.thawed", list(stage.thawed), f"empty with {head}")
                if stage.epochs > 1:
                    refuse(f"stages.{number}.epochs", stage.epochs, f"1 with {head}")
        return self

    def augments(self, stage: StageConfig) -> bool:
        """Whether ``stage`` trains on freshly augmented pictures."""
        return stage.augment and not self.augmentation.is_identity

    def to_data(self) -> dict[str, Any]:
        """The recipe as plain JSON values, every field written out."""
        return self.model_dump(mode="json", by_alias=True)


def boundary(thawed: Sequence[int], depth: int) -> int:
    """The number of leading frozen blocks, where the features can be kept."""
    return min(thawed, default=depth + 1) - 1
