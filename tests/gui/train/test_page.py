"""The Train page, driven as a person would: before, during and after a run, and a replay of one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError, sentence
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
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
from core.runs.history import History, fold
from core.runs.replay import TWO_STAGES
from gui.base import theme
from gui.runs import words as run_words
from gui.session.session import Session
from gui.train import words as train_words
from gui.train.page import TrainPage
from gui.train.replay import ReplayActions
from tests.support.pictures import PictureFolder
from tests.support.runs import recorded_run
from tests.support.window.fakes import (
    SPEED,
    STARTED,
    ScriptedTraining,
    batches,
    epoch,
    open_folder,
    script_training,
    two_stages,
)
from tests.support.wording import said

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000  # milliseconds: matplotlib's first list of fonts takes a while

Say = Callable[..., None]


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> TrainPage:
    page = TrainPage(session)
    qtbot.addWidget(page)
    page.resize(1080, 640)
    with qtbot.waitExposed(page):
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
    scripted = script_training(monkeypatch)
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.run_created):
        qtbot.mouseClick(page.status.train_button, LEFT)
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


def click(qtbot: QtBot, page: TrainPage, button: str) -> None:
    qtbot.mouseClick(getattr(page.status, f"{button}_button"), LEFT)


# -- before a run ---------------------------------------------------------------------------


def test_without_images_train_is_off_and_says_why(
    qtbot: QtBot, session: Session, page: TrainPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    status = page.status
    assert not status.train_button.isEnabled()
    assert "no_dataset" in said(status.problem.text())
    assert not status.stop_button.isVisible()
    assert not status.results_button.isVisible()
    assert page.canvas.isVisible()
    (tmp_path / "file").touch()
    session.settings.runs_folder = tmp_path / "file"
    open_folder(qtbot, session, picture_folder())
    assert status.train_button.isEnabled()
    assert not status.problem.isVisible()
    with qtbot.waitSignal(session.training_finished):
        click(qtbot, page, "train")
    assert "run_folder_unwritable" in said(headline(page))
    assert status.train_button.isEnabled()


def test_a_field_changes_the_recipe_and_follows_it(
    qtbot: QtBot, session: Session, page: TrainPage
) -> None:
    for key, typed, value in (
        ("stages.0.epochs", "7", 7),
        ("stages.0.learning_rate", "0,001", 0.001),
        ("stages.1.learning_rate", "1e-4", 1e-4),
        ("stages.1.backbone_factor", "0.05", 0.05),
    ):
        field = page.plan.field(key)
        before = field.text()
        field.selectAll()
        qtbot.keyClicks(field, typed)
        _, index, name = key.split(".")
        assert getattr(session.recipe.stages[int(index)], name) == value
        session.undo()
        assert field.text() == before
    recipe = session.recipe
    page.plan.changed.emit("stages.0.epochs", 0)
    assert session.recipe == recipe
    assert "stages.0.epochs" in page.hint.text()
    page.plan.changed.emit("stages.0.epochs", 3)
    assert "stages.0.epochs" not in page.hint.text()


def test_the_plan_follows_the_recipe(page: TrainPage, session: Session) -> None:
    assert page.plan.field("stages.1.backbone_factor").text() == "0.2"
    factors = [page.plan.field(f"stages.{stage}.backbone_factor") for stage in (0, 1)]
    assert [one.isEnabled() for one in factors] == [False, True]
    before = page.status.detail.text()
    session.change("stages.1.thawed", [4, 5])
    assert page.status.detail.text() != before
    assert page.plan.strip.thawed == ((), (4, 5))
    session.change("stages", [{"epochs": number + 1, "thawed": [5]} for number in range(6)])
    assert page.plan.field("stages.0.backbone_factor").isEnabled()
    assert page.plan.field("stages.5.epochs").text() == "6"
    assert page.stages.height() < page.plan.height_of(6)  # it scrolls
    session.change("stages", [{"epochs": 4}])
    assert len(page.plan.rows) == 1


def test_the_plan_has_a_line_for_each_stage_up_to_three() -> None:
    plain = train_words.plan(RunConfig()).splitlines()
    assert len(plain) == 2
    for line, values in zip(plain, (("1", "20"), ("2", "5", "10")), strict=True):
        assert all(value in line for value in values)
    augmented = RunConfig(
        augmentation=AugmentationConfig(horizontal_flip=0.5),
        stages=(StageConfig(epochs=20), StageConfig(epochs=2, thawed=(4, 5))),
    )
    first, second = train_words.plan(augmented).splitlines()
    assert first != plain[0]  # no features are cached
    assert "4, 5" in second
    off = augmented.model_copy(update={"stages": (StageConfig(epochs=20, augment=False),)})
    assert train_words.plan(off).splitlines() == plain[:1]
    many = train_words.plan(RunConfig(stages=(StageConfig(epochs=1),) * 5)).splitlines()
    assert len(many) == 4
    assert "2" in many[3]


# -- while a run trains ---------------------------------------------------------------------


def test_computing_features_says_how_many_how_long_and_what_follows() -> None:
    known = CacheProgress(1, 120, 480, seconds_left=25.2, epoch_seconds=0.41)
    unknown = train_words.computing(CacheProgress(1, 2, 480))
    told = [train_words.computing(known, views) for views in (0, 1, 2)]
    assert len({*told, unknown}) == 4
    for one in told:
        assert "120 of 480" in one
        assert "25 s" in one.replace("\xa0", " ")
    assert "0.4 s" in told[0].replace("\xa0", " ")
    assert "2 of 480" in unknown


def test_the_bar_never_goes_back_when_features_are_there_and_later_views_are_counted(
    session: Session, page: TrainPage, say: Say
) -> None:
    session.engine.speed = SPEED
    views = session.recipe.augmentation.model_copy(update={"rotation": (-9, 9), "cached_views": 3})
    session.running_recipe = session.recipe.model_copy(update={"augmentation": views})
    say(STARTED, StageStarted(1, 20))
    shown = []
    first, *more = [CacheProgress(1, done, 480, epoch_seconds=0.4) for done in (120, 360, 480)]
    trained = BatchFinished(1, 1, 4, 4)
    for event in (first, more[0], trained, more[1], epoch(1, 1, 90), *batches(1, 2, 4)):
        say(event)
        shown.append(page.status.bar.value())
        if event is first:
            assert headline(page) == train_words.computing(first, 2).replace("\xa0", " ")
    assert page.status.bar.isVisible()
    assert 0 < shown[0] < shown[1]
    assert shown == sorted(shown)
    last = CacheProgress(1, 120, 384)
    say(epoch(1, 2, 90), last)
    assert headline(page) == train_words.computing(last).replace("\xa0", " ")


def test_progress_names_stage_epoch_time_and_what_was_asked_for(
    qtbot: QtBot, session: Session, page: TrainPage, say: Say
) -> None:
    loading, pause = headline(page), page.status.steer_button.text()
    session.pause_training()
    assert headline(page).startswith(loading)
    assert headline(page) != loading
    session.go_on_training()
    assert headline(page) == loading
    say(Preparing("preparing_speed"))
    assert headline(page).lower() == sentence("preparing_speed", {}).lower()
    assert page.status.stop_button.isEnabled()
    say(STARTED)
    assert headline(page) == loading
    say(StageStarted(1, 20), *batches(1, 1, 4))
    running = headline(page)
    assert running.startswith("Stage 1 of 2 · epoch 1 of 20 · batch 4 of 4")
    assert page.plan.strip.running == 1
    click(qtbot, page, "steer")
    assert session.is_paused
    assert headline(page).endswith(running)
    assert headline(page) != running
    assert page.status.steer_button.text() != pause
    click(qtbot, page, "steer")
    assert not session.is_paused
    told, in_brief = [headline(page)], {train_words.progress_line(session)}
    for ask in (session.finish_epoch, session.next_stage):
        ask()
        told.append(headline(page))
        in_brief.add(train_words.progress_line(session))
    assert len(set(told)) == len(in_brief) == 3
    assert all(one.startswith(running) for one in told)
    say(epoch(1, 1, 90), StageStarted(2, 10, (5,)), batches(2, 1, 4)[0])
    assert headline(page).startswith("Stage 2 of 2 · epoch 1 of 10 · batch 1 of 4")
    assert page.plan.strip.running == 2
    say(epoch(2, 1, 90), epoch(2, 2, 90))
    assert " · 3 s left" in headline(page)
    computing = CacheProgress(2, 120, 480, epoch_seconds=0.4)
    say(computing)
    assert headline(page) == train_words.computing(computing).replace("\xa0", " ")


def test_a_hidden_page_catches_up_when_it_is_shown(
    qtbot: QtBot, page: TrainPage, session: Session, training: ScriptedTraining
) -> None:
    page.hide()
    last = RunFinished("stopped", 1, 2)
    with qtbot.waitSignal(session.training_finished):
        training.say(*two_stages()[:4], StageEnded(1, 1), *two_stages()[4:5])
        training.say(StageStarted(2, 3, (5,)), epoch(2, 1, 164), last)
    assert "91.1" not in page.score.share.text()
    page.show()
    assert "91.1" in page.score.share.text()
    assert not page.is_settled
    qtbot.waitUntil(lambda: page.is_settled, timeout=PATIENCE)
    figure = page.canvas.figure
    assert figure.best_mark.label.get_text().startswith("best: 2")
    # the stage that a person ended moved the next one up
    assert list(figure.loss.train.get_xdata()) == [1, 2]
    assert [list(line.get_xdata()) for line in figure.stages.boundaries] == 3 * [[1, 1]]
    assert figure.loss.axes.get_xlim()[1] == pytest.approx(4 * 1.01)


def test_the_batch_that_trains_and_notices_are_seen(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, say: Say
) -> None:
    assert not page.batch.isVisible()
    assert not page.notices.isVisible()
    folder = session.summary.folder
    names = tuple(one.path for one in session.summary.samples[:3])
    skipped = Notice("picture_skipped", {"path": "red/1.jpg", "reason": "empty"})
    batch = BatchFinished(1, 1, 1, 2, 4, 1.0, 0.5, names)
    say(STARTED, StageStarted(1, 20), skipped, Notice("augmented_features"), batch)
    qtbot.waitUntil(lambda: page.batch.shown == tuple(folder / name for name in names))
    assert page.batch.isVisible()
    listed = page.notices.list
    assert "2" in page.notices.heading.text()
    first, second = (listed.item(row).text() for row in range(listed.count()))
    assert "red/1.jpg" in first
    assert "augmented_features" in said(second)


def test_curves_and_score_grow_until_a_stop_which_keeps_the_best_epoch(
    qtbot: QtBot, session: Session, page: TrainPage, training: ScriptedTraining, say: Say, end: Say
) -> None:
    say(*two_stages())
    assert page.score.share.text().replace("\xa0", " ") == "91.1 %"
    assert "164 of 180" in page.score.count.text()
    assert "86 to 94" in page.score.interval.text()
    assert "2" in page.score.origin.text()
    qtbot.waitUntil(lambda: page.is_settled, timeout=PATIENCE)
    figure = page.canvas.figure
    assert list(figure.loss.train.get_xdata()) == [1, 2, 3]
    stop, running = page.status.stop_button.text(), headline(page)
    click(qtbot, page, "stop")
    assert session.is_stopping
    assert training.control.stop.is_set()
    assert page.status.stop_button.text() != stop
    assert not page.status.stop_button.isEnabled()
    assert headline(page) != running
    end(RunFinished("stopped", 1, 2))
    assert "91.1 %, 164 of 180" in headline(page)
    assert page.status.results_button.isVisible()
    assert page.status.train_button.isEnabled()
    assert not page.status.stop_button.isVisible()
    with qtbot.waitSignal(session.run_created):
        click(qtbot, page, "steer")  # resume
    assert session.is_training


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


def test_nothing_is_out_of_reach_in_a_small_window(qtbot: QtBot, page: TrainPage, say: Say) -> None:
    say(*two_stages(), *[Notice("augmented_features")] * 5)
    status = page.status
    for width, height in ((968, 590), (1224, 530)):
        page.resize(width, height)
        QApplication.processEvents()
        assert page.size().toTuple() == (width, height)
        for widget in (status.stop_button, page.canvas, page.score, page.stages):
            place = widget.rect().translated(widget.mapTo(page, widget.rect().topLeft()))
            assert page.rect().contains(place), widget
        assert page.canvas.height() >= 240
    names = ("epochs", "learning_rate", "backbone_factor")
    fields = [row.field(name) for row in page.plan.rows for name in names]
    assert all(one.accessibleName() for one in fields)
    for one in (*fields, status.train_button, status.stop_button, status.results_button):
        assert one.focusPolicy() & Qt.FocusPolicy.TabFocus


# -- after a run ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        None,  # cut off
        RunFinished("finished"),
        RunFinished("stopped"),
        RunFinished("failed", code="out_of_memory"),
    ],
)
def test_the_end_says_what_was_kept_and_why_it_failed(last: RunFinished | None) -> None:
    def told(*events: Event) -> str:
        ends = [last] if last is not None else []
        return run_words.ended(fold([*events, *ends]), None).replace("\xa0", " ")

    kept = told(*two_stages())
    assert "91.1 %, 164 of 180" in kept
    assert ("stage 2, epoch 2 of 3" in kept) == (last is None)
    early = told(STARTED)
    assert "91.1" not in early
    for text in (kept, early):
        assert ("out_of_memory" in said(text)) == bool(last and last.code)
    assert "83.3" in told(
        *(
            replace(one, keep="last") if isinstance(one, StageStarted) else one
            for one in two_stages()
        )
    )
    assert run_words.ended(History(), None) == ""
    error = ThawError("run_folder_unwritable", path="/there", reason="read only")
    assert run_words.ended(History(), error) == str(error)
    assert run_words.ended(History(), ThawError("stopped")) != ""


def test_a_running_recipe_is_locked_until_it_leads_to_results_or_more_epochs_or_the_next_run(
    qtbot: QtBot, session: Session, playing: TrainPage, training: ScriptedTraining, end: Say
) -> None:
    page, status = playing, playing.status
    assert page.replay.isHidden()  # the training took the page back
    assert status.stop_button.isVisible()
    assert not session.can_replay
    session.play_run(TWO_STAGES)
    assert not session.replay.is_shown
    keys = ("stages.0.epochs", "stages.0.learning_rate", "stages.1.backbone_factor")
    assert not any(page.plan.field(key).isEnabled() for key in keys)
    locked = page.hint.text()
    session.change("stages.0.epochs", 3)
    assert page.plan.field("stages.0.epochs").text() == "20"
    end(*two_stages(), Notice("augmented_features"), RunFinished("finished", 1, 2))
    assert page.hint.text() != locked
    assert all(page.plan.field(key).isEnabled() for key in keys)
    assert page.plan.field("stages.0.epochs").text() == "3"
    assert headline(page) == run_words.ended(session.history, None).replace("\xa0", " ")
    assert not page.batch.isVisible()
    assert page.notices.isVisible()
    for button in (status.results_button, status.steer_button):  # the latter: more epochs
        assert button.isVisible()
        words = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= words + button.iconSize().width() + 20
    with qtbot.waitSignal(page.navigate) as going:
        click(qtbot, page, "results")
    assert going.args == ["results"]
    with qtbot.waitSignal(session.run_created):
        click(qtbot, page, "train")
    assert not page.notices.isVisible()
    assert page.score.count.text() == ""
    assert status.stop_button.isVisible()


def test_a_failed_run_says_why_in_red_and_another_that_is_shown_does_not(
    qtbot: QtBot, session: Session, page: TrainPage, end: Say
) -> None:
    def ink() -> object:
        return page.status.headline.palette().windowText().color()

    end(STARTED, RunFinished("failed", code="out_of_memory"))
    assert "out_of_memory" in said(headline(page))
    assert ink() == theme.data_color("wrong")
    assert not page.status.results_button.isVisible()
    session.history.finished = RunFinished("stopped")
    session.training_failed.emit(ThawError("run_missing", path="/gone"))
    assert "run_missing" in said(headline(page))
    with qtbot.waitSignal(session.run_shown):
        session.show_run(session.run.directory)
    assert "run_missing" not in said(headline(page))


# -- a replay -------------------------------------------------------------------------------


@pytest.fixture
def playing(qtbot: QtBot, session: Session, page: TrainPage) -> TrainPage:
    """The recorded run plays; a person has just asked for it."""
    assert page.lessons.isVisible()
    assert page.replay.isHidden()
    with qtbot.waitSignal(session.replay.began):
        qtbot.mouseClick(page.lessons.run_button, LEFT)
    session.replay.player.pause()
    return page


def test_a_recorded_run_plays_with_recipe_and_score_until_it_is_closed(
    qtbot: QtBot, session: Session, playing: TrainPage
) -> None:
    replay, shown = session.replay, []
    assert playing.replay.isVisible()
    assert playing.status.isHidden()
    assert playing.lessons.isHidden()
    for position in (1.0, 25.0, 1e9):
        replay.player.seek(position)
        playing.refresh()
        assert playing.canvas.history is replay.history
        best = replay.history.best
        shown.append(playing.score.count.text())
        assert f"{best.validation.correct} of 96" in shown[-1]
        if position == 25.0:
            assert playing.plan.strip.running == 2
    assert shown[0] != shown[1]
    playing.grab()  # which paints what changed in the blocks, too
    assert len(replay.history.epochs) == 30
    assert session.history == History()
    fields = [row.field("epochs") for row in playing.plan.rows]
    assert [one.text() for one in fields] == ["20", "10"]
    assert not any(one.isEnabled() for one in fields)
    hint = playing.hint.text()
    qtbot.mouseClick(playing.replay.close_button, LEFT)
    assert playing.replay.isHidden()
    assert playing.status.isVisible()
    assert playing.canvas.history is session.history
    assert playing.lessons.isVisible()
    assert playing.hint.text() != hint


def test_the_run_that_is_shown_can_be_played_again(
    qtbot: QtBot, session: Session, page: TrainPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    actions = ReplayActions(session, page)
    assert not actions.again.isEnabled()
    assert actions.run.isEnabled()
    why = actions.again.toolTip()
    directory = recorded_run(picture_folder(per_class=5), tmp_path / "leaf").directory
    with qtbot.waitSignal(session.run_shown):
        session.show_run(directory)
    assert actions.again.isEnabled()
    assert actions.again.toolTip() != why
    assert page.curves.controls.replay.isVisible()
    with qtbot.waitSignal(session.replay.began):
        qtbot.mouseClick(page.curves.controls.replay, LEFT)
    assert session.replay.recording.directory == directory
    assert not page.curves.controls.replay.isVisible()
