"""What the Train page says before, during and after a run."""

from dataclasses import replace

import pytest

from core.common.messages import ThawError
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
from core.runs.events import CacheProgress, RunFinished, StageStarted
from core.runs.history import History, fold
from gui.runs import words as run_words
from gui.train import words as train_words
from tests.support.window.scripted import STARTED, two_stages


def plain(said: str) -> str:
    return said.replace("\xa0", " ")


def test_the_plan_has_a_line_for_each_stage() -> None:
    assert train_words.plan(RunConfig()).splitlines() == [
        "Stage 1 trains the new head for 20 epochs; every block stays frozen, so its outputs are "
        "computed only once.",
        "Stage 2 thaws block 5 and trains it with the head for 10 epochs.",
    ]


def test_the_plan_says_what_augmentation_costs() -> None:
    recipe = RunConfig(
        augmentation=AugmentationConfig(horizontal_flip=0.5),
        stages=(StageConfig(epochs=3), StageConfig(epochs=2, thawed=(4, 5))),
    )
    first, second = train_words.plan(recipe).splitlines()
    assert "augmented pictures pass through them each time" in first
    assert "trains them with the head for 2 epochs" in second


def test_a_long_plan_is_told_in_part() -> None:
    recipe = RunConfig(stages=tuple(StageConfig(epochs=1) for _ in range(5)))
    assert train_words.plan(recipe).splitlines()[3:] == ["2 more stages follow."]


def test_computing_says_how_many_how_long_and_what_follows() -> None:
    known = CacheProgress(1, 120, 480, seconds_left=25.2, epoch_seconds=0.41)
    assert plain(train_words.computing(known)) == (
        "Computing the frozen blocks' outputs: 120 of 480 pictures, 25 s left. "
        "Afterwards an epoch takes about 0.4 s."
    )
    assert plain(train_words.computing(known, 1)).endswith(
        "25 s left. The next epoch computes one more view."
    )
    assert train_words.computing(known, 2).endswith(
        "Each of the next 2 epochs computes one more view."
    )
    unknown = CacheProgress(1, 2, 480)
    said = "Computing the frozen blocks' outputs: 2 of 480 pictures."
    assert plain(train_words.computing(unknown)) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (
            RunFinished("finished"),
            "Finished: 91.1 %, 164 of 180 validation pictures, at epoch 2: "
            "chosen as the best on these pictures.",
        ),
        (
            RunFinished("stopped"),
            "Stopped: 91.1 %, 164 of 180 validation pictures, at epoch 2: "
            "chosen as the best on these pictures.",
        ),
        (
            RunFinished("failed", code="out_of_memory"),
            "Failed: There is not enough memory for this recipe. A smaller picture size or batch "
            "may help. 91.1 %, 164 of 180 validation pictures, at epoch 2: "
            "chosen as the best on these pictures.",
        ),
    ],
)
def test_the_end_leads_with_what_was_kept(last: RunFinished, said: str) -> None:
    assert plain(run_words.ended(fold([*two_stages(), last]), None)) == said


def test_a_last_epoch_is_not_said_to_be_chosen() -> None:
    events = [
        replace(one, keep="last") if isinstance(one, StageStarted) else one for one in two_stages()
    ]
    said = run_words.ended(fold([*events, RunFinished("stopped")]), None)
    assert said.endswith("its epoch 1): the last one, not picked by its score.")


def test_an_end_before_the_first_epoch_has_no_result() -> None:
    assert "no result" in run_words.ended(fold([STARTED, RunFinished("stopped")]), None)
    failed = fold([STARTED, RunFinished("failed", code="out_of_memory")])
    assert run_words.ended(failed, None).endswith("may help. No epoch had ended yet.")


def test_a_run_that_could_not_begin_says_why() -> None:
    error = ThawError("run_folder_unwritable", path="/there", reason="read only")
    assert run_words.ended(History(), error) == (
        "The run's folder /there cannot be written: read only"
    )
    stopped = run_words.ended(History(), ThawError("stopped"))
    assert stopped == "Stopped before training began."


def test_without_a_run_nothing_has_ended() -> None:
    assert run_words.ended(History(), None) == ""


def test_a_run_that_was_cut_off_says_where_and_what_it_kept() -> None:
    said = run_words.ended(fold(two_stages()), None).replace("\xa0", " ")
    assert said.startswith("Stopped unexpectedly at stage 2, epoch 2 of 3. 91.1 %, 164 of 180")
    first = run_words.ended(fold(two_stages()[:2]), None)
    assert first == "Stopped unexpectedly at stage 1, epoch 1 of 2."
