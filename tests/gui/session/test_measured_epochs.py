"""What a run's epochs took corrects what is expected of stages like its own."""

from collections.abc import Sequence

import pytest

from core.compute.estimate import Estimate
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs.events import EpochFinished, RunStarted, Score, StageStarted
from core.runs.history import History, fold
from gui.session.progress import MeasuredEpochs

SCORE = Score(0.5, 0.5, 10)
EXPECTED = Estimate(20 * 1.0 + 10 * 4.0 + 8.0, 9.0, 8.0, (1.0, 4.0), (8.0, 0.0))


def history(seconds: Sequence[Sequence[float]]) -> History:
    """That of a run whose stages' epochs took ``seconds``."""
    epochs = [
        EpochFinished(stage, number, SCORE, SCORE, seconds=one)
        for stage, taken in enumerate(seconds, 1)
        for number, one in enumerate(taken, 1)
    ]
    started = RunStarted(("a", "b"), 8, 2, epochs=(20, 10))
    return fold([started, StageStarted(1, 20), StageStarted(2, 10), *epochs])


def measured(seconds: Sequence[Sequence[float]], recipe: RunConfig | None = None) -> MeasuredEpochs:
    return MeasuredEpochs.of_run(recipe or RunConfig(), history(seconds))


def test_a_stage_takes_what_its_later_epochs_took() -> None:
    seen = measured([[9.0, 2.0, 2.5, 2.2]])
    assert seen.seconds_of(RunConfig(), 0) == 2.2  # not the first, which computed features
    assert seen.seconds_of(RunConfig(), 1) is None
    refined = seen.refined(EXPECTED, RunConfig())
    assert refined.epochs == (2.2, 4.0)
    assert refined.total == pytest.approx(EXPECTED.total + 20 * 1.2)
    assert refined.features == EXPECTED.features


def test_one_epoch_says_nothing_since_it_may_have_computed_features() -> None:
    assert measured([[9.0]]).refined(EXPECTED, RunConfig()) == EXPECTED


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stages.0.thawed", [4, 5]),
        ("dataset.image_size", 64),
        ("batch_size", 8),
        ("model.head.kind", "fc"),
        ("augmentation.rotation", 10),
    ],
)
def test_a_stage_of_another_kind_is_as_it_was_expected(key: str, value: object) -> None:
    seen = measured([[9.0, 2.0, 2.0]])
    assert seen.seconds_of(recipes.changed(RunConfig(), key, value), 0) is None


@pytest.mark.parametrize(
    ("key", "value"), [("stages.0.epochs", 3), ("stages.0.learning_rate", 0.01), ("seed", 4)]
)
def test_what_changes_no_time_changes_nothing(key: str, value: object) -> None:
    seen = measured([[9.0, 2.0, 2.0]])
    assert seen.seconds_of(recipes.changed(RunConfig(), key, value), 0) == 2.0


def test_any_stage_that_thaws_the_same_is_of_the_same_kind() -> None:
    seen = measured([[9.0, 2.0, 2.0], [5.0, 5.0]])
    turned = recipes.make({"stages": [{"thawed": [5]}, {}]})
    assert [seen.seconds_of(turned, number) for number in (0, 1)] == [5.0, 2.0]
