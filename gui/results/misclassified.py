"""The validation pictures that the network got wrong."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import printable
from core.runs.evaluation import Prediction, Result
from gui.base import theme
from gui.base import words as base_words
from gui.controls.image_grid import GridItem, ImageGrid
from gui.controls.thumbnails import Load, load_thumbnail

_TILE = 96


class WrongPictures(QWidget):
    """A grid of the mistakes, all of them or those of one cell of the confusion matrix.

    Signals: ``all_asked`` where a person wants all again; ``picture_chosen`` with the path of
    a picture that was clicked.
    """

    all_asked = Signal()
    picture_chosen = Signal(object)

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result = Result((), ())
        self._folder = Path()
        self._cell: tuple[int, int] | None = None
        self.heading = QLabel()
        self.heading.setFont(theme.heading_font())
        self.show_all = QPushButton(self.tr("Show all"))
        self.show_all.clicked.connect(self.all_asked)
        self.grid = ImageGrid(_TILE, caption_lines=2, load=load)
        self.grid.activated_item.connect(lambda row: self.picture_chosen.emit(self._path(row)))
        self.none = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        # One row at least; what is left of the page's height goes to the matrix above first.
        self.grid.setMinimumHeight(self.grid.cell_size.height() + 2 * self.grid.frameWidth())
        self.grid.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.none)
        row = QHBoxLayout()
        row.addWidget(self.heading, 1)
        row.addWidget(self.show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def show_result(self, result: Result, folder: Path) -> None:
        """Show the mistakes of ``result``, whose pictures lie in ``folder``."""
        self._result, self._folder = result, folder
        self.show_cell(None)

    def show_cell(self, cell: tuple[int, int] | None) -> None:
        """Show the mistakes of one (true, predicted) pair of classes, or all."""
        self._cell = cell
        shown = self._shown()
        self.grid.set_items([self._item(one) for one in shown])
        self.grid.scrollToTop()
        self._stack.setCurrentWidget(self.grid if shown else self.none)
        values = {"total": base_words.count(self._result.total)}
        self.none.setText(fill(self.tr("All {total} validation pictures are right."), values))
        self.show_all.setVisible(cell is not None)
        self.heading.setText(self._heading(len(shown)))
        self.grid.setAccessibleName(self.heading.text())

    @property
    def captions(self) -> list[str]:
        """The captions of what is shown, each in one line."""
        return [item.caption.replace("\n", " ") for item in self.grid.items]

    def _shown(self) -> list[Prediction]:
        wrong = self._result.wrong
        return [one for one in wrong if self._cell in (None, (one.label, one.predicted))]

    def _path(self, row: int) -> Path:
        return self._folder / self._shown()[row].path

    def _heading(self, count: int) -> str:
        values = {"count": base_words.count(count), "total": base_words.count(self._result.total)}
        if self._cell is None:
            return fill(self.tr("Wrong pictures: {count} of {total}"), values)
        values |= {"true": self._name(self._cell[0]), "predicted": self._name(self._cell[1])}
        return fill(self.tr("{true} taken for {predicted}: {count}"), values)

    def _item(self, one: Prediction) -> GridItem:
        values = {
            "true": self._name(one.label),
            "predicted": self._name(one.predicted),
            "share": base_words.percent(one.confidence, digits=0),
            "path": printable(one.path),
        }
        caption = fill(self.tr("{true} →\n{predicted} {share}"), values)
        template = self.tr("{path}\n{true}, taken for {predicted} with {share}")
        return GridItem(self._folder / one.path, caption, fill(template, values))

    def _name(self, number: int) -> str:
        return printable(self._result.classes[number])
