"""What there is before any pictures: ways to open some, and how their folder should look."""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.common.messages import ThawError, fill
from core.compute.estimate import Speed
from core.dataset.folder import printable
from gui.base import theme
from gui.base import words as base_words
from gui.controls.drop_area import DropArea
from gui.data import data_text
from gui.data.folder_drawing import Entry, FolderDrawing
from gui.data.recent_folders import RecentFolders
from gui.data.sample_offer import SampleOffer

_SIDE_WIDTH = 390
_LONGEST_WORD = re.compile(r"(\S{30})")


class StartArea(QWidget):
    """Also what follows a folder that can't be used: why, what was expected, the ways on.

    Signals: ``open_asked`` (choose in a dialog), ``folder_chosen`` (dropped, or a recent one),
    ``recent_removed``, ``sample_asked`` (picture size or None), ``back_asked`` (to the
    pictures that still are open).
    """

    open_asked = Signal()
    folder_chosen = Signal(object)
    recent_removed = Signal(object)
    sample_asked = Signal(object)
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self.tr("Data"), self)
        self.title.setFont(theme.title_font())
        self.drop = DropArea("", self.tr("Its pictures stay where they are and as they are."))
        self.open = QPushButton(theme.icon("open"), self.tr("&Open a folder…"), self.drop)
        self.drop.add_button(self.open)
        self.sample = SampleOffer(self)
        self.layouts = FolderDrawing(parent=self), FolderDrawing(parent=self)
        self.recent = RecentFolders(self)
        self._recent_heading = _heading(self.tr("Recent folders"), self)
        self._make_failure()
        self._lay_out()
        self.drop.activated.connect(self.open_asked)
        self.open.clicked.connect(self.open_asked)
        self.drop.dropped.connect(lambda folders: self.folder_chosen.emit(folders[0]))
        self.sample.asked.connect(self.sample_asked)
        self.recent.opened.connect(self.folder_chosen)
        self.recent.removed.connect(self.recent_removed)
        self.back.clicked.connect(self.back_asked)
        self.show_failure(None, None)

    # -- what it shows ----------------------------------------------------------------------

    def show_recent(self, folders: Sequence[Path]) -> None:
        """List the folders opened last."""
        self.recent.show_folders(folders)
        for widget in (self.recent, self._recent_heading):
            widget.setVisible(bool(folders))

    def show_speed(self, speed: Speed | None) -> None:
        """Offer the sample at a size that suits this machine."""
        self.sample.show_speed(speed)

    def show_failure(
        self, error: ThawError | None, folder: Path | None, still_open: str = ""
    ) -> None:
        """Say why ``folder`` (None: the sample) can't be used; no error, no sentence.

        ``still_open`` names the pictures that a person can go back to.
        """
        self._failure.setVisible(error is not None)
        self.back.setVisible(bool(still_open))
        self.back.setText(fill(self.tr("&Back to {name}"), {"name": _button_text(still_open)}))
        again = self.tr("Drop another folder here")
        self.drop.set_title(again if error else self.tr("Drop a folder of pictures here"))
        self._draw_layouts(*data_text.expected_names(folder, error))
        if error is None:
            return
        name = printable(folder.name) if folder is not None else self.tr("The sample")
        self.failed.setText(_wrappable(fill(self.tr("{name} cannot be used"), {"name": name})))
        sentence = base_words.error_text(error)
        self.reason.setText(_wrappable(sentence))
        self._failure.setAccessibleName(sentence)
        QAccessible.updateAccessibility(QAccessibleEvent(self._failure, QAccessible.Event.Alert))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    # -- making it --------------------------------------------------------------------------

    def _make_failure(self) -> None:
        self._failure = QFrame(self)
        self._failure.setFrameShape(QFrame.Shape.StyledPanel)
        self._failure.setAutoFillBackground(True)
        self.failed = _heading("", self._failure)
        self.reason = QLabel(self._failure)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        self.reason.setTextInteractionFlags(flags)
        for label in (self.failed, self.reason):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.back = QPushButton(self._failure)
        words = QVBoxLayout()
        words.addWidget(self.failed)
        words.addWidget(self.reason)
        row = QHBoxLayout(self._failure)
        row.setContentsMargins(14, 8, 14, 8)
        row.addLayout(words, 1)
        row.addWidget(self.back)
        self._color()

    def _color(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, theme.fill_color("wrong"))
        palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self._failure.setPalette(palette)
        self.back.setPalette(QPalette())

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.drop, 1)
        left.addWidget(self.sample)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addLayout(left, 1)
        body.addWidget(self._side())
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 12, 16, 12)
        page.setSpacing(10)
        page.addWidget(self.title)
        page.addWidget(self._failure)
        page.addLayout(body, 1)

    def _side(self) -> QWidget:
        side = QWidget(self)
        side.setFixedWidth(_SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(_heading(self.tr("How the folder should look"), side))
        column.addLayout(self._drawings())
        column.addSpacing(8)
        column.addWidget(self._recent_heading)
        column.addWidget(self.recent, 1000)
        column.addStretch(1)
        return side

    def _drawings(self) -> QHBoxLayout:
        words = (
            self.tr("one subfolder per class,"),
            self.tr("or train and validation folders"),
        )
        row = QHBoxLayout()
        row.setSpacing(16)
        for drawing, name in zip(self.layouts, words, strict=True):
            label = QLabel(name, self)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            label.setWordWrap(True)
            drawing.setAccessibleName(name)
            column = QVBoxLayout()
            column.addWidget(label)
            column.addWidget(drawing)
            column.addStretch(1)
            row.addLayout(column, 1)
        return row

    def _draw_layouts(self, root: str, first: str, second: str) -> None:
        pictures = self.tr("pictures")
        top = Entry(0, root)
        self.layouts[0].set_entries(
            [top, Entry(1, first), Entry(2, pictures, True)]
            + [Entry(1, second), Entry(2, pictures, True)]
        )
        splits = [Entry(1, "train"), Entry(2, first), Entry(2, second)]
        splits += [Entry(1, "validation"), Entry(2, first), Entry(2, second)]
        splits += [Entry(1, self.tr("test, if you have one"))]
        self.layouts[1].set_entries([top, *splits])


def _heading(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setFont(theme.font(bold=True))
    return label


def _wrappable(sentence: str) -> str:
    """``sentence`` with places to break a line in within its longest words, such as paths."""
    return _LONGEST_WORD.sub("\\1\N{ZERO WIDTH SPACE}", sentence)


def _button_text(name: str) -> str:
    shortened = name if len(name) <= 24 else f"{name[:23]}…"
    return shortened.replace("&", "&&")
