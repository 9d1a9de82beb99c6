"""The augmentation's presets: which is set, what one is called and for what it is, how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.augmentation.draws import STREAMS
from core.augmentation.presets import PRESETS
from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment.effect_scales import percent
from gui.controls.number_fields import shortest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = (
    "none",
    "light",
    "standard",
    "strong",
    "trivial",
    "keep_sides",
    "any_way_up",
    "keep_colors",
)
# A preset says how strong, not what fills.
_KEPT = ("fill_mode", "fill_color", "cached_views", "seed")
# One draw for all, so that they compare: of each stream how strong, places, and whether at all.
_PLAINLY = (0.85, 0.4, 0.6, 0.5, 0.5, 0.5, 0.5, 0.3)
_DRAWN = (
    dict.fromkeys(STREAMS, _PLAINLY)
    | {
        "horizontal_flip": (0.3, *_PLAINLY[1:]),
        "vertical_flip": (0.3, *_PLAINLY[1:]),
        "quarter_turns": (0.3, 0.1, *_PLAINLY[2:]),  # by 90 degrees
        "scale": (0.2, *_PLAINLY[1:]),  # smaller, so that the fill shows
        "erasing": (0.2, 0.3, 0.7, 0.2, *_PLAINLY[4:]),
        "policy": (0.65, *_PLAINLY[1:]),  # another hue, which no other card shows
    }
)

translate = QCoreApplication.translate


def applied(name: str, config: AugmentationConfig) -> AugmentationConfig:
    """A preset's effects with the fill of ``config``."""
    kept = {field: getattr(config, field) for field in _KEPT}
    return PRESETS[name].model_copy(update=kept)


def matching(config: AugmentationConfig) -> str | None:
    """The preset that ``config`` is, whatever its fill; None if it is none of them."""
    if config.policy == "trivial":
        return "trivial"
    return next((name for name in NAMES if applied(name, config) == config), None)


def title(name: str) -> str:
    """A preset's name."""
    return _words()[name][0]


def file_name(config: AugmentationConfig) -> str:
    """What a file of ``config`` may be called, without suffix: after its preset as it is shown."""
    name = matching(config)
    if name is None or name == "none":
        return translate("presets", "My augmentation")
    return title(name).replace("\N{ZERO WIDTH SPACE}", "")


def reason(name: str) -> str:
    """What a preset is for, in one or two sentences."""
    return _words()[name][1]


def contents(name: str) -> list[str]:
    """What a preset sets, a line an effect."""
    preset = PRESETS[name]
    lines = []
    for effect in EFFECTS:
        if effect.is_on(preset):
            words = effects.summary(effect.name, preset)
            if not effect.has_range:
                words = f"{shortest(percent(getattr(preset, effect.name)))} %"
            lines.append(f"{effects.name(effect.name)}: {words}")
    return lines


def pictures(image: NDArray[np.uint8], config: AugmentationConfig) -> dict[str, NDArray[np.uint8]]:
    """``image`` (uint8 [H, W, 3]) under each preset with the fill of ``config``, all with the
    same draw, by training's own calls. Takes milliseconds: run it off the window's thread."""
    from core.augmentation.augment import apply, sample

    return {name: apply(image, sample(applied(name, config), _DRAWN)) for name in NAMES}


def _words() -> dict[str, tuple[str, str]]:
    return {
        "none": (
            translate("presets", "None"),
            translate(
                "presets",
                "The pictures as they are. The fastest: the frozen blocks are computed once.",
            ),
        ),
        "light": (
            translate("presets", "Light"),
            translate("presets", "Small changes that hardly any picture minds: a good first try."),
        ),
        "standard": (
            translate("presets", "Standard"),
            translate("presets", "The usual for photographs whose sides may be swapped."),
        ),
        "strong": (
            translate("presets", "Strong"),
            translate(
                "presets",
                "For few pictures, or where the network learns them by heart. Needs more epochs.",
            ),
        ),
        "trivial": (
            translate("presets", "Trivial\N{ZERO WIDTH SPACE}Augment"),
            translate(
                "presets",
                "One random change of random strength for each picture, and nothing to tune "
                "(Müller and Hutter, 2021).",
            ),
        ),
        "keep_sides": (
            translate("presets", "Left and right matter"),
            translate("presets", "For signs, text and bodies: nothing swaps left and right."),
        ),
        "any_way_up": (
            translate("presets", "Up and down don’t matter"),
            translate(
                "presets",
                "For pictures from the air and through a microscope, which have no top.",
            ),
        ),
        "keep_colors": (
            translate("presets", "Colour is the class"),
            translate("presets", "For ripeness, stains or minerals: no colour is changed."),
        ),
    }
