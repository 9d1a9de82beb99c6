"""Sizes, shapes, colour and formats of a dataset's pictures, in figures and small charts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.dataset.health import Health
from gui.base import theme
from gui.data.findings import figures
from gui.data.findings.bar_chart import BarChart


class FindingFigures(QFrame):
    """Figures that are no findings; what is worth a second look is said in words below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title = QLabel(self.tr("The pictures in figures"), self)
        self.title.setFont(theme.font(bold=True))
        self.setAccessibleName(self.title.text())
        self.sides = BarChart(self)
        self.sides.setAccessibleName(self.tr("Pictures by their shorter side"))
        self.shapes = BarChart(self)
        self.shapes.setAccessibleName(self.tr("Pictures by their shape"))
        self.facts: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._charts = QWidget(self)
        charts = QHBoxLayout(self._charts)
        charts.setContentsMargins(0, 0, 0, 0)
        charts.setSpacing(24)
        charts.addLayout(_captioned(self.tr("Shorter side, pixels"), self.sides))
        charts.addLayout(_captioned(self.tr("Shape"), self.shapes))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self._charts)
        column.addLayout(self._grid)

    @property
    def lines(self) -> list[str]:
        """The facts, each as "name: value"."""
        shown = [(name, value) for name, value in self.facts if not name.isHidden()]
        return [f"{name.text()}: {value.text()}" for name, value in shown]

    def show_health(self, health: Health, image_size: int, ignored: int) -> None:
        """Show ``health``; ``image_size`` in pixels is what the network gets."""
        sizes, shapes = health.sizes, health.shapes
        self._charts.setVisible(sizes is not None)
        if sizes is not None and shapes is not None:
            self.sides.show_bars(*figures.side_bars(sizes))
            self.shapes.show_bars(*figures.shape_bars(shapes))
        facts = figures.facts(health, image_size, ignored)
        while len(self.facts) < len(facts):
            self._add_fact()
        for number, (name, value) in enumerate(self.facts):
            shown = number < len(facts)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(facts[number][0])
                value.setText(facts[number][1])

    def _add_fact(self) -> None:
        name, value = QLabel(self), QLabel(self, wordWrap=True)
        name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for label in (name, value):
            label.setTextFormat(Qt.TextFormat.PlainText)
        row = len(self.facts)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1)
        self.facts.append((name, value))


def _captioned(caption: str, chart: BarChart) -> QVBoxLayout:
    label = QLabel(caption)
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(label)
    column.addWidget(chart)
    return column
