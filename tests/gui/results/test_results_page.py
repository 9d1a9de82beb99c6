"""The Results page: its figures, its mistakes, a picture that is tried, and each state."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import core.training
from core.common.messages import ThawError
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.runs import evaluation
from core.runs.evaluation import Prediction, Result
from core.runs.events import EpochFinished, Notice, RunFinished, RunStarted, Score, StageStarted
from core.runs.history import History
from core.runs.places import PREDICTIONS
from core.runs.run import Run
from gui.results.page import ResultsPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder, draw
from tests.support.window.fakes import FakeTraining, open_folder, replace_training

NBSP = "\N{NO-BREAK SPACE}"
RED, GREEN, BLUE = "red", "green", "blue"


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return Session(Settings(tmp_path / "settings"))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> ResultsPage:
    page = ResultsPage(session)
    qtbot.addWidget(page)
    page.resize(1080, 712)
    page.show()
    return page


@pytest.fixture
def run(picture_folder: PictureFolder, tmp_path: Path) -> Run:
    """Three classes with four validation pictures each; nothing trained yet."""
    folder = picture_folder(classes=3, per_class=20, name="colours")
    return Run.create(tmp_path / "runs" / "colours-1", recipes.load([], []), scan(folder))


def predictions(run: Run, wrong: dict[str, tuple[str, int]]) -> Result:
    """All right but for the first few of a class: {true: (predicted, how many)}."""
    left = {name: count for name, (_predicted, count) in wrong.items()}
    rows = []
    for one in run.used("validation"):
        name, predicted = run.classes[one.label], one.label
        if left.get(name):
            left[name] -= 1
            predicted = run.classes.index(wrong[name][0])
        shares = [0.065] * 3
        shares[predicted] = 0.87
        rows.append(Prediction(one.path, one.label, predicted, tuple(shares)))
    return Result(run.classes, tuple(rows))


def history_of(run: Run, result: Result, epochs: int, keep: str = "accuracy") -> History:
    """``epochs`` of 3 + 2 planned, the last of which is the best."""
    history = History()
    counts = len(run.used("train")), result.total
    plan = {"epochs": (3, 2), "thawed": ((), (5,)), "majority": 1 / 3}
    history.add(RunStarted(run.classes, *counts, **plan))  # type: ignore[arg-type]
    for stage, planned in enumerate((3, 2), start=1):
        history.add(StageStarted(stage, planned, keep=keep))
    for number in range(epochs):
        right = result.right if number == epochs - 1 else 4
        validation = Score(0.5, right / result.total, result.total)
        stage, epoch = divmod(number, 3)
        history.add(EpochFinished(stage + 1, epoch + 1, Score(0.4, 0.9, 48), validation))
    return history


def show_run(
    session: Session,
    run: Run,
    wrong: dict[str, tuple[str, int]] | None = None,
    *,
    epochs: int = 5,
    end: RunFinished | None = None,
    notices: tuple[Notice, ...] = (),
    keep: str = "accuracy",
) -> Result:
    """Let ``session`` have trained ``run``, its predictions read from its folder."""
    result = predictions(run, wrong or {})
    (run.directory / PREDICTIONS).write_bytes(evaluation.write_predictions(result))
    history = history_of(run, result, epochs, keep)
    for notice in notices:
        history.add(notice)
    last = end or RunFinished("finished", 2, 2, 75.0)
    history.add(last)
    session.run, session.history, session.result = run, history, evaluation.of_run(run)
    session.event_received.emit(last)
    session.training_finished.emit()
    return result


TWO_WRONG = {RED: (BLUE, 2), GREEN: (RED, 1)}


# -- the figures ----------------------------------------------------------------------------


def test_the_accuracy_says_all_that_it_rests_on(
    session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, TWO_WRONG)
    score = page.score
    assert score.title.text() == "Validation accuracy"
    assert score.share.text() == f"75.0{NBSP}%"
    assert score.count.text() == "9 of 12 pictures"
    assert score.interval.text() == f"95 % interval: 47 to 91{NBSP}%"  # Wilson, 9 of 12
    assert score.majority.text() == f"Always guessing the largest class: 33.3{NBSP}%"
    assert score.origin.text() == (
        "Stage 2, epoch 2: the best of 5 epochs, chosen on these same pictures, "
        "so a little optimistic."
    )
    assert "9 of 12 pictures" in score.accessibleDescription()
    assert page.headline.text() == f"Finished: 5 of 5 epochs in 1{NBSP}min{NBSP}15{NBSP}s."
    assert page.recipe.text == "colours 48/12 · no augmentation · block 5 · softmax"


def test_each_class_has_its_counts_and_the_worst_can_come_first(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, TWO_WRONG)
    in_order = [(BLUE, "4 of 4"), (GREEN, "3 of 4"), (RED, "2 of 4")]
    assert page.classes.rows == in_order
    qtbot.keyClick(page.worst_first, Qt.Key.Key_Space)
    assert page.classes.rows == in_order[::-1]
    page.classes.sort_by(0)
    assert not page.worst_first.isChecked()


def test_a_changed_recipe_is_told(session: Session, page: ResultsPage, run: Run) -> None:
    show_run(session, run)
    assert not page.recipe_changed.isVisible()
    session.change("seed", 7)
    page.resize(824, 640)  # in a window of 1024 pixels
    assert page.recipe_changed.isVisible()
    assert page.recipe_changed.shown_text == "The recipe has been changed since."
    session.undo()
    assert not page.recipe_changed.isVisible()


def test_skipped_pictures_are_counted_and_listed(
    qtbot: QtBot, session: Session, page: ResultsPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=3, per_class=20)
    (folder / RED / "torn.jpg").write_bytes(b"")
    run = Run.create(tmp_path / "run", recipes.load([], []), scan(folder))
    reason = ("truncated_image", {})
    show_run(
        session,
        run,
        notices=(
            Notice("augmented_features"),
            Notice("picture_skipped", {"path": "green/003.jpg", "reason": reason}),
        ),
    )
    assert page.skipped.button.text() == "2 pictures were skipped"
    assert page.skipped.list.isHidden()
    qtbot.keyClick(page.skipped.button, Qt.Key.Key_Space)
    assert not page.skipped.list.isHidden()
    assert [page.skipped.list.item(row).text() for row in range(2)] == [
        "red/torn.jpg was skipped: the file is empty",
        "green/003.jpg was skipped: the picture is cut short",
    ]


def test_where_nothing_was_skipped_nothing_is_said(
    session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run)
    assert page.skipped.isHidden()


# -- the mistakes ---------------------------------------------------------------------------


def test_the_wrong_pictures_say_true_predicted_and_confidence(
    session: Session, page: ResultsPage, run: Run
) -> None:
    result = show_run(session, run, TWO_WRONG)
    wrong = page.details.wrong
    assert wrong.heading.text() == "Wrong pictures: 3 of 12"
    assert sorted(wrong.captions) == [
        f"green → red 87{NBSP}%",
        f"red → blue 87{NBSP}%",
        f"red → blue 87{NBSP}%",
    ]
    shown = [item.path for item in wrong.grid.items]
    assert shown == [run.folder / one.path for one in result.wrong]
    assert all(path is not None and path.is_file() for path in shown)


def test_a_cell_of_the_matrix_filters_them_and_show_all_brings_them_back(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, TWO_WRONG)
    matrix, wrong = page.details.confusion, page.details.wrong
    cell = matrix.model().index(run.classes.index(RED), run.classes.index(BLUE))
    assert cell.data(Qt.ItemDataRole.ToolTipRole) == "red taken for blue: 2 of 4"
    qtbot.mouseClick(
        matrix.viewport(), Qt.MouseButton.LeftButton, pos=matrix.visualRect(cell).center()
    )
    assert wrong.captions == [f"red → blue 87{NBSP}%"] * 2
    assert wrong.heading.text() == "red taken for blue: 2"
    qtbot.mouseClick(wrong.show_all, Qt.MouseButton.LeftButton)
    assert len(wrong.captions) == 3
    assert matrix.chosen is None
    assert wrong.show_all.isHidden()


def test_no_mistake_at_all_is_told(session: Session, page: ResultsPage, run: Run) -> None:
    show_run(session, run)
    assert page.score.share.text() == f"100.0{NBSP}%"
    assert page.details.wrong.none.isVisible()
    assert page.details.wrong.none.text() == "All 12 validation pictures are right."


# -- the run's folder -----------------------------------------------------------------------


def test_the_runs_folder_is_shown_and_opened(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    show_run(session, run)
    assert page.path.path == str(run.directory)
    qtbot.mouseClick(page.open_folder, Qt.MouseButton.LeftButton)
    assert [Path(one) for one in opened] == [run.directory]


def test_the_path_is_whole_once_it_has_the_focus(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run)
    page.path.setFixedWidth(80)
    page.path.resize(80, page.path.height())
    assert "…" in page.path.text()
    page.path.setFocus()
    qtbot.waitUntil(page.path.hasFocus)
    assert page.path.selectedText() == str(run.directory)


def test_where_no_program_opens_folders_the_page_says_where_it_is(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    show_run(session, run)
    qtbot.mouseClick(page.open_folder, Qt.MouseButton.LeftButton)
    assert page.headline.text().endswith(str(run.directory))


# -- trying a picture -----------------------------------------------------------------------


@dataclass
class FakeAnswer:
    name: str
    probability: float


class FakeClassifier:
    """Stands for ``core.training.network_file.Classifier``, and for torch with it."""

    def __init__(self, run: Run) -> None:
        self._classes = run.classes

    def classify(self, path: Path, top: int, flip_average: bool) -> list[FakeAnswer]:
        first = 0.6 if flip_average else 0.8
        return [FakeAnswer(name, first / 2**n) for n, name in enumerate(self._classes)][:top]


@pytest.fixture
def fake_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = SimpleNamespace(Classifier=FakeClassifier)
    monkeypatch.setitem(sys.modules, "core.training.network_file", fake)
    monkeypatch.setattr(core.training, "network_file", fake, raising=False)


def test_tried_pictures_get_their_top_classes_or_their_sentence(
    qtbot: QtBot,
    session: Session,
    page: ResultsPage,
    run: Run,
    tmp_path: Path,
    fake_classifier: None,
) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    draw(good, (200, 40, 40), seed=1)
    bad.write_bytes(b"\x89PNG but no more")
    show_run(session, run)
    page.panel.offer([good, bad])
    qtbot.waitUntil(lambda: len(page.panel.cards) == 2)
    first, second = page.panel.cards
    assert first.bars is not None
    assert first.bars.lines[0] == f"blue 80.0{NBSP}%"
    assert second.problem is not None
    assert "picture" in second.problem.text()
    qtbot.waitUntil(page.panel.message.isHidden)


def test_the_mirror_image_counts_once_it_is_asked_for(
    qtbot: QtBot,
    session: Session,
    page: ResultsPage,
    run: Run,
    tmp_path: Path,
    fake_classifier: None,
) -> None:
    file = tmp_path / "one.png"
    draw(file, (200, 40, 40), seed=1)
    show_run(session, run)

    def first() -> str:
        bars = page.panel.cards[0].bars if page.panel.cards else None
        return bars.lines[0] if bars is not None else ""

    tick = page.panel.flip_average
    assert not tick.isChecked()
    page.panel.offer([file])
    qtbot.waitUntil(lambda: first() == f"blue 80.0{NBSP}%")
    qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    qtbot.waitUntil(lambda: first() == f"blue 60.0{NBSP}%")  # the same picture, asked again
    page.panel.offer([file])
    qtbot.waitUntil(lambda: first() == f"blue 60.0{NBSP}%")
    another = ResultsPage(session)
    qtbot.addWidget(another)
    assert not another.panel.flip_average.isChecked()  # nothing is kept of it


def test_a_click_on_a_wrong_picture_tries_it(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run, fake_classifier: None
) -> None:
    result = show_run(session, run, TWO_WRONG)
    page.details.wrong.grid.activated_item.emit(0)
    qtbot.waitUntil(lambda: len(page.panel.cards) == 1)
    assert page.panel.cards[0].name.text == Path(result.wrong[0].path).name


def test_answers_are_scrolled_to(
    qtbot: QtBot,
    session: Session,
    page: ResultsPage,
    run: Run,
    tmp_path: Path,
    fake_classifier: None,
) -> None:
    page.resize(968, 500)
    file = tmp_path / "one.png"
    draw(file, (200, 40, 40), seed=1)
    show_run(session, run)
    page.panel.offer([file, file])
    qtbot.waitUntil(lambda: len(page.panel.cards) == 2)
    first, view = page.panel.cards[0], page.left.viewport()
    qtbot.waitUntil(lambda: _is_seen(first, view))


def _is_seen(widget: QWidget, view: QWidget) -> bool:
    top = widget.mapTo(view, widget.rect().topLeft()).y()
    return top >= 0 and top + widget.height() <= view.height()


def test_another_run_forgets_the_answers(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run, tmp_path: Path
) -> None:
    show_run(session, run)
    page.panel.show_problem("old")
    other = Run.create(tmp_path / "other", run.config, scan(run.folder))
    show_run(session, other)
    assert page.panel.message.isHidden()
    assert page.path.path == str(other.directory)


# -- the states -----------------------------------------------------------------------------


def test_without_a_run_the_page_leads_to_training(qtbot: QtBot, page: ResultsPage) -> None:
    assert page.empty.sentence.isVisible()
    assert page.empty.sentence.text() == "No results yet: they come when a run has been trained."
    assert not page.score.isVisible()
    with qtbot.waitSignal(page.navigate) as there:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert there.args == ["train"]


def test_a_stopped_run_says_so_and_shows_its_best_epoch(
    session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, TWO_WRONG, epochs=3, end=RunFinished("stopped", 1, 3, 9.0))
    assert page.headline.text() == ("Stopped after 3 of 5 epochs; this is the kept one.")
    assert page.score.origin.text().startswith("Stage 1, epoch 3: the best of 3 epochs,")
    assert page.details.wrong.captions != []


def test_the_last_epoch_was_not_chosen(session: Session, page: ResultsPage, run: Run) -> None:
    show_run(session, run, epochs=3, end=RunFinished("stopped", 1, 3, 9.0), keep="last")
    assert page.headline.text() == ("Stopped after 3 of 5 epochs; this is the kept one.")
    origin = "Stage 1, epoch 3: the last of 3 epochs, not picked by its score."
    assert page.score.origin.text() == origin


def test_an_epoch_that_was_chosen_by_its_loss_is_told_as_such(
    session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, epochs=3, keep="loss")
    assert page.score.origin.text().startswith("Stage 1, epoch 1: the lowest loss of 3 epochs,")


def test_the_only_epoch_was_not_chosen(session: Session, page: ResultsPage, run: Run) -> None:
    show_run(session, run, epochs=1, end=RunFinished("stopped", 1, 1, 9.0))
    assert page.score.origin.text() == "Stage 1, epoch 1: the only epoch."


def test_a_failed_run_says_why(session: Session, page: ResultsPage, run: Run) -> None:
    end = RunFinished("failed", 1, 2, 9.0, "out_of_memory")
    show_run(session, run, epochs=2, end=end)
    assert page.headline.text().startswith(
        "Failed after 2 of 5 epochs: There is not enough memory for this recipe."
    )


def test_a_run_that_was_stopped_before_its_first_epoch_has_no_result(
    session: Session, page: ResultsPage, run: Run
) -> None:
    session.run, session.history = run, History()
    session.history.add(RunFinished("stopped"))
    session.training_finished.emit()
    assert page.empty.sentence.text() == "Stopped before the first epoch ended: there is no result."


def test_a_run_that_could_not_begin_says_why(session: Session, page: ResultsPage) -> None:
    session.training_failed.emit(ThawError("run_exists", path="/runs/1"))
    assert page.empty.sentence.text().startswith("/runs/1 already holds a run.")


def test_predictions_that_cannot_be_read_leave_the_figures(
    session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run, TWO_WRONG)
    session.result = None
    page.refresh()
    assert page.score.count.text() == "9 of 12 pictures"
    assert page.later.isVisible()
    assert "could not be read" in page.later.text()
    assert not page.details.isVisible()


def test_a_run_is_followed_to_its_result(
    qtbot: QtBot,
    session: Session,
    page: ResultsPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training: FakeTraining = replace_training(monkeypatch)
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    assert page.empty.sentence.text().startswith("Training is under way: the first result comes")
    assert page.empty.button.text() == "See the training"
    qtbot.waitUntil(page.score.isVisible)
    assert page.score.title.text() == "Validation accuracy so far"
    assert page.headline.text() == "Training is under way: this is the epoch kept so far."
    assert not page.panel.choose_button.isEnabled()
    assert page.later.text() == "Classes and mistakes are shown when the run has ended."
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert page.score.title.text() == "Validation accuracy"
    assert page.details.isVisible()
    assert page.details.wrong.heading.text() == "Wrong pictures: 2 of 4"
    assert page.panel.choose_button.isEnabled()


@pytest.mark.parametrize("size", [(1080, 712), (1080, 552), (968, 612)])
def test_nothing_is_cut_off_on_small_windows(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run, size: tuple[int, int]
) -> None:
    page.resize(*size)
    show_run(session, run, TWO_WRONG)
    qtbot.waitUntil(page.details.isVisible)
    assert page.minimumSizeHint().width() <= size[0]
    assert page.minimumSizeHint().height() <= size[1]
    for widget in (page.open_folder, page.path, page.details.confusion, page.details.wrong):
        corner = widget.mapTo(page, widget.rect().bottomRight())
        assert page.rect().contains(corner)
    column = page.left.widget()
    assert column.width() <= page.left.viewport().width()


def test_a_run_without_its_pictures_says_so(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run
) -> None:
    run.folder.rename(run.folder.with_name("elsewhere"))
    with qtbot.waitSignal(session.looks.run_pictures_gone):
        session.show_run(run.directory)
    assert "The pictures of this run are not here" in page.outdated.text
    assert not page.outdated.button.isVisible()


def test_pictures_that_changed_since_the_run_are_told(
    qtbot: QtBot, session: Session, page: ResultsPage, run: Run
) -> None:
    show_run(session, run)
    with qtbot.waitSignal(session.looks.run_changed):
        session.check_run()
    assert page.outdated.text == ""
    page.hide()
    (run.folder / "red" / "000.png").unlink()
    with qtbot.waitSignal(session.looks.run_changed):
        page.show()
    assert "since this run: 1 picture removed (red/000.png)" in page.outdated.text
    with qtbot.waitSignals([page.navigate, session.dataset_changed]):
        page.outdated.button.click()
