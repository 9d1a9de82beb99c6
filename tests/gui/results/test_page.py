"""The Results page: its score, the classes, the confusion matrix, misclassified images, states."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import core.training
from core.common.messages import ThawError
from core.recipe.config import RunConfig
from core.runs.evaluation import ClassResult, Prediction, Result
from core.runs.events import Notice
from core.runs.history import History
from core.runs.places import PREDICTIONS
from core.runs.run import Run
from gui.base import theme
from gui.base import words as base_words
from gui.results import score
from gui.results.classes import NAME, RIGHT, ClassResults
from gui.results.confusion import ConfusionMatrix, cell_colors
from gui.results.page import ResultsPage
from gui.session.session import Session
from tests.support import histories
from tests.support.pictures import PictureFolder, draw, draw_folder
from tests.support.runs import recorded_run
from tests.support.window.acting import click, press
from tests.support.window.fakes import FakeTraining, open_folder, replace_training
from tests.support.wording import said

NBSP = "\N{NO-BREAK SPACE}"
RED, GREEN, BLUE = "red", "green", "blue"
# Four validation images of blue, green and red; a misclassified one is taken for the next class.
WRONG = [True] * 4 + [False] + [True] * 3 + [False] * 2 + [True] * 2
EPOCHS = ((0.25,) * 3, (0.25, 0.75))
Show = Callable[..., Run]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("dataset") / "colours", classes=3, per_class=20)


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> ResultsPage:
    made = ResultsPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 712)
    made.show()
    return made


@pytest.fixture
def show(qtbot: QtBot, session: Session, page: ResultsPage, folder: Path, tmp_path: Path) -> Show:
    """Shows a run that planned 3 and 2 epochs of 15 seconds."""

    def made(
        *stages: Sequence[float],
        right: Sequence[bool] | None = WRONG,
        of: Path = folder,
        notices: Sequence[Notice] = (),
        predictions: bytes = b"",
        **options: object,
    ) -> Run:
        place = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        values = {"planned": (3, 2), "majority": 1 / 3, "seconds": 15.0, **options}
        recipe = RunConfig()
        run = recorded_run(of, place, *stages or EPOCHS, recipe=recipe, right=right, **values)
        for notice in notices:
            run.append(notice)
        if predictions:
            (place / PREDICTIONS).write_bytes(predictions)
        with qtbot.waitSignal(session.run_shown):
            session.show_run(place)
        return run

    return made


# -- the score --------------------------------------------------------------------------------


def test_the_accuracy_and_each_class_have_their_figures(page: ResultsPage, show: Show) -> None:
    show()
    shown = page.score
    assert shown.share.text() == f"75.0{NBSP}%"
    for number in ("9", "12"):
        assert number in shown.count.text()
    assert f"47 to 91{NBSP}%" in shown.interval.text()  # Wilson, 9 of 12
    assert f"33.3{NBSP}%" in shown.majority.text()
    for number in ("2", "5"):
        assert number in shown.origin.text()
    assert shown.count.text() in shown.accessibleDescription()
    assert "5" in page.headline.text()
    assert f"1{NBSP}min{NBSP}15{NBSP}s" in page.headline.text()
    assert page.recipe.text.startswith("colours 48/12 · ")
    assert page.skipped.isHidden()
    in_order = [(BLUE, "4 of 4"), (GREEN, "3 of 4"), (RED, "2 of 4")]
    assert page.classes.rows == in_order
    press(page.worst_first, Qt.Key.Key_Space)
    assert page.classes.rows == in_order[::-1]
    page.classes.sort_by(NAME)
    assert not page.worst_first.isChecked()


def history(*stages: Sequence[float], **options: object) -> History:
    return histories.history(*stages, validation=12, **options)


def test_the_origin_of_the_score_tells_how_its_epoch_was_chosen() -> None:
    told = [
        score.origin(history((0.5, 0.75, 0.25), (0.25,), keep=keep, outcome=outcome))
        for keep in ("accuracy", "loss")
        for outcome in ("finished", None)
    ]
    assert all("1" in one and "2" in one and "4" in one for one in told)
    told.append(score.origin(history((0.75, 0.5), keep="last", outcome="stopped")))
    assert "epoch 2" in told[-1]
    told.append(score.origin(history((0.75,))))
    assert len(set(told)) == 6
    assert score.origin(history(())) == ""
    assert score.untouched(history((0.75,))) == ""
    assert "7" in score.untouched(history((0.75,), test=7))


def test_skipped_images_are_listed(
    page: ResultsPage, show: Show, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    (folder / RED / "torn.jpg").write_bytes(b"")
    skipped = {"path": "green/003.jpg", "reason": ("truncated_image", {})}
    notices = Notice("augmented_features"), Notice("picture_skipped", skipped)
    show(of=folder, right=(), notices=notices)
    page.refresh()  # nothing is listed twice
    assert page.skipped.button.text().startswith("2 ")
    assert page.skipped.list.isHidden()
    press(page.skipped.button, Qt.Key.Key_Space)
    assert not page.skipped.list.isHidden()
    torn = {"path": "red/torn.jpg", "reason": ("empty_file", {})}
    assert [page.skipped.list.item(row).text() for row in range(2)] == [
        base_words.translate("picture_skipped", values) for values in (torn, skipped)
    ]


# -- class by class ---------------------------------------------------------------------------

CLASS_RESULTS = (
    ClassResult("ahead", 12, 12),
    ClassResult("no-entry", 6, 12),
    ClassResult("stop", 0, 0),
    ClassResult("yield", 11, 12),
)


def test_each_class_has_its_counts_and_share_and_the_worst_can_come_first(qtbot: QtBot) -> None:
    table = ClassResults()
    qtbot.addWidget(table)
    table.show_results(CLASS_RESULTS)
    table.resize(340, 200)
    with qtbot.waitExposed(table):
        table.show()

    def painted(row: int) -> tuple[int, int]:
        image = table.viewport().grab().toImage()
        cell = table.visualRect(table.model().index(row, RIGHT))
        line = [image.pixelColor(x, cell.center().y()) for x in range(cell.left(), cell.right())]
        return line.count(theme.data_color("right")), line.count(theme.data_color("wrong"))

    assert painted(0)[0] > 100
    assert painted(0)[1] == 0
    half_right, half_wrong = painted(1)
    assert half_right == pytest.approx(half_wrong, abs=6)
    assert painted(2) == (0, 0)

    def click_heading(column: int) -> list[str]:
        header = table.horizontalHeader()
        place = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
        click(header.viewport(), place)
        return [name for name, _counts in table.rows]

    counts = dict(table.rows)
    shown = [counts[name] for name in ("ahead", "no-entry", "yield")]
    assert shown == ["12 of 12", "6 of 12", "11 of 12"]
    assert not any(letter.isdigit() for letter in counts["stop"])
    tip = table.model().index(1, RIGHT).data(Qt.ItemDataRole.ToolTipRole)
    assert f"50.0{NBSP}%" in tip
    assert click_heading(RIGHT) == ["no-entry", "yield", "ahead", "stop"]
    assert table.is_worst_first
    assert click_heading(RIGHT) == ["ahead", "yield", "no-entry", "stop"]
    assert click_heading(NAME) == ["ahead", "no-entry", "stop", "yield"]
    assert not table.is_worst_first
    table.sort_by(RIGHT)
    table.show_results((ClassResult("a", 2, 2), ClassResult("b", 1, 2)))
    assert [name for name, _counts in table.rows] == ["b", "a"]


# -- the confusion matrix ---------------------------------------------------------------------

LEFT, TURN_RIGHT, STOP = 0, 1, 2


def result_of(classes: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Result:
    sure = tuple(1.0 for _ in classes)
    rows = [Prediction(f"{n}.png", *pair, sure) for n, pair in enumerate(pairs)]
    return Result(tuple(classes), tuple(rows))


def many(count: int) -> Result:
    classes = [f"class number {number}" for number in range(count)]
    return result_of(classes, [(number, number) for number in range(count)] * 12)


@pytest.fixture
def matrix(qtbot: QtBot) -> ConfusionMatrix:
    pairs = [(LEFT, LEFT)] * 9 + [(LEFT, TURN_RIGHT)] * 3
    pairs += [(TURN_RIGHT, TURN_RIGHT)] * 4 + [(STOP, LEFT)]
    made = ConfusionMatrix()
    qtbot.addWidget(made)
    made.resize(560, 300)
    made.show_result(result_of(("turn-left", "turn-right", "stop"), pairs))
    with qtbot.waitExposed(made):
        made.show()
    return made


def click_cell(matrix: ConfusionMatrix, row: int, column: int) -> None:
    place = matrix.visualRect(matrix.model().index(row, column)).center()
    click(matrix.viewport(), place)


def test_a_cell_has_its_count_its_sentence_its_colour_and_its_room(matrix: ConfusionMatrix) -> None:
    cell = matrix.model().index(LEFT, TURN_RIGHT)
    assert cell.data() == "3"
    tip = cell.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.index("turn-left") < tip.index("turn-right") < tip.index("3") < tip.index("12")
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == matrix.sentence((LEFT, TURN_RIGHT))
    right = matrix.sentence((LEFT, LEFT))
    assert "turn-left" in right
    assert "turn-right" not in right
    assert right.endswith("9 of 12")
    assert matrix.model().index(TURN_RIGHT, STOP).data() == ""
    for number in ("3", "4"):
        assert number in matrix.accessibleDescription()

    def color(row: int, column: int) -> QColor:
        rect = matrix.visualRect(matrix.model().index(row, column))
        beside_the_number = rect.topLeft() + QPoint(4, 4)
        return matrix.viewport().grab().toImage().pixelColor(beside_the_number)

    base = matrix.palette().color(QPalette.ColorRole.Base)
    few, all_of_them = color(LEFT, TURN_RIGHT), color(STOP, LEFT)
    assert theme.contrast(all_of_them, base) > theme.contrast(few, base) > 1.05
    assert all_of_them.red() > all_of_them.green()
    assert color(TURN_RIGHT, TURN_RIGHT).green() > color(TURN_RIGHT, TURN_RIGHT).red()
    across, down = matrix.horizontalScrollBar(), matrix.verticalScrollBar()
    assert (across.maximum(), down.maximum()) == (0, 0)
    assert matrix.columnWidth(0) > 80
    for count in (20, 60):  # many scroll
        matrix.show_result(many(count))
        metrics = matrix.fontMetrics()
        assert matrix.columnWidth(0) >= metrics.horizontalAdvance("12") + 4
        assert matrix.rowHeight(0) >= metrics.height()
        last = matrix.model().index(count - 1, count - 1)
        matrix.scrollTo(last)
        assert matrix.viewport().rect().contains(matrix.visualRect(last))
        assert down.maximum() > 0
        assert (across.maximum() > 0) == (count == 60)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_number_is_readable_on_every_colour(qapp: QApplication, scheme: theme.Scheme) -> None:
    theme.apply(qapp, scheme)
    try:
        palette = QPalette(qapp.palette())
        for is_right in (True, False):
            for percent in range(1, 101):
                fill, ink = cell_colors(percent / 100, is_right, palette)
                assert theme.contrast(fill, ink) >= 4.5, (scheme, is_right, percent)
    finally:
        theme.apply(qapp, "system")


def test_a_mistake_is_chosen_by_a_click_or_a_key_until_another_one(matrix: ConfusionMatrix) -> None:
    chosen: list[tuple[int, int] | None] = []
    matrix.cell_chosen.connect(chosen.append)
    click_cell(matrix, LEFT, TURN_RIGHT)
    assert matrix.chosen == (LEFT, TURN_RIGHT)
    click_cell(matrix, LEFT, TURN_RIGHT)
    assert chosen == [(LEFT, TURN_RIGHT), None]
    for cell in ((LEFT, LEFT), (TURN_RIGHT, STOP)):  # neither is a mistake
        click_cell(matrix, LEFT, TURN_RIGHT)
        click_cell(matrix, *cell)
        assert chosen.pop() is None
        assert matrix.chosen is None
    chosen.clear()
    matrix.setCurrentIndex(matrix.model().index(LEFT, LEFT))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        press(matrix, key)
    assert chosen == [(LEFT, TURN_RIGHT), None]
    click_cell(matrix, LEFT, TURN_RIGHT)
    matrix.show_result(many(4))
    assert matrix.chosen is None
    assert matrix.model().rowCount() == 4


def test_misclassified_images_are_filtered_by_cell(page: ResultsPage, show: Show) -> None:
    run = show()
    matrix, wrong = page.details.confusion, page.details.wrong
    taken = [f"green → red 90{NBSP}%", f"red → blue 90{NBSP}%", f"red → blue 90{NBSP}%"]
    assert sorted(wrong.captions) == taken
    for number in ("3", "12"):
        assert number in wrong.heading.text()
    for item in wrong.grid.items:
        assert item.path is not None
        assert item.path.is_relative_to(run.folder)
        assert item.path.is_file()
    click_cell(matrix, run.classes.index(RED), run.classes.index(BLUE))
    assert wrong.captions == taken[1:]
    for words in (RED, BLUE, "2"):
        assert words in wrong.heading.text()
    click(wrong.show_all)
    assert len(wrong.captions) == 3
    assert matrix.chosen is None
    assert wrong.show_all.isHidden()
    show(right=())
    assert page.score.share.text() == f"100.0{NBSP}%"
    assert wrong.none.isVisible()
    assert "12" in wrong.none.text()


def test_the_runs_folder_is_shown_and_opened(
    qtbot: QtBot, page: ResultsPage, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def open_url(url: QUrl) -> bool:
        opened.append(Path(url.toLocalFile()))
        return len(opened) == 1  # the second time no program opens it

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    run = show()
    assert page.path.path == str(run.directory)
    headline = page.headline.text()
    click(page.open_folder)
    assert opened == [run.directory]
    assert page.headline.text() == headline
    click(page.open_folder)
    assert str(run.directory) in page.headline.text()
    page.path.setFixedWidth(80)
    page.path.resize(80, page.path.height())
    assert "…" in page.path.text()
    page.path.setFocus()
    qtbot.waitUntil(page.path.hasFocus)
    assert page.path.selectedText() == str(run.directory)


# -- trying an image --------------------------------------------------------------------------


class FakeClassifier:
    """Stands for ``core.training.network_file.Classifier``, and for torch with it."""

    def __init__(self, run: Run) -> None:
        self._classes = run.classes

    def classify(self, path: Path, top: int, flip_average: bool) -> list[SimpleNamespace]:
        first = 0.6 if flip_average else 0.8
        shares = [first / 2**number for number in range(top)]
        pairs = zip(self._classes, shares, strict=False)
        return [SimpleNamespace(name=name, probability=share) for name, share in pairs]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image; any network that classifies it is a fake."""
    fake = SimpleNamespace(Classifier=FakeClassifier)
    monkeypatch.setitem(sys.modules, "core.training.network_file", fake)
    monkeypatch.setattr(core.training, "network_file", fake, raising=False)
    draw(tmp_path / "one.png", (200, 40, 40), seed=1)
    return tmp_path / "one.png"


def answers(page: ResultsPage) -> list[str]:
    """The first line of each answer, "" where there is a problem instead."""
    return [card.bars.lines[0] if card.bars is not None else "" for card in page.panel.cards]


def test_offered_images_are_classified_and_scrolled_to(
    qtbot: QtBot, page: ResultsPage, show: Show, file: Path, tmp_path: Path
) -> None:
    page.resize(968, 500)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG but no more")
    show()
    page.panel.offer([file, bad])
    qtbot.waitUntil(lambda: answers(page) == [f"blue 80.0{NBSP}%", ""])
    first, second = page.panel.cards
    assert second.problem is not None
    assert second.problem.text()
    qtbot.waitUntil(page.panel.message.isHidden)
    view = page.left.viewport()

    def is_seen() -> bool:
        top = first.mapTo(view, first.rect().topLeft()).y()
        return top >= 0 and top + first.height() <= view.height()

    qtbot.waitUntil(is_seen)
    tick = page.panel.flip_average
    click(tick, QPoint(8, tick.height() // 2))  # the same ones, asked again
    qtbot.waitUntil(lambda: answers(page) == [f"blue 60.0{NBSP}%", ""])
    page.panel.offer([file])
    qtbot.waitUntil(lambda: answers(page) == [f"blue 60.0{NBSP}%"])


def test_a_click_on_a_misclassified_image_tries_it_and_another_run_forgets_it(
    qtbot: QtBot, page: ResultsPage, show: Show, file: Path
) -> None:
    page.resize(968, 500)
    show()
    bar, path = page.left.verticalScrollBar(), page.details.wrong.grid.items[0].path
    assert path is not None
    page.details.wrong.grid.activated_item.emit(0)
    qtbot.waitUntil(lambda: len(page.panel.cards) == 1)
    assert page.panel.cards[0].name.text == path.name
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    page.panel.show_problem("old")
    other = show()
    assert page.panel.cards == []
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    assert page.panel.message.isHidden()
    assert page.path.path == str(other.directory)


# -- the states -------------------------------------------------------------------------------


def test_without_a_result_the_page_says_why_and_leads_to_training(
    qtbot: QtBot, session: Session, page: ResultsPage, show: Show
) -> None:
    assert page.empty.sentence.isVisible()
    assert not page.score.isVisible()
    none_yet = page.empty.sentence.text()
    with qtbot.waitSignal(page.navigate) as there:
        click(page.empty.button)
    assert there.args == ["train"]
    show((), outcome="stopped", right=None)
    assert page.empty.sentence.isVisible()
    assert page.empty.sentence.text() not in (none_yet, "")
    session.training_failed.emit(ThawError("run_exists", path="/runs/1"))
    assert "run_exists" in said(page.empty.sentence.text())


def test_unfinished_runs_and_torn_predictions(page: ResultsPage, show: Show) -> None:
    headlines = set()
    for outcome in ("finished", "stopped", "failed", None):
        is_failed = outcome == "failed"
        show((0.25, 0.75), outcome=outcome, code="out_of_memory" if is_failed else "")
        headlines.add(page.headline.text())
        for number in ("2", "5"):
            assert number in page.headline.text()
        assert ("out_of_memory" in said(page.headline.text())) == is_failed
        color = page.headline.palette().color(page.headline.foregroundRole())
        assert (color == theme.data_color("wrong")) == is_failed
        assert len(page.details.wrong.captions) == 3
    assert len(headlines) == 4
    show(predictions=b"torn")
    assert page.score.share.text() == f"75.0{NBSP}%"
    assert page.later.isVisible()
    assert page.later.text()
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
    before = page.empty.sentence.text(), page.empty.button.text()
    session.start_training()
    during = page.empty.sentence.text(), page.empty.button.text()
    assert all(one != other for one, other in zip(before, during, strict=True))
    qtbot.waitUntil(page.score.isVisible)
    title, headline = page.score.title.text(), page.headline.text()
    assert not page.panel.choose_button.isEnabled()
    assert page.later.isVisible()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert title.startswith(page.score.title.text())
    assert title != page.score.title.text()
    assert headline != page.headline.text()
    assert page.details.isVisible()
    for number in ("2", "4"):
        assert number in page.details.wrong.heading.text()
    assert page.panel.choose_button.isEnabled()


def test_nothing_is_cut_off_on_small_windows(
    qtbot: QtBot, session: Session, page: ResultsPage, show: Show
) -> None:
    show()
    qtbot.waitUntil(page.details.isVisible)
    assert not page.recipe_changed.isVisible()
    session.change("seed", 7)
    for size in ((1080, 712), (1080, 552), (968, 612)):
        page.resize(*size)
        QApplication.processEvents()
        assert page.minimumSizeHint().width() <= size[0]
        assert page.minimumSizeHint().height() <= size[1]
        for widget in (page.open_folder, page.path, page.details.confusion, page.details.wrong):
            assert page.rect().contains(widget.mapTo(page, widget.rect().bottomRight()))
        assert page.left.widget().width() <= page.left.viewport().width()
    page.resize(824, 640)  # in a window of 1024 pixels
    assert page.recipe_changed.isVisible()
    assert "…" not in page.recipe_changed.shown_text
    session.undo()
    assert not page.recipe_changed.isVisible()


def test_a_run_whose_images_changed_or_are_gone_says_so(
    qtbot: QtBot,
    session: Session,
    page: ResultsPage,
    show: Show,
    picture_folder: PictureFolder,
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    with qtbot.waitSignal(session.looks.run_changed):
        show(of=folder, right=())
    assert page.outdated.text == ""
    page.hide()
    (folder / RED / "000.png").unlink()
    with qtbot.waitSignal(session.looks.run_changed):
        page.show()
    for words in ("1", "red/000.png"):
        assert words in page.outdated.text
    with qtbot.waitSignals([page.navigate, session.dataset_changed]):
        page.outdated.button.click()
    changed = page.outdated.text
    page.hide()
    folder.rename(folder.with_name("elsewhere"))
    with qtbot.waitSignal(session.looks.run_pictures_gone):
        page.show()
    assert page.outdated.text not in (changed, "")
    assert not page.outdated.button.isVisible()
