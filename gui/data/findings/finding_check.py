"""A closer look that takes a while: offered, under way, or what it found."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from core.common.messages import fill
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel

_ICON, _BAR = 16, 150


class FindingCheck(QWidget):
    """One line. Signals: ``asked``, ``cancelled``, ``extra_asked`` (the button behind the
    words)."""

    asked = Signal()
    cancelled = Signal()
    extra_asked = Signal()

    def __init__(self, offer: str, parent: QWidget | None = None) -> None:
        """``offer`` is what the button says."""
        super().__init__(parent)
        self._offer = offer
        self._done = False
        self._running = False
        self._icon = QLabel(self)
        self.words = ElidedLabel(parent=self)
        self.extra = QPushButton(self)
        self.extra.clicked.connect(self.extra_asked)
        self.extra.hide()
        self.start = QPushButton(offer, self)
        self.start.clicked.connect(self.asked)
        self.bar = QProgressBar(self, textVisible=False)
        self.bar.setFixedWidth(_BAR)
        self.count = QLabel(self)
        self.cancel = QPushButton(theme.icon("close"), self.tr("Cancel"), self)
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        for widget in (self.extra, self.bar, self.count, self.cancel, self.start):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._arrange()

    @property
    def is_running(self) -> bool:
        """Whether the look is under way."""
        return self._running

    def show_state(self, words: str, done: bool) -> None:
        """Say ``words``; ``done``: this was looked at, and the button goes."""
        self._done = done
        self.words.set_text(words)
        self.bar.setAccessibleName(words)
        self._arrange()

    def show_estimate(self, seconds: float | None) -> None:
        """Say in the button how long it takes, if that is known."""
        label = self._offer
        if seconds is not None:
            values = {"offer": self._offer, "time": base_words.duration(seconds)}
            label = fill(self.tr("{offer} ({time})"), values)
        self.start.setText(label)

    def show_extra(self, label: str) -> None:
        """Show a button behind the words, none for ""."""
        self.extra.setText(label)
        self.extra.setVisible(bool(label))

    def show_running(self, running: bool) -> None:
        """Show a bar in the button's place, or the button again."""
        if running and not self._running:
            self.bar.setRange(0, 0)
            self.count.clear()
        had_focus = self.start.hasFocus() or self.cancel.hasFocus()
        self._running = running
        self._arrange()
        if had_focus:
            (self.cancel if running else self.start).setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` pictures were looked at; 0 of 0 is no known total."""
        self.show_running(True)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        values = {"done": base_words.count(done), "total": base_words.count(total)}
        self.count.setText(fill(self.tr("{done} of {total}"), values) if total else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._arrange()

    def _arrange(self) -> None:
        for widget in (self.bar, self.count, self.cancel):
            widget.setVisible(self._running)
        self.start.setVisible(not (self._running or self._done))
        name, color = ("check", "right") if self._done else ("minus", "baseline")
        pixmap = theme.icon(name, theme.data_color(color)).pixmap(_ICON, _ICON)
        self._icon.setPixmap(pixmap)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
