"""Augmentation presets: four strengths, one that needs no tuning, three by what images mean.

All fill by reflection, because a photograph has no black border.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.recipe.config import AugmentationConfig

PRESETS: Mapping[str, AugmentationConfig] = MappingProxyType(
    {
        "none": AugmentationConfig(),
        # What no photograph's meaning depends on: held a little crooked, nearer, to the side.
        "light": AugmentationConfig(rotation=(-10, 10), scale=(0.9, 1.1), translation=(0.05, 0.05)),
        # The course's effects. It flips: for things that look the same in a mirror.
        "standard": AugmentationConfig(
            horizontal_flip=0.5,
            rotation=(-20, 20),
            scale=(0.8, 1.2),
            crop=0.8,
            translation=(0.1, 0.1),
        ),
        # For few pictures or many epochs. Other viewpoints, light and cameras too; what costs
        # detail comes to some pictures only, so that the network still sees sharp ones.
        "strong": AugmentationConfig(
            horizontal_flip=0.5,
            rotation=(-30, 30),
            scale=(0.7, 1.3),
            crop=0.6,
            crop_aspect=(0.75, 1.33),
            translation=(0.1, 0.1),
            shear=(10, 10),
            shear_probability=0.5,
            perspective=0.3,
            perspective_probability=0.5,
            brightness=(0.7, 1.3),
            contrast=(0.7, 1.3),
            saturation=(0.6, 1.4),
            hue=(-10, 10),
            grayscale=0.05,
            blur=(0, 1.5),
            blur_probability=0.2,
            noise=(0, 12),
            noise_probability=0.2,
            erasing=0.25,
        ),
        # One random change a picture (Mueller and Hutter, 2021): nothing to tune.
        "trivial": AugmentationConfig(policy="trivial"),
        # Left and right matter: signs, text, which side of a body an X-ray shows. No mirror
        # image, and turned too little for an arrow to point elsewhere.
        "keep_sides": AugmentationConfig(
            rotation=(-15, 15),
            scale=(0.8, 1.2),
            crop=0.8,
            translation=(0.1, 0.1),
            shear=(8, 8),
            perspective=0.2,
            brightness=(0.8, 1.2),
            contrast=(0.8, 1.2),
        ),
        # Up and down don't matter: seen from above, or through a microscope. All eight ways to
        # lay a square are equally likely; no perspective, because the camera looks straight down.
        "any_way_up": AugmentationConfig(
            horizontal_flip=0.5,
            vertical_flip=0.5,
            quarter_turns=0.75,
            rotation=(-45, 45),
            scale=(0.8, 1.2),
            translation=(0.1, 0.1),
            brightness=(0.8, 1.2),
            contrast=(0.8, 1.2),
        ),
        # Colour is the class: ripe or not, healthy or not, which paint. Places and sharpness
        # change, but neither light nor colour.
        "keep_colors": AugmentationConfig(
            horizontal_flip=0.5,
            rotation=(-20, 20),
            scale=(0.8, 1.2),
            crop=0.7,
            crop_aspect=(0.8, 1.25),
            translation=(0.1, 0.1),
            perspective=0.2,
            blur=(0, 1),
            blur_probability=0.3,
        ),
    }
)

NAMES = tuple(PRESETS)
# A preset says how strong, not what fills.
_KEPT = ("fill_mode", "fill_color", "cached_views", "seed")


def applied(name: str, config: AugmentationConfig) -> AugmentationConfig:
    """A preset's effects with the fill of ``config``."""
    kept = {field: getattr(config, field) for field in _KEPT}
    return PRESETS[name].model_copy(update=kept)
