"""Fields in columns, of which some are not there for a while."""

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

ROWS = 3
_FEWEST = 2  # columns; one field alone needn't be as wide as the grid


class FieldGrid(QWidget):
    """Columns of equal width, of ``ROWS`` fields each, filled from the first one. Those in use
    share all the room, so that no name or choice is cut off beside an empty column."""

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._shown: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setRowStretch(ROWS, 1)

    def set_spacing(self, across: int, down: int) -> None:
        """The pixels between columns and between rows."""
        self._grid.setHorizontalSpacing(across)
        self._grid.setVerticalSpacing(down)

    def adopt(self, fields: Iterable[QWidget]) -> None:
        """Take fields in, none of which is seen yet."""
        for field in fields:
            field.setParent(self)
            field.hide()

    def show_fields(self, fields: Sequence[QWidget]) -> None:
        """Show these, in this order, and none of the others."""
        if list(fields) == self._shown:
            return
        for field in self._shown:
            self._grid.removeWidget(field)
            if field not in fields:
                field.hide()
        self._shown = list(fields)
        for place, field in enumerate(fields):
            self._grid.addWidget(field, place % ROWS, place // ROWS)
            field.show()
        used = max(_FEWEST, -(-len(fields) // ROWS))
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1 if column < used else 0)
