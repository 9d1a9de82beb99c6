"""What is coloured by hand follows when the theme changes while it is shown, or hidden."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.controls.setting_fields import FieldBox
from gui.data.findings.cards import Card
from gui.data.findings.panel import FindingCard, FindingCheck
from gui.session.session import Session
from gui.session.settings import Settings
from gui.train.actions import RunActions
from gui.train.status import RunMenuButton


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    theme.apply(qapp, "light")
    yield qapp
    theme.apply(qapp, "system")


def inks(widget: QWidget) -> set[str]:
    """The opaque colours of the pictures in ``widget``'s labels."""
    colors: set[str] = set()
    for label in widget.findChildren(QLabel):
        image = label.pixmap().toImage()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        pixels = (image.pixelColor(x, y) for x, y in places)
        colors |= {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    return colors


def data(name: str) -> str:
    return theme.data_color(name).name()


@pytest.mark.parametrize("shown", [True, False])
def test_a_findings_sign_can_be_seen_in_the_other_theme(
    qtbot: QtBot, app: QApplication, shown: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    card = FindingCard(window)
    card.show_card(Card("problems", "warning", "3 files cannot be used", ""))
    window.setVisible(shown)
    assert data("warning") in inks(card)
    theme.apply(app, "dark")
    QApplication.processEvents()
    assert data("warning") in inks(card)


def test_the_tick_of_a_look_can_be_seen_in_the_other_theme(qtbot: QtBot, app: QApplication) -> None:
    check = FindingCheck("Look")
    qtbot.addWidget(check)
    check.show_state("Looked at", done=True)
    check.show()
    theme.apply(app, "dark")
    QApplication.processEvents()
    assert data("right") in inks(check)
    assert check.start.isHidden()


def test_a_fields_mark_can_be_read_in_the_other_theme(qtbot: QtBot, app: QApplication) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    box = FieldBox("Share", QLineEdit(), "of all", "A number", window)
    box.set_error("Too much")
    window.show()
    theme.apply(app, "dark")
    QApplication.processEvents()
    ink: QColor = box.name.palette().windowText().color()
    assert ink.name() == data("wrong")


def test_the_menu_of_a_run_takes_the_other_theme(
    qtbot: QtBot, app: QApplication, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = RunMenuButton(RunActions(Session(Settings(tmp_path)), window), window)
    button.resize(36, 40)
    window.show()
    lightness = []
    for scheme in ("light", "dark"):
        theme.apply(app, scheme)
        QApplication.processEvents()
        lightness.append(button.grab().toImage().pixelColor(6, 6).lightness())
    assert lightness[0] > 200 > 100 > lightness[1]
