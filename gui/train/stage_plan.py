"""A recipe's stages: which blocks learn, and beside them for how long and how fast."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.recipe.config import RunConfig
from gui.controls.number_fields import NumberField
from gui.recipe.stage_parts import StageFields, StageHeader
from gui.train.stages import StageStrip


class StagePlan(QWidget):
    """A strip of blocks by stages with each stage's fields at the row's end.

    Signal: ``changed`` with a recipe's dotted key, such as ``stages.1.epochs``, and the value
    that a person typed.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = StageStrip()
        self.rows: list[StageFields] = []
        self._header_top = 0
        self._header = StageHeader()
        self._header.setFixedHeight(self.strip.header_height)
        self._header.setAutoFillBackground(True)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._column.addWidget(self._header)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.setAlignment(Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.strip, 1, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._column)
        row.addStretch()

    def show_recipe(self, recipe: RunConfig, classes: int | None, running: int | None) -> None:
        """Show ``recipe``'s stages, of which number ``running`` (from 1) trains now."""
        self.strip.show_stages(
            [stage.thawed for stage in recipe.stages], recipe.model.depth, running
        )
        while len(self.rows) > len(recipe.stages):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(recipe.stages):
            self._add_row(len(self.rows))
        for index, row in enumerate(self.rows):
            row.show_stage(recipe, index, classes)

    def _add_row(self, index: int) -> None:
        row = StageFields()
        row.setFixedHeight(self.strip.row_height)
        row.changed.connect(lambda name, value: self.changed.emit(f"stages.{index}.{name}", value))
        self._column.addWidget(row)
        self.rows.append(row)

    def set_locked(self, locked: bool) -> None:
        """Lock every field, while a run trains."""
        for row in self.rows:
            row.set_locked(locked)

    def field(self, key: str) -> NumberField:
        """The field of a dotted key. Raises ``KeyError``, ``IndexError``."""
        _, index, name = key.split(".")
        return self.rows[int(index)].field(name)

    def keep_header_at(self, top: int) -> None:
        """Let the words above the columns be seen ``top`` pixels below the first one's place."""
        self._header_top = top
        self.strip.keep_header_at(top)
        self._place_header()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place_header()  # the layout has put it above the first row
        return done

    def _place_header(self) -> None:
        self._header.move(self._header.x(), self._header_top)
        self._header.raise_()

    def height_of(self, rows: int) -> int:
        """Pixels that the header and at most ``rows`` rows take."""
        return self.strip.header_height + min(len(self.rows), rows) * self.strip.row_height
