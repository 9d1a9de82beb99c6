"""A recipe and its time in few words."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.augmentation.presets import PRESETS
from core.common.messages import ThawError
from core.compute.estimate import Estimate
from core.recipe.config import EFFECTS, AugmentationConfig, ModelConfig, RunConfig, StageConfig
from core.reports.comparison import Comparison
from core.reports.differences import Difference
from core.runs.list import ListedRun, StagePlan
from gui.base.words import NBSP
from gui.compare import comparison as compare_comparison
from gui.recipe import words as recipe_words
from gui.runs import words as run_words
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import run_bar
from tests.support.pictures import PictureFolder, draw
from tests.support.window.fakes import SPEED, open_folder, replace_training


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    session = Session(Settings(tmp_path / "settings"))
    open_folder(qtbot, session, picture_folder(per_class=20, name="signs"))
    return session


def test_the_default_recipe_in_one_sentence() -> None:
    said = recipe_words.sentence("signs", 1384, 96, RunConfig())
    assert said == "signs 1,384/96 · no augmentation · block 5 · softmax"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("svm", "linear SVM"), ("fc", "fully connected"), ("conv", "convolutional")],
)
def test_a_head_is_called_as_on_its_card_and_never_as_in_files(kind: str, name: str) -> None:
    recipe = RunConfig.model_validate({"model": {"head": {"kind": kind}}})
    assert recipe_words.sentence("signs", 8, 2, recipe).endswith(f"· {name}")
    run = ListedRun(Path("run"), "finished", head=kind, stages=(StagePlan(3, ()),))
    assert run_words.stages(run).endswith(f"· {name}")
    two: Any = (None, None)  # whatever came of them
    compared = Comparison(two, (Difference("model.head.kind", ("softmax", kind)),), ())
    assert compare_comparison.difference_rows(compared) == [["head", "softmax", name]]


def test_every_part_of_a_recipe_is_named() -> None:
    recipe = RunConfig(
        augmentation=AugmentationConfig(horizontal_flip=0.5, rotation=(-9, 9), crop=0.8),
        model=ModelConfig(weights="none", depth=3),
        stages=(StageConfig(epochs=3),),
    )
    said = recipe_words.sentence("signs", 8, 2, recipe)
    words = "random weights · depth 3 · all frozen"
    assert said == f"signs 8/2 · flip, rotation, crop · {words} · softmax"


def test_augmentation_that_no_stage_uses_is_none() -> None:
    recipe = RunConfig(
        augmentation=AugmentationConfig(rotation=(-9, 9)), stages=(StageConfig(augment=False),)
    )
    assert "no augmentation" in recipe_words.sentence("signs", 8, 2, recipe)


def test_every_effect_and_policy_of_augmentation_is_named() -> None:
    for name, config in PRESETS.items():
        assert bool(recipe_words.augmentation_names(config)) == (name != "none")
    names = recipe_words.augmentation_names
    assert names(AugmentationConfig(jpeg=(40, 90), erasing=0.1)) == ["JPEG", "erasing"]
    assert names(PRESETS["trivial"]) == ["TrivialAugment"]
    assert names(PRESETS["standard"]) == ["flip", "rotation", "scale", "crop", "translation"]
    assert names(PRESETS["strong"]) == ["flip", "rotation", "scale", "crop", "11 more"]
    every = AugmentationConfig(horizontal_flip=1, vertical_flip=1)
    assert names(every) == ["flip"]
    assert {one.name for one in EFFECTS} == set(recipe_words._effect_words())


@pytest.mark.parametrize(
    ("thawed", "words"),
    [
        ((), "no block"),
        ((5,), "block 5"),
        ((4, 5), "blocks 4, 5"),
        ((3, 4, 5), "blocks 3 to 5"),
        ((1, 3, 5), "blocks 1, 3, 5"),
        ((1, 2, 3, 4, 5), "all blocks"),
    ],
)
def test_blocks_in_words(thawed: tuple[int, ...], words: str) -> None:
    assert recipe_words.blocks(thawed, 5) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (EngineState.LOADING, "loading PyTorch…"),
        (EngineState.MEASURING, "measuring this machine…"),
        (EngineState.READY, "this machine could not be measured"),
    ],
)
def test_until_the_time_is_known_it_says_what_is_awaited(
    session: Session, state: EngineState, words: str
) -> None:
    session.engine.state = state
    assert run_bar.status_line(session) == words


def _estimate(recipe: RunConfig | None, session: Session) -> Estimate:
    recipe = recipe or session.recipe
    total = 120.0 if recipe.augmentation.is_identity else 1320.0
    return Estimate(total, 10.0, 10.0, (1.0, 1.0))


def test_the_time_on_this_machine(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "estimate", lambda recipe=None: _estimate(recipe, session))
    assert _plain(run_bar.status_line(session)) == "about 2 min on this machine"


def test_a_time_measured_on_a_busy_machine_says_so(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "estimate", lambda recipe=None: _estimate(recipe, session))
    session.engine.speed = replace(SPEED, quiet=False)
    assert _plain(run_bar.status_line(session)) == (
        "about 2 min or less: this machine was measured while busy"
    )


def test_augmentation_tells_its_price(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "estimate", lambda recipe=None: _estimate(recipe, session))
    session.set_augmenting(True)
    assert _plain(run_bar.status_line(session)) == (
        "augmentation on: about 22 min instead of about 2 min, features can't be computed once"
    )


def test_stages_that_leave_augmentation_out_are_said_to_keep_their_features(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "estimate", lambda recipe=None: _estimate(recipe, session))
    session.set_augmenting(True)
    session.change("stages.0.augment", False)
    assert run_bar.status_line(session).endswith("computed once, except in stage 1")
    assert recipe_words.exception(RunConfig(stages=(StageConfig(),) * 3)) == (
        "except in stages 1, 2, 3"
    )


def test_augmentation_that_may_mix_up_classes_is_told_with_its_price(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    for kind in ("turn-left", "turn-right"):
        folder = tmp_path / "mirrored" / kind
        folder.mkdir(parents=True)
        for number in range(3):
            draw(folder / f"{number}.png", (40, 9, len(kind)), number)
    open_folder(qtbot, session, tmp_path / "mirrored")
    session.engine.speed = SPEED
    session.change("augmentation.horizontal_flip", 0.5)
    assert "mix up" not in run_bar.status_line(session)
    session.set_augmenting(True)
    assert run_bar.status_line(session).endswith("augmentation may mix up turn-left ↔ turn-right?")
    assert "turn-left / turn-right" in run_bar.warning(session)


def test_a_reason_not_to_train_comes_first(session: Session) -> None:
    session.engine.speed = SPEED
    session.engine.error = ThawError("torch_missing", reason="no file")
    assert run_bar.status_line(session).startswith("PyTorch cannot be loaded (no file)")


def test_a_running_run_says_where_it_is(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    session.start_training()
    assert run_bar.status_line(session) == "preparing the run…"
    qtbot.waitUntil(lambda: session.history.best is not None)
    assert run_bar.status_line(session).startswith("stage 1 · epoch 2 of 20 · ")
    assert run_bar.status_line(session).endswith(" left")
    session.change("batch_size", 8)
    session.change("augmentation.rotation", 20)
    session.set_augmenting(True)
    assert run_bar.status_line(session).endswith("changes are for the next run")
    assert run_bar.recipe_line(session) == "signs 32/8 · no augmentation · block 5 · softmax"
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()
        assert run_bar.status_line(session).startswith("stopping…")
        training.may_finish.set()
    assert "rotation" in run_bar.recipe_line(session)
