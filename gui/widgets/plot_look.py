"""How a plot looks, whatever it shows. Nothing here imports matplotlib when it is imported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PlotLook:
    """Colours by name (``base``, ``text``, ``grid`` and those of the data) as #rrggbb, and
    the size of the text in points."""

    colors: dict[str, str]
    points: float


def style(figure: Figure, axes: Iterable[Axes], look: PlotLook) -> None:
    """Give the ground, the grid and the words around ``axes`` their colours and sizes."""
    colors = look.colors
    figure.set_facecolor(colors["base"])
    for one in axes:
        one.set_facecolor(colors["base"])
        one.grid(True, color=colors["grid"], lw=0.6)
        one.tick_params(
            which="both", colors=colors["text"], labelsize=look.points, color=colors["grid"]
        )
        for side, spine in one.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(colors["grid"])
        for label in (one.xaxis.label, one.yaxis.label):
            label.set(color=colors["text"], fontsize=look.points)
