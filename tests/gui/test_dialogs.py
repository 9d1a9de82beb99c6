"""What all dialogs have in common."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from gui import theme
from gui.dialogs import drop_icons


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
