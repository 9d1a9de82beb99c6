"""A recipe: frozen, nested, validated when it is made. Field names are the file's keys.

The keys and their meaning are the contract of the command line and of recipe files; a field
that an issue builds later is refused by name, never silently ignored.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from core.recipe import group_by as recipe_group_by
from core.recipe import vgg16
from core.recipe.config import AugmentationConfig
from core.recipe.config_types import Color, Config, FillMode, FitPolicy, refuse
from core.recipe.model_config import HeadConfig, ModelConfig, Normalization
from core.recipe.stage_config import HEAD_EPOCHS, TUNING_EPOCHS, OptimizerName, StageConfig

__all__ = [
    "DEFAULT_STAGES",
    "LARGEST_HELD_OUT",
    "LARGEST_IMAGE",
    "SMALLEST_IMAGE",
    "AugmentationConfig",
    "Color",
    "DatasetConfig",
    "Device",
    "FillMode",
    "FitPolicy",
    "HeadConfig",
    "ModelConfig",
    "Normalization",
    "OptimizerName",
    "Precision",
    "RunConfig",
    "StageConfig",
    "boundary",
]

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
            recipe_group_by.parse(value if isinstance(value, str) else "")
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
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1, max_length=50)] = DEFAULT_STAGES

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
        if self.model.head.kind == "svm":
            for number, stage in enumerate(self.stages):
                if stage.label_smoothing:
                    allowed = "0 with an svm head: a margin has no label that could be smoothed"
                    refuse(f"stages.{number}.label_smoothing", stage.label_smoothing, allowed)
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
