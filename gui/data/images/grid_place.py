"""Where a person is in a grid, kept while what it shows changes."""

from collections.abc import Sequence

from gui.controls.image_grid import ImageGrid
from gui.session.image_list import Entry


class GridPlace:
    """Selection, focus and scroll position, by the pictures there and not by their numbers."""

    def __init__(self, grid: ImageGrid, entries: Sequence[Entry]) -> None:
        """Of ``grid`` while it shows ``entries``."""
        self._grid = grid
        self._rows = grid.selected_rows
        self._selected = {entries[row].path for row in self._rows}
        row, top = grid.current_row, grid.rows_between(0, 0)
        self._current = entries[row].path if 0 <= row < len(entries) else None
        self._top = entries[top[0]].path if top else None
        self._offset = grid.verticalScrollBar().value()

    def restore(self, entries: Sequence[Entry], *, stays: bool) -> None:
        """Go there again among ``entries``.

        ``stays``: these are the pictures of before, after an edit: the view does not move, and
        where all that was selected has gone, what stands in its place is selected, so that the
        keyboard goes on from there. Else the view goes to what stays selected, or to the top.
        """
        wanted = {self._top, self._current, *self._selected}
        rows = {one.path: row for row, one in enumerate(entries) if one.path in wanted}
        chosen = sorted(rows[path] for path in self._selected if path in rows)
        current = rows.get(self._current, -1) if self._current is not None else -1
        if stays and self._rows and not chosen and entries:
            current = min(self._rows[0], len(entries) - 1)
            chosen = [current]
        if chosen:
            self._grid.select_rows(chosen, current if current >= 0 else chosen[0])
        if stays:
            self._scroll(rows.get(self._top, -1) if self._top is not None else -1)
        elif chosen:
            self._grid.scrollTo(self._grid.model().index(chosen[0], 0))
        else:
            self._grid.scrollToTop()

    def _scroll(self, top: int) -> None:
        height = self._grid.cell_size.height()
        offset = self._offset
        if top >= 0:
            offset = top // self._grid.columns * height + self._offset % height
        self._grid.verticalScrollBar().setValue(offset)
