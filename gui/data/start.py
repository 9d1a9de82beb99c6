"""What there is before any images: ways to open some, and how their folder should look.

It offers the folders opened last, and the sample at a size that this machine trains quickly
enough. ``QuickerStart`` offers the smaller size once the sample is open on a slow machine.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QBrush, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.compute.estimate import Speed, estimate
from core.dataset.folder import printable
from core.recipe.config import DatasetConfig, RunConfig
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.drop_area import DropArea
from gui.data import words as data_words
from gui.data.folder_drawing import Entry, FolderDrawing

_FOLDER = int(Qt.ItemDataRole.UserRole)
_ICON = QSize(18, 18)


class RecentFolders(QListWidget):
    """A list of folders. Whether each still exists is asked on another thread, because a
    network drive that has gone can take seconds to say so.

    Signals: ``opened`` and ``removed`` with a folder. Enter opens, Delete removes one that
    has gone.
    """

    opened = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._missing: frozenset[Path] = frozenset()
        self._look = Latest(self)
        self._look.done.connect(self._mark_missing)
        self.setAccessibleName(self.tr("Recent folders"))
        self.setIconSize(_ICON)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._open)

    @property
    def folders(self) -> list[Path]:
        """What is listed."""
        return [self.item(row).data(_FOLDER) for row in range(self.count())]

    def show_folders(self, folders: Sequence[Path]) -> None:
        """List these, the latest first."""
        if list(folders) != self.folders:
            self.clear()
            for folder in folders:
                self._add(folder)
            self._missing = frozenset()
            self.setMaximumHeight(len(folders) * self._row_height() + 2 * self.frameWidth())
        self._look.call(_gone, tuple(folders))

    def is_missing(self, folder: Path) -> bool:
        """Whether ``folder`` is shown as gone."""
        return folder in self._missing

    def remove_button(self, folder: Path) -> QToolButton | None:
        """The button that removes a folder that has gone."""
        widget = self.itemWidget(self.item(self.folders.index(folder)))
        return widget.findChild(QToolButton) if widget is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(item)
        elif item is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if item.data(_FOLDER) in self._missing:
                self.removed.emit(item.data(_FOLDER))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._pale()

    def _add(self, folder: Path) -> None:
        path = " ".join(printable(str(folder)).splitlines())
        name = printable(folder.name) or path
        item = QListWidgetItem(theme.icon("folder"), f"{name}\n{path}")
        item.setData(_FOLDER, folder)
        item.setToolTip(path)
        item.setSizeHint(QSize(0, self._row_height()))
        self.addItem(item)

    def _row_height(self) -> int:
        return 2 * self.fontMetrics().lineSpacing() + 8

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_FOLDER))

    def _mark_missing(self, missing: frozenset[Path]) -> None:
        self._missing = missing
        for row in range(self.count()):
            item = self.item(row)
            gone = item.data(_FOLDER) in missing
            path = printable(str(item.data(_FOLDER)))
            sentence = fill(self.tr("There is no folder {path}"), {"path": path})
            item.setToolTip(sentence if gone else path)
            if gone and self.itemWidget(item) is None:
                self.setItemWidget(item, self._remover(item))
            elif not gone:
                self.removeItemWidget(item)
        self._pale()

    def _pale(self) -> None:
        pale = self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        for row in range(self.count()):
            item = self.item(row)
            gone = item.data(_FOLDER) in self._missing
            item.setForeground(QBrush(pale) if gone else QBrush())

    def _remover(self, item: QListWidgetItem) -> QWidget:
        folder: Path = item.data(_FOLDER)
        button = QToolButton(autoRaise=True)
        button.setIcon(theme.icon("close"))
        words = self.tr("Remove from the list (Delete)")
        button.setToolTip(words)
        button.setAccessibleName(f"{words}: {printable(folder.name)}")
        button.clicked.connect(lambda: self.removed.emit(folder))
        button.setAutoFillBackground(True)  # a long path goes on beneath it
        button.setBackgroundRole(QPalette.ColorRole.Base)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 2, 0)
        row.addStretch(1)
        row.addWidget(button)
        return holder


TRAIN, VALIDATION = 384, 96  # the sample's pictures, split by default
SMALL, USUAL = 96, DatasetConfig().image_size
PATIENCE = 60.0  # seconds until the first point
_EXACT_BELOW = 57.5  # from here on a duration itself says "about"


def _gone(folders: Sequence[Path]) -> frozenset[Path]:
    return frozenset(folder for folder in folders if not os.path.isdir(folder))


def first_point(speed: Speed, size: int) -> float:
    """Seconds until the default recipe's first epoch on the sample is on the curve."""
    recipe = RunConfig(dataset=DatasetConfig(image_size=size))
    return estimate(recipe, speed, TRAIN, VALIDATION).first_point


class SampleOffer(QFrame):
    """One button; on a machine measured as slow two, the small size first.

    Signal: ``asked`` with the picture size in pixels, None where no size was named.
    """

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_slow = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        heading = QLabel(self.tr("No pictures at hand?"), self)
        heading.setFont(theme.font(bold=True))
        words = QLabel(self.tr("The sample: 480 pictures of 8 kinds of traffic sign."), self)
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        words.setWordWrap(True)
        self.first = QPushButton(theme.icon("sample"), "", self)
        self.second = QPushButton(self)
        self.first.clicked.connect(lambda: self.asked.emit(SMALL if self._is_slow else None))
        self.second.clicked.connect(lambda: self.asked.emit(USUAL))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(6)
        for part in (heading, words):
            layout.addWidget(part)
        for button in (self.first, self.second):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_speed(None)

    def show_speed(self, speed: Speed | None) -> None:
        """Offer what suits a machine of ``speed``; None while that isn't known."""
        self._is_slow = speed is not None and first_point(speed, USUAL) > PATIENCE
        self.second.setVisible(self._is_slow)
        if speed is None or not self._is_slow:
            self.first.setText(self.tr("&Try the sample"))
            return
        first = self.tr("&Try the sample at {size} px: first point after {time}")
        self.first.setText(fill(first, _values(self, speed, SMALL)))
        self.second.setText(fill(self.tr("At {size} px: {time}"), _values(self, speed, USUAL)))


def _values(owner: QWidget, speed: Speed, size: int) -> dict[str, object]:
    seconds = first_point(speed, size)
    time = base_words.duration(seconds)
    if seconds < _EXACT_BELOW:
        time = fill(owner.tr("about {time}"), {"time": time})
    return {"size": size, "time": time}


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
        self._draw_layouts(*data_words.expected_names(folder, error))
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


class QuickerStart(QFrame):
    """One line with a button; hidden where the machine is quick enough.

    Signal: ``asked`` with the smaller picture size in pixels.
    """

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.button = QPushButton(self)
        self.button.clicked.connect(lambda: self.asked.emit(SMALL))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        self.hide()

    def show_speed(self, speed: Speed | None, image_size: int) -> None:
        """Offer the small size where ``image_size`` is the usual one and ``speed`` is slow."""
        slow = speed is not None and first_point(speed, USUAL) > PATIENCE
        self.setVisible(slow and image_size == USUAL)
        if speed is None or not slow:
            return
        words = self.tr("At {size} px the first point on the curves comes after {time}.")
        self.words.setText(fill(words, self._values(speed, USUAL)))
        offer = self.tr("Use {size} px: first point after {time}")
        self.button.setText(fill(offer, self._values(speed, SMALL)))

    def _values(self, speed: Speed, size: int) -> dict[str, object]:
        return {"size": size, "time": base_words.duration(first_point(speed, size))}
