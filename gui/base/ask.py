"""Buttons without icons, for every dialog of the window."""

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox


def drop_icons(dialog: QDialog) -> None:
    """Take the icons off the buttons that answer ``dialog``.

    Qt puts the desktop's there, or its own red and green ones, on Linux alone; neither goes with
    this window's.
    """
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            button.setIcon(QIcon())
