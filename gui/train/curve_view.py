"""The curves of a run with all that a person may ask of them."""

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QToolTip, QVBoxLayout, QWidget

from core.common.messages import ThawError
from core.reports.plots.points import CurveOptions
from core.runs.history import History
from gui.base import words as base_words
from gui.session.settings import Settings
from gui.train.curve_canvas import CurveCanvas
from gui.train.curve_export import CurveExport
from gui.train.curves import CurveControls


class CurveView(QFrame):
    """A framed canvas below its controls. It shows any history, which may grow: a run that
    trains, an earlier one, or one that is played back. How curves are looked at is remembered.

    Signals: ``failed`` with a ``ThawError`` where a file could not be written; ``replay_asked``.
    """

    failed = Signal(object)
    replay_asked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._name = ""
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.canvas = CurveCanvas()
        self.menu = CurveExport(self)
        self.controls = CurveControls(self.menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.controls)
        column.addWidget(self.canvas, 1)
        self.controls.changed.connect(self._change)
        self.controls.whole_asked.connect(self.canvas.look_at_all)
        self.controls.replay_asked.connect(self.replay_asked)
        self.canvas.view_changed.connect(self._refresh_whole)
        self.menu.aboutToShow.connect(self._refresh_menu)
        self.menu.exported.connect(self._tell)
        self.menu.failed.connect(self._tell_failure)
        options = settings.curve_options
        self.controls.show_options(options)
        self.canvas.set_options(options)

    def set_history(self, history: History, name: str = "") -> None:
        """Show this history from now on; call it again when it has grown. ``name`` is proposed
        for files."""
        self._name = name
        self.canvas.set_history(history)
        self.controls.setVisible(history.started is not None)
        self._refresh_whole()

    def offer_replay(self, offered: bool) -> None:
        """Offer to play the run back, or not."""
        self.controls.replay.setVisible(offered)

    def _change(self, options: CurveOptions) -> None:
        self._settings.curve_options = options
        self.canvas.set_options(options)

    def _refresh_whole(self) -> None:
        self.controls.set_whole(self.canvas.is_whole)

    def _refresh_menu(self) -> None:
        self.menu.set_source(self.canvas.history, self.canvas.options, self._name)

    def _tell_failure(self, error: ThawError) -> None:
        self._tell(base_words.error_text(error))
        self.failed.emit(error)

    def _tell(self, words: str) -> None:
        button = self.controls.export
        QToolTip.showText(button.mapToGlobal(QPoint(0, button.height())), words, button)
