"""Counts of the network's numbers, against counts written down elsewhere."""

from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import RunConfig


def test_the_kept_backbone_has_keras_number_of_parameters() -> None:
    # Keras's VGG16(include_top=False).count_params()
    assert network.backbone_parameters(RunConfig()) == 14_714_688


def test_depth_leaves_blocks_out() -> None:
    recipe = recipes.make({"model": {"depth": 1}, "stages": [{}]})
    assert network.backbone_parameters(recipe) == (3 * 9 + 1) * 64 + (64 * 9 + 1) * 64


def test_the_head_has_a_weight_per_feature_and_class_and_a_bias_per_class() -> None:
    assert network.head_parameters(RunConfig(), 8) == 25_088 * 8 + 8
    small = recipes.changed(RunConfig(), "dataset.image_size", 64)
    assert network.head_parameters(small, 3) == 2 * 2 * 512 * 3 + 3


def test_a_stage_trains_its_thawed_blocks_whichever_they_are() -> None:
    recipe = recipes.changed(RunConfig(), "stages.1.thawed", [1, 5])
    assert network.thawed_parameters(recipe, 0) == 0
    assert network.thawed_parameters(recipe, 1) == 38_720 + 7_079_424
