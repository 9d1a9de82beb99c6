"""One picture of a dataset, as large as fits, with what is known of it."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core.folders import printable
from core.messages import ThawError, fill
from gui import data_text, text
from gui.background import Latest, Progress
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.picture_view import PictureView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Loaded = tuple[NDArray[np.uint8], int, int]

_LARGEST = 2048  # pixels: more than a dialog shows, far less than a camera takes
_SHARE = 0.8  # of the window
_LEAST = 360


class PictureDialog(QDialog):
    """Reads the picture at ``path`` off the window's thread. ``words`` are said of it beside
    its size, such as its class."""

    def __init__(self, path: Path, words: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setWindowTitle(printable(path.name))
        self.view = PictureView(self)
        self.facts = QLabel(self)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.path = ElidedLabel(printable(str(path)), self, Qt.TextElideMode.ElideMiddle)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.facts)
        layout.addWidget(self.path)
        layout.addWidget(buttons)
        self.view.setAccessibleName(printable(path.name))
        self._show_facts([])
        self._take_size(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._loader = Latest(self._pool, self)
        self._loader.done.connect(self._loaded)
        self._loader.failed.connect(self._failed)

        def work(_stop: threading.Event, _progress: Progress) -> "Loaded":
            return _load(path)

        self._loader.submit(work)

    def _take_size(self, parent: QWidget | None) -> None:
        around = parent.window().size() if parent is not None else self.screen().availableSize()
        self.setMinimumSize(_LEAST, _LEAST)
        self.resize((around * _SHARE).expandedTo(self.minimumSize()))

    def _loaded(self, loaded: "Loaded") -> None:
        picture, width, height = loaded
        self.view.set_picture(picture)
        size = fill(
            self.tr("{width} × {height} pixels"),
            {"width": text.count(width), "height": text.count(height)},
        )
        self._show_facts([size])

    def _failed(self, error: ThawError) -> None:
        self._show_facts([text.error_text(error)])

    def _show_facts(self, found: list[str]) -> None:
        self.facts.setText(data_text.SEPARATOR.join([*self._words, *found]))


def _load(path: Path) -> "Loaded":
    """The picture, upright, not larger than is worth showing, and its width and height."""
    from core import images

    header = images.read_header(path)
    picture = images.thumbnail(path, min(max(header.width, header.height), _LARGEST))
    return picture, *header.upright
