"""A figure of which a part can be looked at.

Nothing here imports matplotlib when it is itself imported.
"""

from core.reports.plots.view import ViewedAxes


class ViewedFigure:
    """Passes on to its ``axes`` which part is looked at. Pixels are logical ones, counted from
    the left and the top. A subclass says what follows when another part is (``_moved``)."""

    axes: ViewedAxes

    def zoom(self, x: float, y: float, factor: float) -> None:
        """Show ``factor`` times as much around a pixel."""
        self._changed(self.axes.zoom(x, y, factor))

    def zoom_into(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """Show the rectangle between two pixels."""
        self._changed(self.axes.zoom_into(x, y, to_x, to_y))

    def pan(self, x: float, y: float, right: float, down: float) -> None:
        """Move what is below a pixel by so many pixels."""
        self._changed(self.axes.pan(x, y, right, down))

    def look_at_all(self) -> None:
        """Show all of it again."""
        self._changed(self.axes.look_at_all())

    def _changed(self, is_other: bool) -> None:
        if is_other:
            self._moved()

    def _moved(self) -> None:
        raise NotImplementedError
