"""Folders whose pictures have no classes, and what a person reads of them, for tests."""

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.dataset.edits import Edits
from core.dataset.scan import Scanned, look_through
from gui.data.labels.from_names import LabelCounts
from gui.data.labels.view import LabelView
from gui.session.labelling import Looked, Pictures, look
from tests.support.pictures import COLORS, draw

PETS = [f"{name}_{number}.jpg" for name in ("beagle", "siamese") for number in range(1, 5)]
PHOTOS = [f"IMG_{number}.jpg" for number in range(4001, 4009)]


def flat_folder(folder: Path, names: Iterable[str]) -> Path:
    """Put a tiny picture under each of ``names`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    draw(folder / "first.jpg", COLORS["red"], 1)
    data = (folder / "first.jpg").read_bytes()
    (folder / "first.jpg").unlink()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def write_table(file: Path, rows: Iterable[Iterable[str]]) -> Path:
    """A CSV of ``rows``, the first of which names the columns."""
    file.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return file


def looked_at(pictures: Pictures) -> Looked:
    """What names and tables promise for ``pictures``."""
    looked: Looked = look(pictures)(threading.Event(), _Silent())
    return looked


class _Silent:
    """A job's progress that nobody follows."""

    def __call__(self, done: int, total: int, /) -> None: ...

    def tell(self, news: object) -> None: ...


def green(path: Path, edge: int) -> np.ndarray:
    """A thumbnail, whatever the file."""
    return np.full((edge, edge, 3), (0, 255, 0), np.uint8)


Widget = TypeVar("Widget", bound=QWidget)


def on_screen(
    qtbot: QtBot,
    widget: Widget,
    width: int,
    height: int,
    before_close: Callable[[Widget], object] | None = None,
) -> Widget:
    """``widget``, shown in this size until the test ends; ``before_close`` is called then."""
    qtbot.addWidget(widget, before_close_func=before_close)  # type: ignore[arg-type]
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


class Labelling:
    """A labelling view on screen, and what a user does there; folders lie below ``root``."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot, self.root = qtbot, root
        self.view = on_screen(qtbot, LabelView(load=green), 1050, 640, LabelView.close_jobs)
        self.cards, self.hand = self.view.cards, self.view.hand

    def open(self, names: Iterable[str], edits: Edits = Edits()) -> Scanned:  # noqa: B008
        """Show a folder of images called ``names`` and wait until the view has looked at it."""
        return self.show(flat_folder(self.root / "pets", names), edits)

    def show(self, folder: Path, edits: Edits = Edits()) -> Scanned:  # noqa: B008
        """Show ``folder`` and wait until the view has looked at it."""
        scanned = look_through(folder)
        self.view.show_folder(scanned, "why", edits)
        settle(self.qtbot, self.view)
        return scanned

    def used(self) -> Edits:
        """What the view gives when the user agrees."""
        with self.qtbot.waitSignal(self.view.labels_chosen) as told:
            self.view.use.click()
        edits: Edits = told.args[0]
        return edits

    def give(self, rows: Iterable[int], name: str) -> None:
        """A class by hand, to the images in these places."""
        self.hand.grid.select_rows(rows)
        self.hand.give(name)


def settle(qtbot: QtBot, view: LabelView) -> None:
    """Wait until nothing is looked at, read or worked out any more."""
    qtbot.waitUntil(lambda: view.is_still and view.way is not None)


def counts(table: LabelCounts) -> Mapping[str, int]:
    return {row.name: row.count for row in table.rows}
