"""The recipe: frozen, validated models of dataset, network, training stages and augmentation.

Field names are the keys of recipe files and of ``--set``. Keys and their meaning are a contract
with people's files; an unknown field is refused by name, never ignored. A model is validated
when it is made. Imports no NumPy and no PyTorch.

A field is declared here alone: type, limits, default, and in ``About`` its unit, its group and
when it counts. What it is called and what it does is in ``core.common.messages``:
``field_<key>``, ``field_<key>_help``, ``field_<key>_words`` (a few words below it), and
``choice_<key>=<value>``, with a key's stage left without its number.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NoReturn, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from core.common.messages import SENTENCES
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


Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Switch = Annotated[bool, Strict()]


@dataclass(frozen=True)
class When:
    """What a field needs to count: at ``place`` one of ``values``, or anything but nothing.

    A place begins with ``part`` (what the field is in), ``recipe``, or ``stage`` (its number from
    0). ``code`` is that of a sentence. Where the field doesn't count, its value is without effect,
    or, if ``refuses``, wrong.
    """

    code: str
    place: str
    values: tuple[object, ...] = ()
    refuses: bool = False


@dataclass(frozen=True)
class About:
    """What the window, the reference and the errors know of a field beside type and default.

    Fields of one ``group`` are shown together; those of ``STEPS`` count only where the head learns
    step by step. ``unit_<unit>`` is the code of the unit.
    """

    group: str = ""
    unit: str = ""
    when: When | None = None


STEPS = ("learning", "schedule", "regularising")
_STEP = When("when_steps", "recipe.model.head.has_gradient")


def about(field: FieldInfo) -> About:
    """What ``field`` says of itself."""
    return next((one for one in field.metadata if isinstance(one, About)), About())


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
      ``blur``, a Gaussian's standard deviation in pixels; ``sharpness``, a factor like
      brightness; ``noise``, the standard deviation in grey levels; ``jpeg``, the quality (100
      changes nothing); ``erasing`` (probability), of a rectangle whose share of the area is in
      ``erasing_area``.

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
    sharpness: Annotated[tuple[Factor, Factor], _LowFirst] = (1.0, 1.0)
    sharpness_probability: Probability = 1.0
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
    Effect("sharpness", "photometric"),
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

_DEEP = tuple(kind for kind, facts in HEADS.items() if facts.hidden is not None)
_CONVOLVING = tuple(kind for kind, facts in HEADS.items() if facts.channels is not None)
_SMOOTHING = tuple(kind for kind, facts in HEADS.items() if facts.smooths)
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


_HIDDEN = When("when_hidden", "part.hidden_widths")


class HeadConfig(Config):
    """The new classifier on top of the backbone.

    ``conv`` has new convolutions of ``channels`` and then what ``fc`` has: the ``hidden`` layers,
    each followed by layer normalisation, activation and dropout, and the last layer, whose
    squared weights count ``l2`` / 2 times in what is learned from. An empty ``l2`` is the head's
    own (``core.recipe.heads``). The features that come in have an RMS of one.
    """

    kind: HeadKind = "softmax"
    pooling: Pooling = "flatten"
    hidden: Annotated[
        Annotated[tuple[Width, ...], Field(max_length=8)] | None,
        About(unit="units", when=When("when_deep", "part.kind", _DEEP, refuses=True)),
    ] = None
    channels: Annotated[
        Annotated[tuple[Channels, ...], Field(max_length=4)] | None,
        About(unit="channels", when=When("when_conv", "part.kind", _CONVOLVING, refuses=True)),
    ] = None
    activation: Annotated[Activation, About(when=When("when_layers", "part.has_layers"))] = "relu"
    dropout: Annotated[Dropout, About(unit="share", when=_HIDDEN)] = 0.0
    layer_norm: Annotated[Switch, About(when=_HIDDEN)] = False
    margin_loss: Annotated[MarginLoss, About(when=When("when_svm", "part.kind", ("svm",)))] = (
        "squared-hinge"
    )
    l2: Annotated[
        Annotated[Number, Field(ge=0, le=1000)] | None, About("regularising", "half_squares")
    ] = None

    @model_validator(mode="after")
    def _has_a_convolution(self) -> Self:
        if HEADS[self.kind].channels and self.channels == ():
            refuse("channels", [], "the channels of one new convolution layer at least")
        return self

    @property
    def has_gradient(self) -> bool:
        """Whether it learns step by step; else in one pass over the images."""
        return HEADS[self.kind].has_gradient

    @property
    def has_layers(self) -> bool:
        """Whether there is a new layer before the last one."""
        return bool(self.hidden_widths or self.new_channels)

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


def _form(value: object) -> str | None:
    """How a normalisation is given, None where it is none."""
    if value is None or value in _NAMED:
        return "name"
    return "table" if isinstance(value, dict | Normalization) else None


_NAMED = get_args(NormalizationName)
_FORMS = f"one of {_NAMED}, or a table of {', '.join(Normalization.model_fields)}"


class ModelConfig(Config):
    """The network: whose weights it starts with, how many blocks are kept, what goes on top."""

    weights: Annotated[str, Field(min_length=1, max_length=4096)] = BUILT_IN
    normalization: Annotated[
        Annotated[NormalizationName | None, Tag("name")] | Annotated[Normalization, Tag("table")],
        Discriminator(_form, "allowed", "not allowed", {"allowed": _FORMS}),
        About(when=When("when_file", "part.is_file", refuses=True)),
    ] = None
    depth: BlockNumber = vgg16.BLOCK_COUNT
    head: HeadConfig = HeadConfig()

    @model_validator(mode="after")
    def _knows_the_weights(self) -> Self:
        if not self.is_file and self.weights not in NAMED_WEIGHTS:
            listed = ", ".join(NAMED_WEIGHTS)
            refuse("weights", self.weights, f"{listed}, or the path of a file or a run")
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
LearningRate = Annotated[Number, Field(gt=0, le=10)]


_SGD = When("when_sgd", "part.optimizer", ("sgd",))
_THAWED = When("when_thawed", "part.thawed")
_FALLS = When("when_falling", "part.schedule", ("step", "plateau"))
_RISES = When("when_rising", "part.schedule", ("constant", "step", "cosine", "plateau"))
_LABELS = When("when_labels", "recipe.model.head.kind", _SMOOTHING, refuses=True)
_AUGMENTS = When("when_augmenting", "recipe.augmentation.is_identity", (False,))


class StageConfig(Config):
    """Some epochs with one set of thawed blocks. The head always trains.

    A schedule changes all rates alike, with each batch. A stage that is ended early leaves the
    rest of it out. One that is extended has ``cosine`` or ``one-cycle`` once more over the new
    epochs, at whose beginning the old ones had come to their end; the other schedules just go on,
    and ``patience`` counts the epochs of the extension.
    """

    epochs: Annotated[Epochs, About("stage", "epochs")] = 10
    thawed: Annotated[tuple[BlockNumber, ...], AfterValidator(_block_numbers)] = ()
    augment: Annotated[Switch, About("stage", when=_AUGMENTS)] = True
    learning_rate: Annotated[LearningRate | None, About("learning", "step")] = None
    backbone_factor: Annotated[LearningRate, About("learning", "head_rate", _THAWED)] = 0.2
    block_decay: Annotated[Number, Field(gt=0, le=1), About("learning", "next", _THAWED)] = 1.0
    optimizer: Annotated[OptimizerName, About("learning")] = "adamw"
    momentum: Annotated[Number, Field(ge=0, lt=1), About("learning", "of_step", _SGD)] = 0.9
    weight_decay: Annotated[Number, Field(ge=0, le=1), About("regularising", "weight")] = 0.01
    schedule: Annotated[Schedule, About("schedule")] = "cosine"
    warmup_epochs: Annotated[
        Annotated[Number, Field(ge=0, le=100)] | None, About("schedule", "epochs", _RISES)
    ] = None
    decay_every: Annotated[Epochs, About("schedule", "epochs", _FALLS)] = 5
    decay_factor: Annotated[Number, Field(gt=0, lt=1), About("schedule", "rate", _FALLS)] = 0.1
    feature_dropout: Annotated[Dropout | None, About("regularising", "share")] = None
    label_smoothing: Annotated[
        Number, Field(ge=0, le=0.9), About("regularising", "share", _LABELS)
    ] = 0.0
    clip_norm: Annotated[
        Annotated[Number, Field(gt=0, le=1e6)] | None, About("learning", "norm")
    ] = None
    patience: Annotated[Epochs | None, About("stage", "epochs")] = None
    watch: Annotated[
        Literal["loss", "accuracy"], About("stage", when=When("when_patient", "part.patience"))
    ] = "loss"
    keep: Annotated[Keep, About("stage")] = "auto"
    start_from: Annotated[
        Literal["last", "best"], About("stage", when=When("when_later", "stage"))
    ] = "last"

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
    """How a folder becomes images of one size, and which of them validate.

    The fractions are shares of each class and count only where the folder itself has no such
    split; ``split_seed`` alone decides which images go where.
    """

    split_seed: Seed = 0
    image_size: Annotated[
        Whole,
        Field(ge=SMALLEST_IMAGE, le=LARGEST_IMAGE),
        AfterValidator(_multiple_of_stride),
        About(unit="pixels"),
    ] = 224
    fit: FitPolicy = "stretch"
    validation_fraction: Annotated[Number, Field(gt=0, le=0.9)] = 0.2
    test_fraction: Annotated[Number, Field(ge=0, le=0.9)] = 0.0
    train_fraction: Annotated[Number, Field(gt=0, le=1)] = 1.0
    group_by: Annotated[str | None, BeforeValidator(_group_by)] = None
    background_color: Color = (255, 255, 255)
    max_megapixels: Annotated[Number, Field(gt=0, le=1000)] = 200.0

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

    The losses that are reported are plain means over the images, whatever weight a class has in
    what is learned from, so that runs with and without ``class_weights`` compare.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    seed: Seed = 0
    batch_size: Annotated[Whole, Field(ge=1, le=4096), About(unit="pictures")] = 32
    precision: Precision = "auto"
    device: Device = "auto"
    threads: Annotated[Whole, Field(ge=1, le=1024)] | None = None
    micro_batch: Annotated[Whole, Field(ge=1, le=1024)] | None = None
    class_weights: Switch = False
    balanced_sampling: Switch = False
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
    def _passes_once_without_a_gradient(self) -> Self:
        if not self.model.head.has_gradient:
            head = f"a {self.model.head.kind} head: it learns in one pass, without a gradient"
            for number, stage in enumerate(self.stages):
                if stage.thawed:
                    refuse(f"stages.{number}.thawed", list(stage.thawed), f"empty with {head}")
                if stage.epochs > 1:
                    refuse(f"stages.{number}.epochs", stage.epochs, f"1 with {head}")
        return self

    @model_validator(mode="after")
    def _has_nothing_left_over(self) -> Self:
        parts = [("model", self.model, 0), ("model.head", self.model.head, 0)]
        parts += [(f"stages.{number}", stage, number) for number, stage in enumerate(self.stages)]
        for key, part, number in parts:
            for name, when in self.unused(part, number).items():
                value = getattr(part, name)
                if when.refuses and value:
                    refuse(f"{key}.{name}", value, f"left out: it counts {SENTENCES[when.code]}")
        return self

    def unused(self, part: Config, stage: int = 0) -> dict[str, When]:
        """The fields of ``part`` that don't count as things stand, and what each would need.

        ``part`` is the model, its head, or the stage of number ``stage``, from 0.
        """
        scope = SimpleNamespace(recipe=self, part=part, stage=stage)
        found = {}
        for name, field in type(part).model_fields.items():
            said = about(field)
            for when in (said.when, _STEP if said.group in STEPS else None):
                if when is not None:
                    value = attrgetter(when.place)(scope)
                    if not (value in when.values if when.values else value):
                        found[name] = when
        return found

    def augments(self, stage: StageConfig) -> bool:
        """Whether ``stage`` trains on freshly augmented pictures."""
        return stage.augment and not self.augmentation.is_identity

    def to_data(self) -> dict[str, Any]:
        """The recipe as plain JSON values, every field written out."""
        return self.model_dump(mode="json", by_alias=True)


def boundary(thawed: Sequence[int], depth: int) -> int:
    """The number of leading frozen blocks, where the features can be kept."""
    return min(thawed, default=depth + 1) - 1
