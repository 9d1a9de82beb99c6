import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.recipe.config import (
    EFFECTS,
    AugmentationConfig,
    DatasetConfig,
    Effect,
    ModelConfig,
    RunConfig,
    StageConfig,
    boundary,
)
from core.recipe.presets import preset

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
        "policy": "ranges",
        "horizontal_flip": 0.0,
        "vertical_flip": 0.0,
        "quarter_turns": 0.0,
        "rotation": [0.0, 0.0],
        "rotation_probability": 1.0,
        "scale": [1.0, 1.0],
        "scale_probability": 1.0,
        "crop": 1.0,
        "crop_aspect": [1.0, 1.0],
        "crop_probability": 1.0,
        "translation": [0.0, 0.0],
        "translation_probability": 1.0,
        "shear": [0.0, 0.0],
        "shear_probability": 1.0,
        "perspective": 0.0,
        "perspective_probability": 1.0,
        "fill_mode": "reflect",
        "fill_color": [0, 0, 0],
        "brightness": [1.0, 1.0],
        "brightness_probability": 1.0,
        "contrast": [1.0, 1.0],
        "contrast_probability": 1.0,
        "saturation": [1.0, 1.0],
        "saturation_probability": 1.0,
        "hue": [0.0, 0.0],
        "hue_probability": 1.0,
        "gamma": [1.0, 1.0],
        "gamma_probability": 1.0,
        "grayscale": 0.0,
        "blur": [0.0, 0.0],
        "blur_probability": 1.0,
        "noise": [0.0, 0.0],
        "noise_probability": 1.0,
        "jpeg": [100, 100],
        "jpeg_probability": 1.0,
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
    "vertical_flip": 0.5,
    "quarter_turns": 0.5,
    "rotation": 10,
    "scale": (0.5, 2),
    "crop": 0.5,
    "crop_aspect": (0.5, 2),
    "translation": 0.1,
    "shear": 10,
    "perspective": 0.3,
    "brightness": (0.5, 1.5),
    "contrast": (0.5, 1.5),
    "saturation": (0.5, 1.5),
    "hue": 20,
    "gamma": (0.5, 2),
    "grayscale": 0.5,
    "blur": (0, 2),
    "noise": (0, 20),
    "jpeg": (20, 80),
    "erasing": 0.5,
}


def test_the_default_recipe_is_the_documented_one() -> None:
    stages = [{**DEFAULT_STAGE, "epochs": 20}, {**DEFAULT_STAGE, "epochs": 10, "thawed": [5]}]
    assert RunConfig().to_data() == {**DEFAULTS, "stages": stages}


def test_the_default_recipe_augments_nothing() -> None:
    config = RunConfig()
    assert config.augmentation.is_identity
    assert not any(config.augments(stage) for stage in config.stages)


@pytest.mark.parametrize(
    "change",
    [
        {"horizontal_flip": 0.5},
        {"vertical_flip": 0.01},
        {"rotation": 10},
        {"scale": (0.9, 1.1)},
        {"crop": 0.8},
        {"translation": (0.0, 0.1)},
        {"quarter_turns": 0.75},
        {"crop_aspect": (0.5, 1.0)},
        {"shear": 5},
        {"perspective": 0.2},
        {"brightness": (0.8, 1.2)},
        {"contrast": (0.8, 1.0)},
        {"saturation": (1.5, 1.5)},
        {"hue": 10},
        {"gamma": (0.5, 2.0)},
        {"grayscale": 0.1},
        {"blur": (0.0, 2.0)},
        {"noise": (5.0, 5.0)},
        {"jpeg": (50, 100)},
        {"erasing": 0.5},
        {"policy": "trivial"},
    ],
)
def test_each_effect_alone_is_augmentation(change: dict[str, object]) -> None:
    augmentation = AugmentationConfig.model_validate(change)
    assert not augmentation.is_identity
    stages = (StageConfig(augment=True), StageConfig(augment=False))
    config = RunConfig(augmentation=augmentation, stages=stages)
    assert [config.augments(stage) for stage in stages] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"fill_mode": "wrap"},
        {"fill_color": (9, 9, 9)},
        {"seed": 4},
        {"rotation": 0},
        {"rotation": 20, "rotation_probability": 0},
        {"perspective_probability": 0.5},
        {"erasing_area": (0.1, 0.3)},
    ],
)
def test_what_alone_changes_no_picture_is_no_augmentation(change: dict[str, object]) -> None:
    assert AugmentationConfig.model_validate(change).is_identity


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
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 3
    with pytest.raises(ValidationError, match="frozen"):
        config.dataset.image_size = 64
    assert hash(config) == hash(RunConfig())


@pytest.mark.parametrize("image_size", [32, 64, 224, 512])
def test_multiples_of_the_networks_stride_are_sizes(image_size: int) -> None:
    assert DatasetConfig(image_size=image_size).image_size == image_size


@pytest.mark.parametrize("image_size", [0, 31, 33, 225, 544])
def test_other_sizes_are_refused(image_size: int) -> None:
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


@pytest.mark.parametrize(
    ("model", "thawed", "name"),
    [
        (ModelConfig(), [(), (5,)], "fine-tune-last"),
        (ModelConfig(), [(), (1, 2, 3, 4, 5)], "fine-tune-all"),
        (ModelConfig(), [()], "feature-extractor"),
        (ModelConfig(), [(), ()], "feature-extractor"),
        (ModelConfig(depth=3), [()], "early-features"),
        (ModelConfig(depth=3), [(), (3,)], "fine-tune-last"),
        (ModelConfig(depth=3), [(), (1, 2, 3)], "fine-tune-all"),
        (ModelConfig(weights="none"), [(1, 2, 3, 4, 5)], "from-scratch"),
        (ModelConfig(), [(), (4, 5)], "custom"),
        (ModelConfig(), [(5,)], "custom"),
    ],
)
def test_recipes_are_called_by_what_they_do(
    model: ModelConfig, thawed: list[tuple[int, ...]], name: str
) -> None:
    stages = tuple(StageConfig(thawed=blocks) for blocks in thawed)
    assert preset(RunConfig(model=model, stages=stages)) == name


BLOCKS = st.sets(st.integers(min_value=1, max_value=5))
STAGES = st.builds(
    StageConfig,
    epochs=st.integers(min_value=1, max_value=1000),
    thawed=BLOCKS.map(tuple),
    augment=st.booleans(),
    learning_rate=st.none() | st.floats(min_value=1e-9, max_value=10),
    optimizer=st.sampled_from(["sgd", "adam", "adamw", "rmsprop"]),
)
AUGMENTATIONS = st.builds(
    AugmentationConfig,
    horizontal_flip=st.floats(min_value=0, max_value=1),
    rotation=st.floats(min_value=0, max_value=180).map(lambda degrees: (-degrees, degrees)),
    fill_mode=st.sampled_from(["constant", "edge", "reflect", "wrap"]),
)
RECIPES = st.builds(
    RunConfig,
    seed=st.integers(min_value=0, max_value=2**63 - 1),
    augmentation=AUGMENTATIONS,
    stages=st.lists(STAGES, min_size=1, max_size=4).map(tuple),
)


@given(RECIPES)
def test_a_recipe_comes_back_from_its_plain_values(config: RunConfig) -> None:
    assert RunConfig.model_validate(config.to_data()) == config
