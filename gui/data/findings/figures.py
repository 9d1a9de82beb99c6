"""A dataset's sizes, shapes, colours and formats: the words, the charts and the panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.health import ASPECT_EDGES, SIDE_EDGES, SQUARE, Health, Shapes, Sizes, Spread
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import one_line, say
from gui.data import words as data_words
from gui.data.findings.pairs import counted

_COLOR = "frozen"  # none of the splits' colours
_BARS, _GAP = 46, 3  # pixels: the highest bar, and between bar and label


@dataclass(frozen=True)
class Bar:
    """One bar: how high, and what it counts."""

    count: int
    tooltip: str


@dataclass(frozen=True)
class Tick:
    """A label below the bars; ``place`` is counted in bars from the left end."""

    place: float
    label: str


class BarChart(QWidget):
    """Bars side by side with labels below; each tells its number when it is pointed at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: Sequence[Bar] = ()
        self._ticks: Sequence[Tick] = ()
        self.setFont(theme.small_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def counts(self) -> list[int]:
        """What the bars stand for, from left to right."""
        return [bar.count for bar in self._bars]

    def show_bars(self, bars: Sequence[Bar], ticks: Sequence[Tick]) -> None:
        """Draw these."""
        self._bars, self._ticks = bars, ticks
        self.setAccessibleDescription("; ".join(bar.tooltip for bar in bars if bar.count))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, _BARS + _GAP + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = int(event.pos().x() / max(self._bar_width(), 1)) if self._bars else -1
            if 0 <= place < len(self._bars):
                QToolTip.showText(event.globalPos(), self._bars[place].tooltip, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.data_color(_COLOR, palette))
        for number in range(len(self._bars)):
            painter.drawRect(self.bar_rect(number))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(QPointF(0, _BARS + 0.5), QPointF(self.width(), _BARS + 0.5))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        for tick in self._ticks:
            self._paint_label(painter, tick)

    def bar_rect(self, number: int) -> QRectF:
        """Where a bar stands: a pixel high at least, where it counts anything."""
        bar, width = self._bars[number], self._bar_width()
        highest = max(one.count for one in self._bars)
        height = max(1.0, _BARS * bar.count / highest) if bar.count else 0.0
        return QRectF(number * width + 1, _BARS - height, width - 2, height)

    def _bar_width(self) -> float:
        return self.width() / max(len(self._bars), 1)

    def _paint_label(self, painter: QPainter, tick: Tick) -> None:
        room = QRectF(0, _BARS + _GAP, self.fontMetrics().horizontalAdvance(tick.label) + 2, 0)
        room.setHeight(self.fontMetrics().height())
        center = tick.place * self._bar_width()
        room.moveLeft(min(max(0.0, center - room.width() / 2), self.width() - room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tick.label)


translate = QCoreApplication.translate

Chart = tuple[list[Bar], list[Tick]]
_EXAMPLE = "{path} ({format})"


def side_bars(sizes: Sizes) -> Chart:
    """Pictures by their shorter side, with the limits below."""
    edges = [base_words.count(edge) for edge in SIDE_EDGES]
    below = say("findings", "below {edge} px", edge=edges[0])
    between = [
        say("findings", "{low} to {high} px", low=low, high=high) for low, high in pairwise(edges)
    ]
    above = say("findings", "{edge} px and more", edge=edges[-1])
    names = [below, *between, above]
    bars = [_bar(name, count) for name, count in zip(names, sizes.shorter_side, strict=True)]
    ticks = [Tick(place, _short(edge)) for place, edge in enumerate(SIDE_EDGES, 1)]
    return bars, ticks


def shape_bars(shapes: Shapes) -> Chart:
    """Pictures by width to height, the narrowest first."""
    names = [_ratio(low, high) for low, high in pairwise((None, *ASPECT_EDGES, None))]
    bars = [_bar(name, count) for name, count in zip(names, shapes.aspects, strict=True)]
    middle = len(bars) / 2
    ticks = [
        Tick(middle / 2, translate("findings", "portrait")),
        Tick(middle, translate("findings", "square")),
        Tick(middle * 3 / 2, translate("findings", "landscape")),
    ]
    return bars, ticks


def figure_facts(health: Health, image_size: int, ignored: int) -> list[tuple[str, str]]:
    """(name, value) of each figure."""
    result = [(translate("findings", "Pictures"), _measured(health))]
    if health.sizes is not None and health.shapes is not None:
        result += [
            (translate("findings", "Width"), _pixels(health.sizes.width)),
            (translate("findings", "Height"), _pixels(health.sizes.height)),
            (translate("findings", "Megapixels"), _megapixels(health.sizes.megapixels)),
            (translate("findings", "Enlarged"), _enlarged(health.sizes, health, image_size)),
            (translate("findings", "Shapes"), _shapes(health.shapes)),
            (translate("findings", "Cropping"), _cropping(health, health.shapes)),
            (translate("findings", "Grayscale"), _grayscale(health)),
            (translate("findings", "Formats"), _formats(health)),
        ]
    if health.misnamed.count:
        result.append((translate("findings", "Misnamed"), _misnamed(health)))
    if ignored:
        words = counted(
            translate("findings", "1 other file is no picture"),
            translate("findings", "{count} other files are no pictures"),
            ignored,
        )
        result.append((translate("findings", "Ignored"), words))
    return result


def _bar(name: str, count: int) -> Bar:
    return Bar(count, f"{name}: {base_words.pictures(count)}")


def _short(edge: int) -> str:
    """1024 as "1k", so that it fits below a bar."""
    return str(edge) if edge < 1000 else f"{edge // 1000}k"


def _ratio(low: float | None, high: float | None) -> str:
    """Width to height from ``low`` to ``high`` as people say it: "1:2 to 2:3"."""
    if low is not None and high is not None and low < 1 < high:
        return translate("findings", "square")
    if low is None or high is None:
        name = _named(high if low is None else low)  # type: ignore[arg-type]
        template = (
            translate("findings", "narrower than {ratio}")
            if low is None
            else translate("findings", "wider than {ratio}")
        )
        return fill(template, {"ratio": name})
    return say("findings", "{low} to {high}", low=_named(low), high=_named(high))


def _named(ratio: float) -> str:
    names = {1 / 3: "1:3", 1 / 2: "1:2", 2 / 3: "2:3", 4 / 5: "4:5", 5 / 4: "5:4", 3 / 2: "3:2"}
    names |= {2.0: "2:1", 3.0: "3:1", 1 / SQUARE: "1:1", SQUARE: "1:1"}
    return names[ratio]


def _measured(health: Health) -> str:
    if health.measured == health.pictures:
        return base_words.count(health.pictures)
    values = {
        "measured": base_words.count(health.measured),
        "count": base_words.count(health.pictures),
    }
    return say("findings", "{count}, {measured} of them measured", **values)


def _pixels(spread: Spread) -> str:
    least, median, most = (
        base_words.count(round(value)) for value in (spread.least, spread.median, spread.most)
    )
    if least == most:
        return say("findings", "{width} px, all of them", width=least)
    template = translate("findings", "{least} to {most} px, median {median}")
    return fill(template, {"least": least, "most": most, "median": median})


def _megapixels(spread: Spread) -> str:
    least, median, most = (
        base_words.number(value, 0 if value >= 10 else 2)
        for value in (spread.least, spread.median, spread.most)
    )
    if least == most:
        return least
    template = translate("findings", "{least} to {most}, median {median}")
    return fill(template, {"least": least, "most": most, "median": median})


def _enlarged(sizes: Sizes, health: Health, image_size: int) -> str:
    values = {"size": image_size, "share": _share(sizes.upscaled, health)}
    if not sizes.upscaled:
        return say("findings", "none is smaller than {size} px", **values)
    return say("findings", "{share} are smaller than the {size} px that the network gets", **values)


def _shapes(shapes: Shapes) -> str:
    total = shapes.portrait + shapes.square + shapes.landscape
    named = (
        (shapes.portrait, translate("findings", "{share} portrait")),
        (shapes.square, translate("findings", "{share} square")),
        (shapes.landscape, translate("findings", "{share} landscape")),
    )
    return ", ".join(
        fill(template, {"share": base_words.percent(count / total, digits=0)})
        for count, template in named
        if count
    )


def _cropping(health: Health, shapes: Shapes) -> str:
    if not shapes.crop_loss:
        return translate("findings", "would lose nothing")
    values = {
        "loss": base_words.percent(shapes.crop_loss, digits=0),
        "share": _share(shapes.losing_much, health),
    }
    template = translate(
        "findings", "would lose {loss} of the area on average; {share} would lose over a quarter"
    )
    return fill(template, values)


def _grayscale(health: Health) -> str:
    return _share(health.gray, health) if health.gray else translate("findings", "none")


def _formats(health: Health) -> str:
    return data_words.SEPARATOR.join(
        f"{name} {base_words.count(count)}" for name, count in health.formats.items()
    )


def _misnamed(health: Health) -> str:
    listed = ", ".join(
        fill(_EXAMPLE, {"path": one_line(path), "format": name})
        for path, name in health.misnamed.examples
    )
    values = {"listed": listed}
    return counted(
        translate("findings", "1 picture is of another format than its name says: {listed}"),
        translate("findings", "{count} are of another format than their names say: {listed}"),
        health.misnamed.count,
        **values,
    ) + translate("findings", ". They are read all the same.")


def _share(part: int, health: Health) -> str:
    return base_words.percent(part / health.measured, digits=0)


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
            self.sides.show_bars(*side_bars(sizes))
            self.shapes.show_bars(*shape_bars(shapes))
        facts = figure_facts(health, image_size, ignored)
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
