"""What is computed beside a training, or instead of one: label check, rate finder, experiments."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation import label_check
from core.augmentation.parameters import Parameters
from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.compute.feature_plan import Key
from core.compute.features import store as feature_store
from core.experiments import run as experiment_run
from core.experiments.experiment import CUSTOM, Experiment
from core.experiments.kinds import Fit
from core.experiments.run import ExperimentFinished
from core.recipe.config import AugmentationConfig, RunConfig
from core.runs.events import EpochFinished, RunResumed, Score
from core.training.control import Control
from core.training.rate_curve import RateFound
from gui.augment import label_check as advice
from gui.augment import price
from gui.runs import experiments as experiment_words
from gui.session.engine import EngineState
from gui.session.experiments import load_queue
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import rail
from gui.shell.window import ClosingQuestion, MainWindow
from gui.train.actions import RunActions
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import click, make_session, show_tiles
from tests.support.window.fakes import (
    SPEED,
    FakeFinder,
    FakePage,
    FakeTraining,
    FakeWakepy,
    open_folder,
    replace_finder,
    steps,
)

PATIENCE = 60_000  # milliseconds: other tests may keep the cores busy


@pytest.fixture
def measured(opened: Session) -> Session:
    """One whose machine is measured, too."""
    opened.engine.speed, opened.engine.state = SPEED, EngineState.READY
    return opened


def finish(qtbot: QtBot, session: Session, training: FakeTraining) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


# -- the label check ------------------------------------------------------------------------

ARROW = np.array([(-9, -3), (2, -3), (2, -8), (10, 0), (2, 8), (2, 3), (-9, 3)])
SQUARE = np.array([(-8, -8), (8, -8), (8, 8), (-8, 8)])
FLAG = np.array([(-6, -11), (9, -6), (-3, 0), (-3, 11), (-6, 11)])
FLIP = AugmentationConfig(horizontal_flip=0.5)
MIRRORED = np.array([-1, 1])
Draw = Callable[..., Session]


@pytest.fixture
def draw(qtbot: QtBot, tmp_path: Path) -> Iterator[Draw]:
    """Makes a session with a class of images of each shape, never in quite the same place."""
    made = []

    def make(count: int = 12, **shapes: np.ndarray) -> Session:
        for name, points in shapes.items():
            folder = tmp_path / "signs" / name
            folder.mkdir(parents=True)
            rng = np.random.default_rng(len(points))
            for number in range(count):
                pixels = np.clip(rng.normal(50, 8, (48, 48, 3)), 0, 255).astype(np.uint8)
                place = 1.5 * points * rng.uniform(0.8, 1.1) + 24 + rng.uniform(-3, 3, 2)
                corners = [np.rint(place).astype(np.int32)]
                cv2.fillPoly(pixels, corners, (230, 220, 60), cv2.LINE_AA)
                Image.fromarray(pixels).save(folder / f"{number}.png")
        made.append(make_session(qtbot, tmp_path / "settings", tmp_path / "signs"))
        return made[0]

    yield make
    for session in made:
        session.close()


@pytest.fixture
def arrows(draw: Draw) -> Session:
    """Classes whose names say nothing, of which two mirror each other."""
    return draw(ab=ARROW, ba=ARROW * MIRRORED, c=SQUARE)


def _known(qtbot: QtBot, session: Session) -> None:
    """Wait until all is known of what is tried."""
    qtbot.waitUntil(
        lambda: session.meaning.has_checked(session.tried_augmentation), timeout=PATIENCE
    )


def test_a_flip_between_mirrored_classes_gets_advice_that_leads_there(
    qtbot: QtBot, arrows: Session
) -> None:
    arrows.set_augmentation(FLIP)
    page = show_tiles(qtbot, arrows)
    row, chooser = page.panel.rows["horizontal_flip"], page.preview.chooser
    assert row.advice == ""  # nothing while nothing is known
    _known(qtbot, arrows)
    sentences = [advice.sentence(one) for one in page.meaning.findings.warnings]
    assert len(sentences) == 2
    assert all(one in row.advice for one in sentences)
    assert "10 “ab”" in row.advice
    assert "95" in row.advice  # the interval
    assert row.isEnabled()
    for label, brief in ((1, "ba ↔ ab"), (0, "ab ↔ ba"), (2, "ab ↔ ba")):
        chooser.class_chosen.emit(label)
        qtbot.waitUntil(lambda brief=brief: row.summary == brief)
        own = min(sentences, key=row.advice.index)  # the class that is shown comes first
        assert own.index(f"“{brief[:2]}”") < own.index(f"“{brief[-2:]}”") or label == 2
    qtbot.waitUntil(lambda: chooser.path.startswith("c/"))
    click(qtbot, row.warning)
    assert page.preview.views.view == arrows.settings.preview_view == "classes"
    assert chooser.path.startswith("ab/")
    arrows.set_augmentation(AugmentationConfig(rotation=(-5, 5)))
    assert arrows.tried_augmentation.rotation == (-5, 5)
    assert not page.meaning.findings.warnings
    arrows.set_augmentation(FLIP)
    qtbot.waitUntil(lambda: row.advice != "", timeout=PATIENCE)
    arrows.change("dataset.fit", "crop")  # other images: nothing is known of them
    qtbot.waitUntil(lambda: page.meaning.findings is None)
    _known(qtbot, arrows)


@pytest.mark.parametrize("count", [12, 3], ids=["enough", "too few"])
def test_class_names_count_until_images_say_otherwise(qtbot: QtBot, draw: Draw, count: int) -> None:
    bar = np.array([(-9, -2), (9, -2), (9, 2), (-9, 2)])
    session = draw(count, left=bar, right=SQUARE)
    session.set_augmentation(FLIP)
    page = show_tiles(qtbot, session)
    row = page.panel.rows["horizontal_flip"]
    assert "left / right" in row.advice
    _known(qtbot, session)
    assert ("left / right" in row.advice) == (count == 3)


def test_leaving_the_page_and_training_end_it_and_it_starts_again(
    qtbot: QtBot, arrows: Session, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def load(*arguments: object) -> dict[str, object]:
        stop = arguments[-1]
        begun.set()
        stop.wait(20)
        ended.set()
        raise ThawError("stopped")

    monkeypatch.setattr(label_check, "load", load)
    page = show_tiles(qtbot, arrows)
    for end in (page.hide, arrows.start_training):
        qtbot.waitUntil(begun.is_set)
        end()
        assert ended.wait(20)
        assert not page.meaning.is_busy
        begun.clear()
        ended.clear()
        page.show()
    assert not page.meaning.is_busy  # it waits for the training
    finish(qtbot, arrows, training)
    qtbot.waitUntil(begun.is_set)
    page.hide()


def test_effects_that_harm_only_together_are_named_together(qtbot: QtBot, draw: Draw) -> None:
    session = draw(b=FLAG, d=FLAG * MIRRORED, square=SQUARE)
    session.set_augmentation(AugmentationConfig(vertical_flip=0.5, quarter_turns=0.75))
    page = show_tiles(qtbot, session)
    _known(qtbot, session)
    for effect in ("vertical_flip", "quarter_turns"):
        told = page.panel.rows[effect].advice
        assert "180°" in told
        assert "“Vertical flip”" in told
        assert "“Quarter turns”" in told
    session.set_augmentation(AugmentationConfig(vertical_flip=0.5))
    row = page.panel.rows["vertical_flip"]
    qtbot.waitUntil(lambda: row.advice == "")  # known at once: nothing is looked at again
    assert page.meaning.has_checked(session.tried_augmentation)


def test_harmful_presets_are_marked_and_explained(qtbot: QtBot, arrows: Session) -> None:
    page = show_tiles(qtbot, arrows)
    qtbot.waitUntil(lambda: page.panel.presets["standard"].is_risky, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not page.meaning.is_busy, timeout=PATIENCE)
    cards = page.panel.presets
    marked = {name for name, card in cards.items() if card.is_risky}
    assert marked >= {"standard", "strong", "keep_colors", "any_way_up"}
    assert marked.isdisjoint({"none", "light", "keep_sides"})
    flip = label_check.MeaningWarning(Parameters.of(horizontal_flip=True), "", "", 1, 2)
    when = advice.sentence(flip).rpartition("”")[2]
    assert when in cards["standard"].toolTip()
    assert when in cards["standard"].accessibleDescription()
    assert when not in cards["light"].toolTip()
    assert all(card.isEnabled() for card in cards.values())


def test_used_augmentation_is_checked_without_its_page(qtbot: QtBot, arrows: Session) -> None:
    window = MainWindow(arrows, FakePage)
    qtbot.addWidget(window)
    arrows.set_augmentation(FLIP)
    assert not arrows.meaning.is_busy, "nobody uses it"
    arrows.engine.state = EngineState.READY
    arrows.set_augmenting(True)
    qtbot.waitUntil(lambda: "ab ↔ ba" in window.run_bar.status.text, timeout=PATIENCE)
    assert "“ab”" in window.run_bar.status.toolTip()
    assert window.run_bar.button.isEnabled()
    status = rail.step_status("augment", arrows)
    assert status.state is rail.StepState.DOUBTFUL
    assert "“ab”" in status.more
    arrows.change("augmentation.horizontal_flip", 0.0)
    assert "ab ↔ ba" not in window.run_bar.status.text


def test_each_transformation_reads_differently_and_one_way_has_one_arrow() -> None:
    both = {"horizontal_flip": 0.5, "vertical_flip": 0.5}
    config = AugmentationConfig(**both, quarter_turns=0.5, rotation=(-30, 30), hue=(-90, 90))
    every = {
        *label_check.transformations(config),
        *label_check.transformations(AugmentationConfig(**both)),
    }
    warning = label_check.MeaningWarning
    told = {advice.sentence(warning(one, "a", "b", 9, 10)) for one in every}
    assert len(told) == len(every)
    assert any("−30°" in one for one in told)
    assert all(one.startswith("9 of 10 “a”") and "“b”" in one for one in told)
    flip, turn = (
        Parameters.of(horizontal_flip=one, quarter_turns=not one) for one in (True, False)
    )
    warnings = warning(flip, "a", "b", 9, 10), warning(turn, "c", "a", 9, 10)
    found = label_check.Findings(warnings, 9, 10)
    briefs = {shown: advice.of_all(found, shown)[1] for shown in ("", "a", "b", "c")}
    assert briefs == {"": "a → b", "a": "a → b", "b": "a → b", "c": "c → a"}


# -- the rate finder ------------------------------------------------------------------------


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    return replace_finder(monkeypatch)


def test_the_rate_finder_reports_each_step_and_the_end_or_its_failure(
    qtbot: QtBot, opened: Session, finder: FakeFinder, wakepy: FakeWakepy
) -> None:
    rates = opened.rates
    rates.start(1)
    assert rates.is_busy
    finder.say(*steps(3))
    qtbot.waitUntil(lambda: len(rates.tried) == 3)
    assert wakepy.is_awake
    finder.say(RateFound(2, 0.01, from_start=True))
    qtbot.waitUntil(lambda: not rates.is_busy)
    assert rates.found == RateFound(2, 0.01, from_start=True)
    assert finder.asked == [(opened.recipe, 1)]
    assert not wakepy.is_awake
    finder.say(ThawError("out_of_memory"))
    for code in ("out_of_memory", "weights_file_missing"):
        rates.start(0)
        assert rates.error is None
        qtbot.waitUntil(lambda: not rates.is_busy)
        assert rates.error.code == code
        opened.change("model.weights", "/nowhere/vgg16.pth")
    assert len(finder.asked) == 2


def test_no_rates_are_tried_without_images_or_while_a_run_trains_which_ends_them_first(
    qtbot: QtBot,
    session: Session,
    finder: FakeFinder,
    training: FakeTraining,
    picture_folder: PictureFolder,
) -> None:
    session.rates.start(0)
    assert not session.rates.is_busy
    open_folder(qtbot, session, picture_folder(per_class=5))
    session.rates.start(0)
    qtbot.waitUntil(lambda: bool(finder.asked))
    had_ended: list[bool] = []
    session.run_created.connect(lambda _run: had_ended.append(finder.stopped.is_set()))
    with qtbot.waitSignal(session.run_created):
        session.start_training()
        assert not session.rates.is_busy
    assert had_ended == [True]
    session.rates.start(0)
    assert not session.rates.is_busy
    assert len(finder.asked) == 1
    finish(qtbot, session, training)


# -- cached features ------------------------------------------------------------------------

ALL = {(Key(5, 0), "train"): 16, (Key(5, 0), "validation"): 4}


class Disk:
    """Stands for ``core.compute.features.store``: what is there, and who has asked."""

    def __init__(self) -> None:
        self.there: dict[Any, int] = ALL
        self.asked: list[RunConfig] = []
        self.known: list[Mapping[str, Any]] = []

    def held(self, config: RunConfig, _parts: object, known: Mapping[str, Any]) -> dict[Any, int]:
        self.asked.append(config)
        self.known.append(known)
        return self.there


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(feature_store, "held", made.held)
    return made


@pytest.fixture
def ready(measured: Session, disk: Disk) -> Session:
    """A session whose machine is measured; nothing was asked yet."""
    measured.change("stages", [{"epochs": 4}])
    return measured


def test_estimates_and_prices_follow_once_the_cache_is_known(
    qtbot: QtBot, ready: Session, disk: Disk
) -> None:
    assert not ready.settings.runs_folder.exists()
    ready.engine.speed = replace(SPEED, forward=(0.1,) * 5)
    ready.change("augmentation.rotation", [-10.0, 10.0])
    with qtbot.waitSignal(ready.engine_changed):
        cold, dear = ready.estimate(), price.prices(ready, 5)
    qtbot.waitUntil(lambda: not ready.held.is_busy)
    warm = ready.estimate()
    assert cold.features > 0
    assert warm.features == 0
    assert warm.total < cold.total
    assert price.prices(ready, 5)["off"].words != dear["off"].words
    assert len(disk.asked) == len({*disk.asked}) == 2, "plain images, and views"
    ready.change("stages.0.learning_rate", 0.01)  # another head's rate finds the same
    ready.estimate()
    assert not ready.held.is_busy
    assert disk.known == [{}, {}]  # each looked up once, without a run that knows the contents


def test_another_run_or_another_store_is_a_reason_to_look_again_once_it_has_ended(
    qtbot: QtBot, ready: Session, disk: Disk, training: FakeTraining
) -> None:
    disk.there = {}
    ready.engine.state = EngineState.MEASURING
    ready.estimate()
    assert not ready.held.is_busy
    ready.engine.state = EngineState.READY
    ready.estimate()
    qtbot.waitUntil(lambda: not ready.held.is_busy)
    assert list(disk.known) == [{}], "no run knows the images' contents"
    ready.change("stages.0.thawed", [5])
    ready.estimate()
    assert ready.held.is_busy
    ready.undo()
    with qtbot.waitSignal(ready.run_created):
        ready.start_training()
    ready.estimate()
    assert not ready.held.is_busy
    finish(qtbot, ready, training)
    disk.there = ALL
    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    assert len(disk.known[-1]) == 20
    cache_budget.root().mkdir(parents=True)
    disk.there = {}
    with qtbot.waitSignal(ready.engine_changed):
        assert ready.estimate().features == 0
    assert ready.estimate().features > 0


def test_another_folder_and_a_failure_leave_the_price_of_all(
    qtbot: QtBot, ready: Session, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ThawError("weights_missing", path="vgg16.safetensors")

    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    assert ready.estimate().features == 0
    monkeypatch.setattr(feature_store, "held", missing)
    open_folder(qtbot, ready, picture_folder(per_class=10, name="other"))
    ready.change("stages", [{"epochs": 4}])
    before = ready.estimate().features
    assert before > 0
    qtbot.waitUntil(lambda: not ready.held.is_busy)
    assert ready.estimate().features == before


# -- experiments ----------------------------------------------------------------------------

FIT = Fit(32, 2, 4, 60.0)


class FakeRun:
    """Stands in for ``experiment_run``: says that a run trains, and waits for a stop."""

    def __init__(self) -> None:
        self.begun: list[Experiment] = []
        self.may_end = threading.Event()
        self.error: ThawError | None = None
        self.had: tuple[float, ...] = ()

    def begin(self, _directory: Path, experiment: Experiment, *_more: object) -> None:
        if self.error is not None:
            raise self.error
        self.begun.append(experiment)

    def run(self, directory: Path, control: Control, _speed: object) -> Iterator[object]:
        score = Score(1.0, 0.5, 10)
        yield experiment_run.ExperimentStarted(directory, 6, 0, 60.0)
        yield experiment_run.ArmBegun("fine-tuned", 1, directory / "run", 4, self.had)
        if self.had:
            yield experiment_run.Told("fine-tuned", 1, RunResumed(epochs=1))
        yield experiment_run.Told("fine-tuned", 1, EpochFinished(1, 1, score, score))
        yield experiment_run.ExperimentProgress(0.25, 45.0)
        while not control.stop.wait(0.01) and not self.may_end.is_set():
            pass
        if control.stop.is_set():
            yield ExperimentFinished("stopped")
            return
        yield experiment_run.ArmEnded("fine-tuned", 1, "finished")
        yield ExperimentFinished("finished")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    made = FakeRun()
    monkeypatch.setattr(experiment_run, "begin", made.begin)
    monkeypatch.setattr(experiment_run, "run", made.run)
    return made


def started(qtbot: QtBot, session: Session, kind: str = "transfer", fit: Fit = FIT) -> None:
    with qtbot.waitSignal(session.experiments.changed, timeout=20_000):
        session.experiments.start(kind, fit)
    qtbot.waitUntil(lambda: session.experiments.share > 0, timeout=PATIENCE)


def test_an_experiment_trains_its_plan_and_nothing_trains_beside_it(
    qtbot: QtBot, measured: Session, fake: FakeRun
) -> None:
    jobs = measured.experiments
    started(qtbot, measured)
    why = measured.why_not_trainable()
    assert why.code == "experiment_runs"
    measured.start_training()
    assert not measured.is_training
    assert measured.is_busy_training
    told = experiment_words.progress(jobs, {"fine-tuned": "its name"})
    assert told.startswith("its name")
    assert "epoch 2 of 4" in told
    with qtbot.waitSignal(jobs.running_changed):
        jobs.stop()
    assert jobs.finished == ExperimentFinished("stopped")
    assert measured.why_not_trainable() is None
    [experiment] = fake.begun
    assert experiment.seeds == (0, 1)
    assert {one.recipe.dataset.image_size for one in experiment.arms} == {32}
    assert [sum(stage.epochs for stage in one.recipe.stages) for one in experiment.arms] == [4] * 3
    fake.had = (0.2, 0.3)  # of a run that resumes
    started(qtbot, measured)
    assert jobs.doing.accuracies == [0.2, 0.5], "the second, kept by no checkpoint, came again"
    assert "epoch 3 of 4" in experiment_words.progress(jobs, {})
    with qtbot.waitSignal(jobs.running_changed):
        fake.may_end.set()
    assert jobs.runs_done == 1
    assert jobs.directory is not None


def test_an_experiment_that_cannot_start_leaves_the_machine(
    qtbot: QtBot, session: Session, fake: FakeRun, picture_folder: PictureFolder
) -> None:
    jobs = session.experiments
    jobs.start("transfer", FIT)  # no images
    assert not jobs.is_running
    assert jobs.fit("transfer", 10, None, None, None) is None
    open_folder(qtbot, session, picture_folder(per_class=10))
    fake.error = ThawError("experiment_unwritable", path="x", reason="full")
    with qtbot.waitSignals([jobs.running_changed, jobs.running_changed], timeout=PATIENCE):
        jobs.start("transfer", FIT)
    assert jobs.error is fake.error
    assert session.why_not_trainable() is None


def test_the_queue_takes_the_present_recipe(qtbot: QtBot, measured: Session, fake: FakeRun) -> None:
    jobs = measured.experiments
    window = QWidget()
    qtbot.addWidget(window)
    actions = RunActions(measured, window)
    actions.queue.trigger()
    measured.change("dataset.image_size", 64)
    actions.queue.trigger()
    assert [title.split(",")[1] for title, _ in jobs.queue] == [" 224 px", " 64 px"]
    assert "2" in actions.queue.text()
    fit = jobs.fit(CUSTOM, 10, None, 2, None)
    assert fit.seeds == 2
    assert fit.seconds > 0
    started(qtbot, measured, CUSTOM, fit)
    experiment = fake.begun[0]
    assert experiment.finder_steps == 0, "recipes of a queue have rates of their own"
    assert [one.recipe.dataset.image_size for one in experiment.arms] == [224, 64]
    jobs.remove(0)
    again = Session(Settings(measured.settings.folder))
    assert again.experiments.queue == jobs.queue == [(jobs.queue[0][0], measured.recipe)]
    again.close()


def test_a_damaged_queue_stops_no_start(tmp_path: Path) -> None:
    recipe = {"title": "a", "recipe": {}}
    for damaged in ([], {"queue": 3}, "{"):
        (tmp_path / "queue.json").write_text(damaged if damaged == "{" else json.dumps(damaged))
        assert load_queue(tmp_path) == []
    kept = {"queue": [3, recipe, {"title": "b", "recipe": {"seed": -1}}]}
    (tmp_path / "queue.json").write_text(json.dumps(kept))
    assert [title for title, _ in load_queue(tmp_path)] == ["a"]


def test_closing_stops_the_experiment_first(qtbot: QtBot, measured: Session, fake: FakeRun) -> None:
    window = MainWindow(measured, FakePage)
    qtbot.addWidget(window)
    window.show()
    started(qtbot, measured)
    window.close()
    assert window.isVisible()
    box = window.findChild(ClosingQuestion)
    stops = QMessageBox.ButtonRole.AcceptRole
    with qtbot.waitSignal(measured.experiments.running_changed):
        next(one for one in box.buttons() if box.buttonRole(one) == stops).click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert measured.experiments.finished == ExperimentFinished("stopped")
