"""The facts of the chosen stage, in a line."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.base import theme
from gui.model.costs import Fact

_GAP = 16


class ModelFacts(QWidget):
    """The stage's name, then a value and its words for each fact; a tool tip tells more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: tuple[Fact, ...] = ()
        self.stage = QLabel(self)
        self.labels: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_GAP)
        self._row.addWidget(self.stage)
        self._row.addStretch(1)

    def show_facts(self, stage: int, facts: Sequence[Fact]) -> None:
        """Show the ``facts`` of ``stage``, from 1."""
        self.facts = tuple(facts)
        self.stage.setText(self.tr("Stage %1:").replace("%1", str(stage)))
        while len(self.labels) < len(facts):
            label = QLabel(self)
            label.setTextFormat(Qt.TextFormat.RichText)
            self._row.insertWidget(1 + len(self.labels), label)
            self.labels.append(label)
        for number, label in enumerate(self.labels):
            label.setVisible(number < len(facts))
        for label, fact in zip(self.labels, facts, strict=False):
            words = fact.in_words(f"<b>{fact.value}</b>")
            label.setText(words.replace("\N{NO-BREAK SPACE}", "&nbsp;"))
            label.setToolTip(fact.hint)
        self._color()
        self.setAccessibleName(self.text)

    @property
    def text(self) -> str:
        """All of it as one line."""
        return " · ".join(fact.in_words() for fact in self.facts)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        for label, fact in zip(self.labels, self.facts, strict=False):
            palette = QPalette()
            if fact.is_doubtful:
                palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("warning"))
            label.setPalette(palette)
