"""The Train page, driven as a person would: before, during and after a run."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    Event,
    Notice,
    Preparing,
    RunFinished,
    StageEnded,
    StageStarted,
)
from gui.base import theme
from gui.session.session import Session
from gui.session.settings import Settings
from gui.train.page import TrainPage
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, open_folder
from tests.support.window.scripted import (
    STARTED,
    ScriptedTraining,
    batches,
    epoch,
    replace_training,
    two_stages,
)

Say = Callable[..., None]


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    settings = Settings(tmp_path / "settings")
    settings.runs_folder = tmp_path / "runs"
    session = Session(settings)
    yield session
    session.close()


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> TrainPage:
    page = TrainPage(session)
    qtbot.addWidget(page)
    page.resize(1080, 640)
    page.show()
    return page


@pytest.fixture
def training(
    qtbot: QtBot,
    session: Session,
    page: TrainPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ScriptedTraining]:
    """A run that was started with the page's button."""
    scripted = replace_training(monkeypatch)
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.run_created):
        qtbot.mouseClick(page.status.train_button, Qt.MouseButton.LeftButton)
    yield scripted
    if session.is_training:
        with qtbot.waitSignal(session.training_finished):
            scripted.say(RunFinished("stopped"))


@pytest.fixture
def say(qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining) -> Say:
    """Let the run yield events, and wait until the page has taken them in."""

    def say(*events: Event) -> None:
        last = events[-1]
        with qtbot.waitSignal(session.event_received, check_params_cb=lambda one: one is last):
            training.say(*events)
        page.refresh()

    return say


@pytest.fixture
def end(qtbot: QtBot, session: Session, training: ScriptedTraining) -> Say:
    """Let the run yield its last events, and wait until its thread has ended."""

    def end(*events: Event) -> None:
        with qtbot.waitSignal(session.training_finished):
            training.say(*events)

    return end


def headline(page: TrainPage) -> str:
    return page.status.headline.text().replace("\xa0", " ")


# -- before a run ---------------------------------------------------------------------------


def test_without_pictures_train_says_what_is_missing(
    qtbot: QtBot, session: Session, page: TrainPage, picture_folder: PictureFolder
) -> None:
    assert not page.status.train_button.isEnabled()
    assert "pick a folder" in page.status.problem.text()
    open_folder(qtbot, session, picture_folder())
    assert page.status.train_button.isEnabled()
    assert not page.status.problem.isVisible()


def test_what_will_happen_is_told_before_it_does(page: TrainPage, session: Session) -> None:
    assert "Stage 2 thaws block 5" in page.status.detail.text()
    session.change("stages.1.thawed", [4, 5])
    assert "Stage 2 thaws blocks 4, 5" in page.status.detail.text()
    assert page.plan.strip.thawed == ((), (4, 5))
    assert not page.status.stop_button.isVisible()
    assert not page.status.results_button.isVisible()
    assert page.canvas.isVisible()


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("stages.0.epochs", "7", 7),
        ("stages.0.learning_rate", "0,001", 0.001),
        ("stages.1.learning_rate", "1e-4", 1e-4),
        ("stages.1.backbone_factor", "0.05", 0.05),
    ],
)
def test_a_field_changes_the_recipe(
    qtbot: QtBot, session: Session, page: TrainPage, key: str, typed: str, value: float
) -> None:
    field = page.plan.field(key)
    field.selectAll()
    qtbot.keyClicks(field, typed)
    _, index, name = key.split(".")
    assert getattr(session.recipe.stages[int(index)], name) == value


def test_the_convnet_learns_at_a_fifth_unless_told_otherwise(
    qtbot: QtBot, session: Session, page: TrainPage
) -> None:
    assert page.plan.field("stages.1.backbone_factor").text() == "0.2"
    assert page.plan.field("stages.1.backbone_factor").isEnabled()
    assert not page.plan.field("stages.0.backbone_factor").isEnabled()
    session.undo()
    session.change("stages.0.thawed", [5])
    assert page.plan.field("stages.0.backbone_factor").isEnabled()


def test_a_stage_without_augmentation_is_planned_with_kept_features(
    session: Session, page: TrainPage
) -> None:
    session.set_augmenting(True)
    assert "augmented pictures pass through them" in page.status.detail.text()
    session.change("stages.0.augment", False)
    assert "its outputs are computed only once" in page.status.detail.text()


def test_undo_shows_in_the_fields(qtbot: QtBot, session: Session, page: TrainPage) -> None:
    field = page.plan.field("stages.0.epochs")
    field.selectAll()
    qtbot.keyClicks(field, "5")
    session.undo()
    assert field.text() == "20"


def test_a_value_that_the_recipe_refuses_is_explained(page: TrainPage, session: Session) -> None:
    before = session.recipe
    page.plan.changed.emit("stages.0.epochs", 0)
    assert session.recipe == before
    assert "stages.0.epochs (stage 1) is 0: it must be at least 1" in page.hint.text()
    page.plan.changed.emit("stages.0.epochs", 3)
    assert "stages.0.epochs" not in page.hint.text()


def test_more_stages_than_fit_can_be_scrolled_to(page: TrainPage, session: Session) -> None:
    session.change("stages", [{"epochs": number + 1} for number in range(6)])
    assert page.plan.field("stages.5.epochs").text() == "6"
    assert page.stages.height() < page.plan.height_of(6)
    session.change("stages", [{"epochs": 4}])
    assert len(page.plan.rows) == 1


# -- while a run trains ---------------------------------------------------------------------


def test_the_running_recipe_is_locked(
    qtbot: QtBot, session: Session, page: TrainPage, say: Say, end: Say
) -> None:
    keys = ("stages.0.epochs", "stages.0.learning_rate", "stages.1.backbone_factor")
    assert not any(page.plan.field(key).isEnabled() for key in keys)
    assert page.hint.text() == "The running recipe is locked; changes are for the next run."
    session.change("stages.0.epochs", 3)
    assert page.plan.field("stages.0.epochs").text() == "20"
    end(*two_stages(), RunFinished("finished", 1, 2))
    assert all(page.plan.field(key).isEnabled() for key in keys)
    assert page.plan.field("stages.0.epochs").text() == "3"


def test_computing_features_shows_pictures_seconds_and_what_follows(
    page: TrainPage, say: Say
) -> None:
    progress = CacheProgress(1, 120, 480, seconds_left=25.2, epoch_seconds=0.4)
    say(STARTED, StageStarted(1, 2), *batches(1, 1, 3)[:2], progress)
    assert headline(page) == (
        "Computing the frozen blocks' outputs: 120 of 480 pictures, 25 s left. "
        "Afterwards an epoch takes about 0.4 s."
    )
    assert page.status.bar.isVisible()


def test_the_bar_never_goes_back_when_the_features_are_there(page: TrainPage, say: Say) -> None:
    say(STARTED, StageStarted(1, 20))
    shown = []
    for event in (
        CacheProgress(1, 120, 480),
        CacheProgress(1, 360, 480),
        BatchFinished(1, 1, 4, 4),
        CacheProgress(1, 480, 480),
        epoch(1, 1, 90),
        *batches(1, 2, 4),
    ):
        say(event)
        shown.append(page.status.bar.value())
    assert 0 < shown[0] < shown[1]
    assert shown == sorted(shown)


def test_while_views_are_computed_the_others_are_told(
    session: Session, page: TrainPage, say: Say
) -> None:
    session.engine.speed = SPEED
    views = session.recipe.augmentation.model_copy(update={"rotation": (-9, 9), "cached_views": 3})
    session.running_recipe = session.recipe.model_copy(update={"augmentation": views})
    say(STARTED, StageStarted(1, 20), CacheProgress(1, 120, 480, epoch_seconds=0.4))
    assert headline(page).endswith("Each of the next 2 epochs computes one more view.")
    say(epoch(1, 1, 90), epoch(1, 2, 90), CacheProgress(1, 120, 384, epoch_seconds=0.4))
    assert headline(page).endswith("Afterwards an epoch takes about 0.4 s.")


def test_progress_names_stage_epoch_and_batch(page: TrainPage, say: Say) -> None:
    say(STARTED, StageStarted(1, 20), *batches(1, 1, 4))
    assert headline(page).startswith("Stage 1 of 2 · epoch 1 of 20 · batch 4 of 4")
    assert page.plan.strip.running == 1
    say(epoch(1, 1, 90), StageStarted(2, 10, (5,)), batches(2, 1, 4)[0])
    assert headline(page).startswith("Stage 2 of 2 · epoch 1 of 10 · batch 1 of 4")
    assert page.plan.strip.running == 2


def test_time_left_is_told_once_it_is_known(page: TrainPage, session: Session, say: Say) -> None:
    session.running_recipe = session.recipe.model_copy(update={"stages": session.recipe.stages[:1]})
    say(STARTED, StageStarted(1, 20), epoch(1, 1, 90), epoch(1, 2, 90))
    assert headline(page) == "Stage 1 of 1 · epoch 3 of 20 · 7 s left"


def test_curves_and_score_grow_by_themselves(
    qtbot: QtBot, page: TrainPage, training: ScriptedTraining
) -> None:
    training.say(*two_stages())
    qtbot.waitUntil(lambda: page.score.share.text().replace("\xa0", " ") == "91.1 %")
    assert page.score.count.text() == "164 of 180 pictures"
    assert page.score.interval.text().replace("\xa0", " ") == "95 % interval: 86 to 94 %"
    origin = page.score.origin.text().replace("\n", " ")
    assert origin == "best epoch so far: 2, chosen on these pictures"

    def drawn() -> bool:
        figure = page.canvas.figure
        return figure is not None and len(list(figure.loss_lines.train.get_xdata())) == 3  # type: ignore[arg-type]

    qtbot.waitUntil(drawn, timeout=60_000)
    qtbot.waitUntil(lambda: page.is_settled)


def test_the_batch_that_trains_is_seen(
    qtbot: QtBot, session: Session, page: TrainPage, say: Say
) -> None:
    assert session.summary is not None
    assert not page.batch.isVisible()
    folder = session.summary.folder
    names = tuple(one.path for one in session.summary.samples[:3])
    say(STARTED, StageStarted(1, 20), BatchFinished(1, 1, 1, 2, 4, 1.0, 0.5, names))
    qtbot.waitUntil(lambda: page.batch.shown == tuple(folder / name for name in names))
    assert page.batch.isVisible()


def test_notices_are_listed_with_their_count(page: TrainPage, say: Say) -> None:
    assert not page.notices.isVisible()
    skipped = Notice("picture_skipped", {"path": "red/1.jpg", "reason": "the file is empty"})
    say(STARTED, skipped, Notice("augmented_features"))
    listed = page.notices.list
    assert page.notices.heading.text() == "Notices (2)"
    assert [listed.item(row).text() for row in range(listed.count())] == [
        "red/1.jpg was skipped: the file is empty",
        "Augmentation is on: the frozen blocks are computed again each epoch",
    ]


def test_stop_is_answered_at_once_and_keeps_the_best_epoch(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, say: Say, end: Say
) -> None:
    say(*two_stages())
    qtbot.mouseClick(page.status.stop_button, Qt.MouseButton.LeftButton)
    assert session.is_stopping
    assert training.control is not None
    assert training.control.stop.is_set()
    assert page.status.stop_button.text() == "Stopping…"
    assert not page.status.stop_button.isEnabled()
    assert headline(page) == "Stopping…"
    end(RunFinished("stopped", 1, 2))
    assert headline(page).startswith("Stopped: 91.1 %, 164 of 180")
    assert page.status.results_button.isVisible()
    assert page.status.train_button.isEnabled()
    assert not page.status.stop_button.isVisible()


def test_a_hidden_page_catches_up_when_it_is_shown(
    qtbot: QtBot, page: TrainPage, session: Session, training: ScriptedTraining
) -> None:
    page.hide()
    last = two_stages()[-1]
    with qtbot.waitSignal(session.event_received, check_params_cb=lambda one: one == last):
        training.say(*two_stages())
    assert "91.1" not in page.score.share.text()
    page.show()
    assert "91.1" in page.score.share.text()
    assert not page.is_settled
    qtbot.waitUntil(lambda: page.is_settled, timeout=60_000)
    figure = page.canvas.figure
    assert figure is not None
    assert figure.best_mark.label.get_text().startswith("best: 2")


def test_a_pause_is_seen_and_resumed_where_it_was_begun(
    qtbot: QtBot, session: Session, page: TrainPage, say: Say
) -> None:
    say(STARTED, StageStarted(1, 20), *batches(1, 1, 4))
    assert page.status.steer_button.text() == "Pause"
    qtbot.mouseClick(page.status.steer_button, Qt.MouseButton.LeftButton)
    assert session.is_paused
    assert headline(page).startswith("Paused · Stage 1 of 2 · epoch 1 of 20")
    assert page.status.steer_button.text() == "Resume"
    qtbot.mouseClick(page.status.steer_button, Qt.MouseButton.LeftButton)
    assert not session.is_paused
    assert headline(page).startswith("Stage 1 of 2")


def test_a_pause_before_the_first_word_is_seen_too(
    session: Session, page: TrainPage, training: ScriptedTraining
) -> None:
    session.pause_training()
    assert headline(page) == "Loading PyTorch… · pauses then"
    session.go_on_training()
    assert headline(page) == "Loading PyTorch…"


def test_what_was_asked_for_the_epochs_end_is_told(
    session: Session, page: TrainPage, say: Say
) -> None:
    say(STARTED, StageStarted(1, 20), *batches(1, 1, 4))
    session.finish_epoch()
    assert headline(page).endswith("stops after this epoch")
    session.next_stage()
    assert headline(page).endswith("next stage after this epoch")


def test_a_stage_that_a_person_ended_moves_the_next_one_up(
    qtbot: QtBot, page: TrainPage, say: Say
) -> None:
    say(STARTED, StageStarted(1, 2), StageEnded(1, 1), epoch(1, 1, 90))
    say(StageStarted(2, 3, (5,)), epoch(2, 1, 120))
    qtbot.waitUntil(lambda: page.canvas.figure is not None, timeout=60_000)
    qtbot.waitUntil(lambda: page.is_settled, timeout=60_000)
    figure = page.canvas.figure
    assert figure is not None
    assert list(figure.loss_lines.train.get_xdata()) == [1, 2]  # type: ignore[arg-type]
    assert [list(line.get_xdata()) for line in figure.stages.boundaries] == 3 * [[1, 1]]  # type: ignore[arg-type]
    assert figure.loss.get_xlim()[1] == pytest.approx(4 * 1.01)


# -- after a run ----------------------------------------------------------------------------


def test_a_finished_run_leads_to_its_results(qtbot: QtBot, page: TrainPage, end: Say) -> None:
    end(*two_stages(), RunFinished("finished", 1, 2))
    assert headline(page) == (
        "Finished: 91.1 %, 164 of 180 validation pictures, at epoch 2: "
        "chosen as the best on these pictures."
    )
    assert "best epoch: 2" in page.score.origin.text()
    assert not page.batch.isVisible()
    with qtbot.waitSignal(page.navigate) as going:
        qtbot.mouseClick(page.status.results_button, Qt.MouseButton.LeftButton)
    assert going.args == ["results"]


def test_longer_words_have_air_beside_them(page: TrainPage, end: Say) -> None:
    end(*two_stages(), RunFinished("stopped", 1, 2))
    buttons = page.status.results_button, page.status.steer_button
    for button in buttons:
        words = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= words + button.iconSize().width() + 20
    assert all(one.height() == page.status.train_button.height() for one in buttons)


def test_a_failed_run_says_why_in_red(page: TrainPage, end: Say) -> None:
    end(STARTED, RunFinished("failed", code="out_of_memory"))
    assert headline(page).startswith("Failed: There is not enough memory for this recipe.")
    shown = page.status.headline.palette().windowText().color()
    assert shown == theme.data_color("wrong")
    assert not page.status.results_button.isVisible()


def test_a_run_that_cannot_begin_says_why(
    qtbot: QtBot, session: Session, page: TrainPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.training_finished):
        qtbot.mouseClick(page.status.train_button, Qt.MouseButton.LeftButton)
    assert "cannot be written" in headline(page)
    assert page.status.train_button.isEnabled()


def test_the_next_run_begins_anew(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, end: Say
) -> None:
    end(*two_stages(), Notice("augmented_features"), RunFinished("finished", 1, 2))
    assert page.notices.isVisible()
    with qtbot.waitSignal(session.run_created):
        qtbot.mouseClick(page.status.train_button, Qt.MouseButton.LeftButton)
    assert not page.notices.isVisible()
    assert page.score.count.text() == ""
    assert page.status.stop_button.isVisible()


# -- the room it takes ----------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(968, 590), (1224, 530)])
def test_nothing_is_out_of_reach_in_a_small_window(
    qtbot: QtBot, page: TrainPage, say: Say, width: int, height: int
) -> None:
    say(*two_stages(), *[Notice("augmented_features")] * 5)
    page.resize(width, height)
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= width
    assert page.minimumSizeHint().height() <= height
    assert page.size().toTuple() == (width, height)
    for widget in (page.status.stop_button, page.canvas, page.score, page.stages):
        place = widget.rect().translated(widget.mapTo(page, widget.rect().topLeft()))
        assert page.rect().contains(place), widget
    assert page.canvas.height() >= 240


def test_what_takes_a_while_before_the_run_is_told(page: TrainPage, say: Say) -> None:
    say(Preparing("preparing_gradient", {"block": 1}))
    assert headline(page).startswith("Measuring how many pictures at once suit training from bloc")
    assert page.status.stop_button.isEnabled()
    say(STARTED)
    assert headline(page) in ("Loading PyTorch…", "Preparing the run…")
    say(StageStarted(1, 2))
    assert headline(page).startswith("Stage 1 of 2")


def test_the_row_that_trains_is_scrolled_into_sight(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, end: Say, say: Say
) -> None:
    end(RunFinished("stopped"))
    session.change("stages", [{"epochs": 1}] * 6)
    session.start_training()
    say(replace(STARTED, epochs=(1,) * 6, thawed=((),) * 6))

    def seen(stage: int) -> bool:
        row, header = page.plan.rows[stage - 1], page.plan.strip.header_height
        top = row.mapTo(page.stages.viewport(), QPoint()).y()
        return header <= top <= page.stages.viewport().height() - row.height()

    say(StageStarted(1, 1))
    assert seen(1)
    assert not seen(5)
    say(epoch(1, 1, 90), StageStarted(5, 1))
    qtbot.waitUntil(lambda: seen(5))
    page.stages.verticalScrollBar().setValue(0)
    say(*batches(5, 1, 2))
    QApplication.processEvents()
    assert seen(1), "it stays where a person scrolled it"
    say(epoch(5, 1, 90), StageStarted(6, 1))
    qtbot.waitUntil(lambda: seen(6))


def test_fields_and_buttons_have_names_and_are_reached_by_keys(page: TrainPage) -> None:
    for row in page.plan.rows:
        for name in ("epochs", "learning_rate", "backbone_factor"):
            assert row.field(name).accessibleName()
            assert row.field(name).focusPolicy() & Qt.FocusPolicy.TabFocus
    for button in (page.status.train_button, page.status.stop_button, page.status.results_button):
        assert button.text()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_stopped_run_is_resumed_from_the_page(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, end: Say
) -> None:
    end(*two_stages(), RunFinished("stopped", 1, 2))
    assert page.status.steer_button.text() == "Resume the run"
    with qtbot.waitSignal(session.run_created):
        qtbot.mouseClick(page.status.steer_button, Qt.MouseButton.LeftButton)
    assert session.is_training
    assert headline(page) in ("Loading PyTorch…", "Preparing the run…")


def test_a_finished_run_offers_more_epochs(page: TrainPage, end: Say) -> None:
    end(*two_stages(), RunFinished("finished", 1, 2))
    assert page.status.steer_button.isVisible()
    assert page.status.steer_button.text() == "More epochs…"


def test_a_run_that_is_shown_takes_the_last_failure_away(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, end: Say
) -> None:
    end(*two_stages(), RunFinished("stopped", 1, 2))
    assert session.run is not None
    session.training_failed.emit(ThawError("run_missing", path="/gone"))
    assert "There is no run" in headline(page)
    with qtbot.waitSignal(session.run_shown):
        session.show_run(session.run.directory)
    assert headline(page).startswith("Stopped: ")
