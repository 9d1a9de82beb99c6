"""Every field of a recipe: defaults, what is allowed, and what follows from it."""

import pytest
from pydantic import ValidationError

from core.recipe.config import (
    EFFECTS,
    AugmentationConfig,
    DatasetConfig,
    Effect,
    RunConfig,
    StageConfig,
    boundary,
)

PROBABILITIES = [one for one in AugmentationConfig.model_fields if one.endswith("_probability")]
DEFAULTS = {
    "schema": 1,
    "seed": 0,
    "batch_size": 32,
    "precision": "auto",
    "device": "auto",
    "threads": None,
    "micro_batch": None,
    "class_weights": False,
    "balanced_sampling": False,
    "dataset": {
        "split_seed": 0,
        "image_size": 224,
        "fit": "stretch",
        "validation_fraction": 0.2,
        "test_fraction": 0.0,
        "train_fraction": 1.0,
        "group_by": None,
        "background_color": [255, 255, 255],
        "max_megapixels": 200.0,
    },
    "augmentation": {
        **dict.fromkeys(PROBABILITIES, 1.0),
        "policy": "ranges",
        "horizontal_flip": 0.0,
        "vertical_flip": 0.0,
        "quarter_turns": 0.0,
        "rotation": [0.0, 0.0],
        "scale": [1.0, 1.0],
        "crop": 1.0,
        "crop_aspect": [1.0, 1.0],
        "translation": [0.0, 0.0],
        "shear": [0.0, 0.0],
        "perspective": 0.0,
        "fill_mode": "reflect",
        "fill_color": [0, 0, 0],
        "brightness": [1.0, 1.0],
        "contrast": [1.0, 1.0],
        "saturation": [1.0, 1.0],
        "hue": [0.0, 0.0],
        "gamma": [1.0, 1.0],
        "grayscale": 0.0,
        "blur": [0.0, 0.0],
        "noise": [0.0, 0.0],
        "jpeg": [100, 100],
        "erasing": 0.0,
        "erasing_area": [0.02, 0.2],
        "cached_views": 0,
        "seed": 0,
    },
    "model": {
        "weights": "imagenet",
        "normalization": None,
        "depth": 5,
        "head": {
            "kind": "softmax",
            "pooling": "flatten",
            "hidden": None,
            "channels": None,
            "activation": "relu",
            "dropout": 0.0,
            "layer_norm": False,
            "margin_loss": "squared-hinge",
            "l2": None,
        },
    },
}
DEFAULT_STAGE = {
    "epochs": 10,
    "thawed": [],
    "augment": True,
    "learning_rate": None,
    "backbone_factor": 0.2,
    "block_decay": 1.0,
    "optimizer": "adamw",
    "momentum": 0.9,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "warmup_epochs": None,
    "decay_every": 5,
    "decay_factor": 0.1,
    "feature_dropout": None,
    "label_smoothing": 0.0,
    "clip_norm": None,
    "patience": None,
    "watch": "loss",
    "keep": "auto",
    "start_from": "last",
}


STRONG = {
    "horizontal_flip": 0.5,
    "vertical_flip": 0.01,
    "quarter_turns": 0.5,
    "rotation": 10,
    "scale": (0.5, 2),
    "crop": 0.5,
    "crop_aspect": (0.5, 1),
    "translation": (0.0, 0.1),
    "shear": 10,
    "perspective": 0.3,
    "brightness": (0.5, 1.5),
    "contrast": (0.8, 1.0),
    "saturation": (1.5, 1.5),
    "hue": 20,
    "gamma": (0.5, 2),
    "grayscale": 0.5,
    "blur": (0, 2),
    "noise": (5, 5),
    "jpeg": (50, 100),
    "erasing": 0.5,
}


def test_the_default_recipe_is_the_documented_one() -> None:
    stages = [{**DEFAULT_STAGE, "epochs": 20}, {**DEFAULT_STAGE, "epochs": 10, "thawed": [5]}]
    assert RunConfig().to_data() == {**DEFAULTS, "stages": stages}


@pytest.mark.parametrize(("field", "value"), [*STRONG.items(), ("policy", "trivial")])
def test_each_effect_alone_is_augmentation(field: str, value: object) -> None:
    augmentation = AugmentationConfig.model_validate({field: value})
    assert not augmentation.is_identity
    stages = (StageConfig(augment=True), StageConfig(augment=False))
    config = RunConfig(augmentation=augmentation, stages=stages)
    assert [config.augments(stage) for stage in stages] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"fill_mode": "wrap", "fill_color": (9, 9, 9), "seed": 4, "erasing_area": (0.1, 0.3)},
        {"rotation": 0},
        {"rotation": 20, "rotation_probability": 0},
        {"perspective_probability": 0.5},
    ],
)
def test_what_alone_changes_no_image_is_no_augmentation(change: dict[str, object]) -> None:
    augmentation = AugmentationConfig.model_validate(change)
    assert augmentation.is_identity
    config = RunConfig(augmentation=augmentation)
    assert not any(config.augments(stage) for stage in config.stages)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_an_effect_is_reset_alone(effect: Effect) -> None:
    config = AugmentationConfig.model_validate(STRONG)
    assert effect.is_on(config)
    without = effect.without(config)
    assert not effect.is_on(without)
    assert all(other.is_on(without) for other in EFFECTS if other is not effect)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rotation": (10, -10)},
        {"rotation": 181},
        {"perspective": 0.51},
        {"shear": 61},
        {"shear": -5},
        {"crop_aspect": (1.5, 0.5)},
        {"quarter_turns": 1.1},
        {"scale_probability": -0.1},
        {"jpeg": (0, 50)},
        {"policy": "auto"},
    ],
)
def test_other_ranges_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AugmentationConfig.model_validate(wrong)


def test_one_number_stands_for_a_symmetric_range() -> None:
    change = {"rotation": 15, "translation": 0.1, "shear": 8, "hue": 20}
    augmentation = AugmentationConfig.model_validate(change)
    assert augmentation.rotation == (-15, 15)
    assert augmentation.translation == (0.1, 0.1)
    assert augmentation.shear == (8, 8)
    assert augmentation.hue == (-20, 20)


def test_thawed_blocks_are_kept_in_order_and_once() -> None:
    assert StageConfig(thawed=(5, 4, 5)).thawed == (4, 5)


def test_a_recipe_cannot_be_changed_behind_a_views_back() -> None:
    config = RunConfig()
    for part, field in (
        (config, "seed"),
        (config.dataset, "image_size"),
        (config.stages[0], "epochs"),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, 64)
    assert hash(config) == hash(RunConfig())


@pytest.mark.parametrize("image_size", [0, 31, 32, 33, 64, 224, 225, 512, 544])
def test_sizes_are_multiples_of_the_networks_stride(image_size: int) -> None:
    if image_size in (32, 64, 224, 512):
        assert DatasetConfig(image_size=image_size).image_size == image_size
    else:
        with pytest.raises(ValidationError):
            DatasetConfig(image_size=image_size)


@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.75), (0.9, 0.05), (0.05, 0.9)])
def test_some_pictures_are_left_to_train(validation: float, test: float) -> None:
    config = DatasetConfig(validation_fraction=validation, test_fraction=test)
    assert config.test_fraction == test
    with pytest.raises(ValidationError):
        DatasetConfig(validation_fraction=validation, test_fraction=test + 0.01)


@pytest.mark.parametrize(
    ("thawed", "depth", "frozen"),
    [((), 5, 5), ((), 3, 3), ((5,), 5, 4), ((1, 2, 3, 4, 5), 5, 0), ((2, 5), 5, 1), ((1,), 1, 0)],
)
def test_the_boundary_counts_leading_frozen_blocks(
    thawed: tuple[int, ...], depth: int, frozen: int
) -> None:
    assert boundary(thawed, depth) == frozen
