"""What is said about the effects and presets of augmentation."""

import pytest

from core.augmentation import presets as augmentation_presets
from core.augmentation.presets import PRESETS
from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment import presets as augment_presets
from gui.augment.effects import STRENGTHS


@pytest.mark.parametrize(
    ("effect", "config", "words"),
    [
        ("rotation", AugmentationConfig(rotation=(-10, 30)), "−10° to 30°"),
        (
            "rotation",
            AugmentationConfig(rotation=(-10, 10), rotation_probability=0.3),
            "−10° to 10°, in 30 %",
        ),
        ("scale", AugmentationConfig(scale=(0.8, 1.2)), "× 0.8 to 1.2"),
        ("crop", AugmentationConfig(crop=0.8), "keeps 80 % or more"),
        (
            "crop",
            AugmentationConfig(crop=0.8, crop_aspect=(0.75, 1.5)),
            "keeps 80 % or more, 0.75 to 1.5 : 1",
        ),
        ("translation", AugmentationConfig(translation=(0.1, 0.1)), "up to 10 %"),
        ("translation", AugmentationConfig(translation=(0.1, 0.05)), "x up to 10 %, y 5 %"),
        ("shear", AugmentationConfig(shear=(10, 10)), "up to 10°"),
        ("shear", AugmentationConfig(shear=(10, 0)), "x up to 10°, y 0°"),
        ("jpeg", AugmentationConfig(jpeg=(40, 100)), "quality 40 to 100"),
        ("erasing", AugmentationConfig(erasing=0.5), "2 to 20 % of the area"),
        ("horizontal_flip", AugmentationConfig(horizontal_flip=0.5), "left and right swapped"),
        ("rotation", AugmentationConfig(), "turned about the middle"),
    ],
)
def test_a_summary_says_what_is_set(effect: str, config: AugmentationConfig, words: str) -> None:
    assert effects.summary(effect, config) == words


@pytest.mark.parametrize("effect", [effect.name for effect in EFFECTS])
def test_every_effect_has_words(effect: str) -> None:
    scale = STRENGTHS[effect]
    config = AugmentationConfig.model_validate({effect: scale.value(scale.usual)})
    words = [effects.name(effect), effects.explanation(effect)]
    words += [effects.strength(effect), effects.summary(effect, config)]
    assert all(words)
    assert not any("{" in one for one in words)


@pytest.mark.parametrize("name", augmentation_presets.NAMES)
def test_every_preset_says_what_it_sets_and_what_for(name: str) -> None:
    assert augment_presets.preset_title(name)
    assert augment_presets.purpose(name).endswith(".")
    assert (
        augment_presets.matching_preset(
            augmentation_presets.applied(name, AugmentationConfig(fill_mode="wrap"))
        )
        == name
    )


def test_every_preset_has_a_name_of_its_own() -> None:
    titles = [augment_presets.preset_title(name) for name in PRESETS]
    assert len(set(titles)) == len(titles) == 8


def test_a_presets_contents_are_its_effects() -> None:
    assert augment_presets.preset_contents("none") == []
    assert augment_presets.preset_contents("light") == [
        "Rotation: −10° to 10°",
        "Scale: × 0.9 to 1.1",
        "Translation: up to 5 %",
    ]
    assert "Horizontal flip: 50 %" in augment_presets.preset_contents("standard")


def test_what_is_no_preset_matches_none() -> None:
    assert augment_presets.matching_preset(AugmentationConfig(rotation=(-3, 4))) is None
