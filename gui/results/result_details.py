"""The confusion matrix, and below it the wrong pictures that it filters."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.runs.evaluation import Result
from gui.base import theme
from gui.results.confusion import ConfusionMatrix
from gui.results.misclassified import WrongPictures


class ResultDetails(QWidget):
    """A click on a mistake in the matrix leaves only its pictures in the list.

    Signal: ``picture_chosen`` with the path of a wrong picture that was clicked.
    """

    picture_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(self.tr("Confusion matrix: what was taken for what"))
        heading.setFont(theme.heading_font())
        self.confusion = ConfusionMatrix()
        self.wrong = WrongPictures()
        self.confusion.cell_chosen.connect(self.wrong.show_cell)
        self.wrong.all_asked.connect(self._show_all)
        self.wrong.picture_chosen.connect(self.picture_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading)
        column.addWidget(self.confusion, 100)
        column.addSpacing(6)
        column.addWidget(self.wrong, 1)

    def show_result(self, result: Result, folder: Path) -> None:
        """Show ``result``, whose pictures lie in ``folder``; all mistakes are listed."""
        self.confusion.show_result(result)
        self.wrong.show_result(result, folder)

    def _show_all(self) -> None:
        self.confusion.clear_choice()
        self.wrong.show_cell(None)
