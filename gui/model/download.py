"""Published weights that this machine lacks: how large they are, and their download."""

import threading
from pathlib import Path
from time import monotonic

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe.config import BUILT_IN
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest, Progress, Work
from gui.controls.labels import AdviceLine
from gui.model import weights_words
from gui.session.session import Session

_WIDTH = 520
_PERMILLE = 1000  # bytes may be more than a progress bar counts to
_TELLING = 2.0  # seconds after which the time that is left can be told


class DownloadDialog(QDialog):
    """Nothing comes before a person has seen the size and pressed Download.

    To cancel deletes what has come; where the network fails it is kept, and the next try goes
    on from there. Signal: ``ready`` when the weights are there, or the built-in ones were taken
    in their place; the dialog then closes.
    """

    ready = Signal()

    def __init__(
        self, session: Session, name: str, parent: QWidget | None = None, *, damaged: bool = False
    ) -> None:
        """``damaged``: the weights are here, but are not as published."""
        super().__init__(parent)
        self._session, self._name, self._damaged = session, name, damaged
        self._leave, self._discard = threading.Event(), threading.Event()
        self.destroyed.connect(self._leave.set)  # before the pool waits for its job
        self._job = Latest(self)
        self._job.progressed.connect(self._progress)
        self._job.done.connect(lambda _answer: self._succeed())
        self._job.failed.connect(self._fail)
        self._began, self._first = 0.0, 0
        self.setWindowTitle(self.tr("Download weights"))
        self.heading = QLabel(weights_words.sources()[name].name)
        self.heading.setFont(theme.heading_font())
        self.why = _sentence(self._size())
        self.place = _sentence(self._place())
        self.place.setFont(theme.small_font())
        self.bar = QProgressBar()
        self.bar.setRange(0, _PERMILLE)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Download"))
        self.state = QLabel()
        self.problem = AdviceLine()
        self.download_button = QPushButton(self.tr("Download"))
        self.built_in_button = QPushButton(self.tr("Use the built-in weights"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self._lay_out()
        self.download_button.clicked.connect(self._begin)
        self.built_in_button.clicked.connect(self._use_built_in)
        self.cancel_button.clicked.connect(self.reject)
        self._show_busy(False)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.built_in_button)
        buttons.addStretch()
        buttons.addWidget(self.download_button)
        buttons.addWidget(self.cancel_button)
        self.download_button.setDefault(True)
        for one in (self.built_in_button, self.cancel_button):
            one.setAutoDefault(False)
        self.column = column = QVBoxLayout(self)
        column.setSpacing(8)
        parts = (self.heading, self.why, self.place, self.bar, self.state, self.problem)
        for part in parts:
            column.addWidget(part)
        column.addStretch()
        column.addLayout(buttons)
        self.setMinimumWidth(_WIDTH)
        self.resize(_WIDTH, 1)

    @property
    def is_busy(self) -> bool:
        """Whether it downloads."""
        return self._job.is_busy

    # -- what is done -----------------------------------------------------------------------

    def _begin(self) -> None:
        self.problem.show_words("")
        self._began = 0.0
        self._job.submit(_downloading(self._name, self._leave, self._discard))
        self._show_busy(True)
        self.state.setText(fill(self.tr("Connecting to {host}…"), {"host": weight_download.host()}))

    def _use_built_in(self) -> None:
        model = self._session.recipe.model
        self._session.change("model", weights_words.changed(model, BUILT_IN))
        self._succeed()

    def _succeed(self) -> None:
        self.accept()
        self.ready.emit()

    def _fail(self, error: ThawError) -> None:
        self._show_busy(False)
        self.download_button.setText(self.tr("Try again"))
        self.problem.show_words(base_words.error_text(error), "wrong")
        self._grow()

    def done(self, result: int) -> None:
        """Close; what is under way is cancelled."""
        if self.is_busy:
            self._discard.set()
            self._leave.set()
            self._job.cancel()
        super().done(result)

    # -- what is shown ----------------------------------------------------------------------

    def _show_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.state.setVisible(busy)
        self.bar.setValue(0)
        self.download_button.setEnabled(not busy)
        self.built_in_button.setEnabled(not busy)
        self._grow()

    def _grow(self) -> None:
        """Be as high as all that is said now needs."""
        needed = self.column.totalHeightForWidth(self.width())
        self.resize(self.width(), max(self.height(), needed))

    def _progress(self, done: int, total: int) -> None:
        self.bar.setValue(_PERMILLE * done // max(total, 1))
        if not self._began:
            self._began, self._first = monotonic(), done
        words = self.tr("{done} of {total}")
        values = {"done": base_words.file_size(done), "total": base_words.file_size(total)}
        seconds, came = monotonic() - self._began, done - self._first
        if seconds > _TELLING and came:
            words = self.tr("{done} of {total} · {time} left")
            values["time"] = base_words.duration((total - done) * seconds / came)
        self.state.setText(fill(words, values))

    def _size(self) -> str:
        template = self.tr(
            "These weights are not on this machine yet. {size} come from {host}, once; later runs "
            "need no network."
        )
        if self._damaged:
            template = self.tr(
                "The file of these weights on this machine is damaged. {size} come anew from "
                "{host}, and take its place; later runs need no network."
            )
        size = base_words.file_size(PUBLISHED[self._name].bytes)
        return fill(template, {"size": size, "host": weight_download.host()})

    def _place(self) -> str:
        folder: Path = weight_download.place(self._name).parent
        return fill(self.tr("They are kept in {folder}"), {"folder": printable(str(folder))})


def _downloading(name: str, leave: threading.Event, discard: threading.Event) -> Work:
    """Download the weights ``name`` until ``leave`` is set; what has come is deleted where
    ``discard`` is set then, and else continued another time."""

    def work(_stop: threading.Event, progress: Progress) -> None:
        try:
            for one in weight_download.download(name, leave):
                progress(one.done, one.total)
        except ThawError as error:
            if error.code == "stopped" and discard.is_set():
                weight_download.discard(name)
            raise

    return work


def _sentence(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
