"""The kinds of head to choose one from."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStyle, QVBoxLayout, QWidget

from gui import theme
from gui.head_text import HeadText, kinds
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.radio import Radio

_GAP = 5  # pixels


class HeadKinds(QWidget):
    """A radio button for each kind, with a few words below it; its tool tip says it all.

    A click changes nothing by itself: whoever shows the recipe shows the kind.
    Signal: ``value_changed`` with the kind, only when a person chose one.
    """

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = kinds()
        self.choices: dict[str, Radio] = {}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        for kind, text in self._texts.items():
            line = _Line(text, self)
            line.radio.clicked.connect(lambda _on, kind=kind: self.value_changed.emit(kind))
            self.choices[kind] = line.radio
            self._group.addButton(line.radio)
            column.addWidget(line)

    def set_value(self, value: str) -> None:
        """Show a kind; nothing is emitted."""
        self.choices[value].setChecked(True)

    def shown(self, value: str) -> str:
        """The name of a kind."""
        return self._texts[value].name


class _Line(QWidget):
    """One kind; a click on its words chooses it too."""

    def __init__(self, text: HeadText, parent: QWidget) -> None:
        super().__init__(parent)
        self.radio = Radio(text.name, self)
        words = ElidedLabel(text.short, self)
        words.setFont(theme.small_font())
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.radio)
        row = QHBoxLayout()
        metric = QStyle.PixelMetric
        for part in (metric.PM_ExclusiveIndicatorWidth, metric.PM_RadioButtonLabelSpacing):
            row.addSpacing(self.style().pixelMetric(part, None, self.radio))
        row.setSpacing(0)
        row.addWidget(words)
        column.addLayout(row)
        self.setToolTip(text.all)
        self.radio.setAccessibleDescription(text.all)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()
