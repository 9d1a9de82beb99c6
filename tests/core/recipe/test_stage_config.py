"""What a stage's fields may be together."""

import pytest

from core.recipe import files as recipes
from core.recipe.files import RecipeError


@pytest.mark.parametrize(
    ("settings", "field", "said"),
    [
        (
            ["class_weights=true", "balanced_sampling=true"],
            "balanced_sampling",
            "it must be false beside class_weights: use one of the two",
        ),
        (
            ["model.head.kind=svm", "stages.1.label_smoothing=0.1"],
            "stages.1.label_smoothing",
            "it must be 0 with an svm head: a margin has no label that could be smoothed",
        ),
    ],
)
def test_what_cannot_be_meant_together_is_refused_by_name(
    settings: list[str], field: str, said: str
) -> None:
    with pytest.raises(RecipeError) as error:
        recipes.load([], settings)
    assert field in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("alone", ["class_weights=true", "balanced_sampling=true"])
def test_each_way_to_let_classes_count_alike_stands_alone(alone: str) -> None:
    assert recipes.load([], [alone]).to_data()[alone.partition("=")[0]] is True


def test_a_head_with_probabilities_has_labels_that_can_be_smoothed() -> None:
    recipe = recipes.load([], ["model.head.kind=one-vs-rest", "stages.0.label_smoothing=0.1"])
    assert recipe.stages[0].label_smoothing == 0.1
