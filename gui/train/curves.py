"""The row above the curves: how they are looked at, and where they can be written to."""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from core.reports.plots.points import SMOOTHEST, CurveOptions
from gui.base import theme
from gui.base import words as base_words
from gui.controls.inputs import QuietSlider

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
