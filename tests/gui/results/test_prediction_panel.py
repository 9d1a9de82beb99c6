"""The place to drop a picture: dropping, choosing, pasting, and what is said."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from core.images.errors import ImageError
from gui.base import theme
from gui.results.prediction import MOST, PictureAnswer, PredictionPanel
from tests.support.pictures import draw

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def panel(qtbot: QtBot) -> PredictionPanel:
    panel = PredictionPanel()
    qtbot.addWidget(panel)
    panel.resize(340, 500)
    panel.show()
    return panel


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "my sign.png"
    draw(file, (200, 40, 40), seed=1)
    return file


def mime_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(panel: PredictionPanel, *paths: Path) -> None:
    mime = mime_of(*paths)  # the events keep no reference
    no_keys, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    copy, area = Qt.DropAction.CopyAction, panel.drop_area
    QApplication.sendEvent(area, QDragEnterEvent(QPoint(9, 9), copy, mime, left, no_keys))
    QApplication.sendEvent(area, QDropEvent(QPointF(9, 9), copy, mime, left, no_keys))


@dataclass
class Answer:
    """As ``core.training.network_file.Answer``, which brings torch."""

    name: str
    probability: float


def answer(path: Path) -> PictureAnswer:
    pixels = np.full((32, 32, 3), 90, np.uint8)
    answers: Any = (Answer("turn-left", 0.872), Answer("stop", 0.128))
    return PictureAnswer(path, pixels, answers)


def test_dropped_pictures_are_asked_about(
    qtbot: QtBot, panel: PredictionPanel, picture: Path
) -> None:
    with qtbot.waitSignal(panel.files_chosen) as chosen:
        drop(panel, picture)
    assert chosen.args == [[picture]]


def test_pictures_are_chosen_in_a_dialog(
    qtbot: QtBot, panel: PredictionPanel, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def answer_dialog(*values: object) -> tuple[list[str], str]:
        asked.append(values)
        return [str(picture)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", answer_dialog)
    with qtbot.waitSignal(panel.files_chosen) as chosen:
        qtbot.mouseClick(panel.choose_button, Qt.MouseButton.LeftButton)
    assert chosen.args == [[picture]]
    assert "*.jpg" in str(asked[0][3])
    assert "*.heic" in str(asked[0][3])


def test_a_copied_file_is_pasted(qtbot: QtBot, panel: PredictionPanel, picture: Path) -> None:
    QGuiApplication.clipboard().setMimeData(mime_of(picture))
    panel.drop_area.setFocus()
    qtbot.waitUntil(panel.drop_area.hasFocus)
    with qtbot.waitSignal(panel.files_chosen) as chosen:
        qtbot.keyClick(panel.drop_area, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert chosen.args == [[picture]]


def test_an_answer_shows_the_top_classes_beside_the_picture(
    qtbot: QtBot, panel: PredictionPanel, picture: Path
) -> None:
    panel.show_working(True)
    assert panel.message.text() == "Looking…"
    panel.show_answer(answer(picture))
    panel.show_working(False)
    (card,) = panel.cards
    assert panel.message.isHidden()
    assert card.name.text == "my sign.png"
    assert card.bars is not None
    assert card.bars.lines == [f"turn-left 87.2{NBSP}%", f"stop 12.8{NBSP}%"]
    assert card.problem is None


def test_an_unreadable_picture_gets_its_sentence(panel: PredictionPanel) -> None:
    panel.show_answer(answer(Path("good.png")))
    panel.show_answer(PictureAnswer(Path("bad.jpg"), error=ImageError("truncated_image")))
    good, bad = panel.cards
    assert good.bars is not None
    assert bad.problem is not None
    assert bad.problem.text() == "the picture is cut short"
    assert bad.bars is None
    color = bad.problem.palette().color(bad.problem.foregroundRole())
    assert color == theme.data_color("wrong")


def test_new_pictures_take_the_place_of_the_old(panel: PredictionPanel, picture: Path) -> None:
    panel.show_answer(answer(picture))
    panel.offer([picture])
    assert panel.cards == []


def test_more_pictures_than_are_taken_are_told(
    qtbot: QtBot, panel: PredictionPanel, picture: Path
) -> None:
    with qtbot.waitSignal(panel.files_chosen) as chosen:
        panel.offer([picture] * (MOST + 7))
    assert chosen.args == [[picture] * MOST]
    panel.show_working(True)
    assert panel.message.text() == f"The first {MOST} of {MOST + 7} pictures:"


def test_the_mirror_image_is_explained_and_asks_for_nothing_by_itself(
    qtbot: QtBot, panel: PredictionPanel
) -> None:
    assert not panel.flip_average.isChecked()
    assert "left and right don't matter" in panel.flip_average.toolTip()
    with qtbot.assertNotEmitted(panel.files_chosen):
        panel.flip_average.click()


def test_while_a_run_trains_nothing_is_taken(
    qtbot: QtBot, panel: PredictionPanel, picture: Path
) -> None:
    panel.set_available(False)
    assert not panel.choose_button.isEnabled()
    assert not panel.flip_average.isEnabled()
    assert panel.drop_area.accessibleName() == "Try it after training"
    with qtbot.assertNotEmitted(panel.files_chosen):
        panel.offer([picture])
    panel.set_available(True)
    with qtbot.waitSignal(panel.files_chosen):
        panel.offer([picture])
