"""A run's curves with their controls, and their export to files and the clipboard."""

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.reports import export as run_export
from core.reports.plots.points import SMOOTHEST, CurveOptions
from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Progress, Work
from gui.controls.inputs import QuietSlider
from gui.recipe import words as recipe_words
from gui.runs.export import WritingMenu
from gui.session.settings import Settings
from gui.train.curve_canvas import CurveCanvas

_STEPS = 100
_SLIDER = 110  # pixels
_ICON = QSize(16, 16)


class CurveControls(QWidget):
    """Smoothing, a logarithmic axis for the loss, the learning rates, and the whole run again.

    Signals: ``changed`` with the ``CurveOptions`` that a person chose; ``whole_asked``;
    ``replay_asked``.
    """

    changed = Signal(object)
    whole_asked = Signal()
    replay_asked = Signal()

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        """``menu`` drops from the last button."""
        super().__init__(parent)
        self._options = CurveOptions()
        self.slider = QuietSlider()
        self.slider.setRange(0, round(SMOOTHEST * _STEPS))
        self.slider.setPageStep(10)
        self.slider.setFixedWidth(_SLIDER)
        self.slider.valueChanged.connect(self._smooth)
        label = QLabel(self.tr("S&moothing"))
        label.setBuddy(self.slider)
        tip = self.tr(
            "Each epoch’s point keeps so much of those before it, anew in each stage; the raw "
            "curve stays, faint. The 95 % interval is always that of the raw curve."
        )
        label.setToolTip(tip)
        self.slider.setToolTip(tip)
        self.slider.setAccessibleName(self.tr("Smoothing"))
        self.amount = QLabel()
        self.amount.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %") + 4)
        self.log = self._toggle(
            self.tr("&Log loss"), self.tr("The loss on a logarithmic axis: small losses are told")
        )
        self.rates = self._toggle(
            self.tr("R&ates"), self.tr("The learning rates of head and ConvNet, below the curves")
        )
        self.log.toggled.connect(lambda on: self._change(log_loss=on))
        self.rates.toggled.connect(lambda on: self._change(rates=on))
        self.whole = self._button(self.tr("&Whole run"), "reset")
        self.whole.clicked.connect(self.whole_asked)
        self.whole.setToolTip(
            self.tr(
                "The wheel zooms: beside the axes only the values, below them only the epochs. "
                "Dragging zooms into a rectangle; where a part is shown, it moves, and with Shift "
                "or the right button it zooms further in. "
                "A double click shows the whole run again."
            )
        )
        self.replay = self._button(self.tr("Re&play"), "train")
        self.replay.clicked.connect(self.replay_asked)
        self.replay.setToolTip(self.tr("Plays the run back, as if it trained again"))
        self.replay.hide()
        self.export = self._button(self.tr("E&xport"), "save")
        self.export.setMenu(menu)
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 6, 0)
        row.setSpacing(6)
        for widget in (label, self.slider, self.amount, self.log, self.rates):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.replay)
        row.addWidget(self.whole)
        row.addWidget(self.export)
        self.show_options(self._options)
        self.set_whole(True)

    @property
    def options(self) -> CurveOptions:
        """What is chosen."""
        return self._options

    def show_options(self, options: CurveOptions) -> None:
        """Show ``options``, without a signal."""
        self._options = options
        for control in (self.slider, self.log, self.rates):
            control.blockSignals(True)
        self.slider.setValue(round(options.smoothing * _STEPS))
        self.log.setChecked(options.log_loss)
        self.rates.setChecked(options.rates)
        for control in (self.slider, self.log, self.rates):
            control.blockSignals(False)
        self.amount.setText(base_words.percent(options.smoothing, digits=0))

    def set_whole(self, whole: bool) -> None:
        """Say whether all of the run is in view."""
        self.whole.setEnabled(not whole)

    def _smooth(self, steps: int) -> None:
        self.amount.setText(base_words.percent(steps / _STEPS, digits=0))
        self._change(smoothing=steps / _STEPS)

    def _change(self, **changes: bool | float) -> None:
        self._options = replace(self._options, **changes)  # type: ignore[arg-type]
        self.changed.emit(self._options)

    def _toggle(self, words: str, tip: str) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setCheckable(True)
        button.setText(words)
        button.setAccessibleName(words.replace("&", ""))
        button.setToolTip(tip)
        return button

    def _button(self, words: str, icon: str) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setText(words)
        button.setAccessibleName(words.replace("&", ""))
        button.setIcon(theme.icon(icon))
        button.setIconSize(_ICON)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button


class CurveExport(WritingMenu):
    """Draws the figure anew for paper, light and with a legend, in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history, self._options = History(), CurveOptions()
        self._name = "curves"
        self.add(self.tr("Save the &figure…"), self._ask_figure)
        self.add(self.tr("&Copy the figure"), self.copy_figure)
        self.add(self.tr("Save the &numbers as CSV…"), self._ask_numbers)
        self.set_source(self._history, self._options)

    def set_source(self, history: History, options: CurveOptions, name: str = "") -> None:
        """Write this history, looked at in that way; ``name`` is proposed for files."""
        self._history, self._options = history, options
        self._name = name or "curves"
        for action in self.actions():
            action.setEnabled(history.started is not None)

    def save_figure(self, path: Path) -> None:
        """Write the figure to ``path``, as its suffix says."""
        self.submit(_written(path, self._figure(run_export.kind_of(path))))

    def save_numbers(self, path: Path) -> None:
        """Write every epoch's figures to ``path`` as CSV."""
        history = _frozen(self._history)

        def contents() -> bytes:
            from core.reports.export import history_csv

            return history_csv(history)

        self.submit(_written(path, contents))

    def copy_figure(self) -> None:
        """Put the figure on the clipboard."""
        contents = self._figure("png")

        def work(_stop: threading.Event, _progress: Progress) -> QImage:
            return QImage.fromData(contents())

        self.submit(work)

    def told(self, done: object) -> str:
        """What was written, or that the figure is on the clipboard, where it is put now."""
        if not isinstance(done, QImage):
            return super().told(done)
        QGuiApplication.clipboard().setImage(done)
        return self.tr("The figure is on the clipboard")

    def _figure(self, kind: str) -> Callable[[], bytes]:
        """What draws the figure as it is now, as a file of ``kind``."""
        history, options, words = _frozen(self._history), self._options, recipe_words.curve_words()

        def contents() -> bytes:
            from core.reports.plots.files import as_file, of_run

            return as_file(partial(of_run, history, options, words), kind)

        return contents

    def _ask_figure(self) -> None:
        if path := self.ask_format("figure", self._name):
            self.save_figure(path)

    def _ask_numbers(self) -> None:
        if path := self.ask_format("numbers", self._name):
            self.save_numbers(path)


def _frozen(history: History) -> History:
    """One that does not grow while another thread draws it."""
    copied = copy(history)
    for name, value in vars(history).items():
        if isinstance(value, list | dict):
            setattr(copied, name, value.copy())
    return copied


def _written(path: Path, contents: Callable[[], bytes]) -> Work:
    def work(_stop: threading.Event, _progress: Progress) -> Path:
        run_export.put(path, contents())
        return path

    return work


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
