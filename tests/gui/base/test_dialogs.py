"""What all dialogs have in common."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QProxyStyle,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.base.ask import drop_icons
from gui.shell import menus
from gui.shell.unexpected import UnexpectedErrors


class _DesktopStyle(QProxyStyle):
    """Puts icons on the buttons of dialogs, as Linux's desktops do."""

    def styleHint(self, hint: QStyle.StyleHint, *args: Any) -> int:
        if hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, *args)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    """A window in the style of a desktop with icons."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.style().name()
    app.setStyle(_DesktopStyle(before))
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made
    app.setStyle(before)


def test_the_desktops_icons_go_and_a_dialogs_own_stay(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    own = QPushButton(theme.icon("stop"), "own")
    standard = QDialogButtonBox.StandardButton
    answers = QDialogButtonBox(standard.Ok | standard.Cancel)
    column = QVBoxLayout(dialog)
    column.addWidget(own)
    column.addWidget(answers)
    for button in answers.buttons():
        button.setIcon(theme.icon("close"))
    drop_icons(dialog)
    assert all(button.icon().isNull() for button in answers.buttons())
    assert not own.icon().isNull()


@pytest.mark.parametrize("show", [menus.show_about, menus.show_how_it_works])
def test_the_help_menus_dialogs_have_none(window: QWidget, show: Callable[[QWidget], None]) -> None:
    show(window)
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert _icons(box) == []


def test_what_tells_of_an_unexpected_error_has_none(window: QWidget) -> None:
    errors = UnexpectedErrors(window)
    errors.handle(ValueError, ValueError("a bug"), None)
    assert errors.dialog is not None
    assert _icons(errors.dialog) == []
    errors.dialog.close()


def _icons(box: QMessageBox) -> list[QAbstractButton]:
    """The buttons with an icon; in this style Qt's own have one."""
    plain = QMessageBox(QMessageBox.Icon.NoIcon, "", "", QMessageBox.StandardButton.Close)
    assert not plain.buttons()[0].icon().isNull()
    assert box.buttons()
    return [button for button in box.buttons() if not button.icon().isNull()]
