"""What augmentation may do: ranges that each training picture's random changes are drawn from."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from core.recipe.config_types import Color, Config, FillMode, Probability, Seed

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
