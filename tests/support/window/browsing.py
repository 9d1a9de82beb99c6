"""A dataset whose pictures a person looks through and changes, for tests."""

from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from pytestqt.qtbot import QtBot

from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig
from gui.data.images.browser import PictureBrowser
from tests.support.pictures import COLORS, draw, draw_folder
from tests.support.window.data_page import green, on_screen


class Browsing:
    """A browser on screen; what is asked for in it is noted and done, as the page does it."""

    def __init__(self, qtbot: QtBot, scanned: Scanned) -> None:
        self.scanned = scanned
        self.edits = Edits()
        self.asked: list[tuple[object, ...]] = []
        self.browser = PictureBrowser(load=green)
        for signal, name in (
            (self.browser.exclude_asked, "excluding"),
            (self.browser.include_asked, "including"),
            (self.browser.label_asked, "labelling"),
            (self.browser.split_asked, "assigning"),
        ):
            signal.connect(partial(self._do, name))
        self.show()
        on_screen(qtbot, self.browser, 615, 420, lambda one: one.grid.close_thumbnails())
        self.browser.grid.setFocus()

    def show(self) -> None:
        self.browser.show_pictures(self.scanned, self.summary, self.split)

    def edit(self, edits: Edits) -> None:
        self.edits = edits
        self.show()

    @property
    def summary(self) -> DatasetSummary:
        return summarize(self.scanned, self.edits)

    @property
    def split(self) -> Split:
        return split(self.summary, DatasetConfig())

    @property
    def captions(self) -> list[str]:
        """Each tile's two lines in one."""
        return [item.caption.replace("\n", " ") for item in self.browser.grid.items]

    def _do(self, name: str, *values: Any) -> None:
        self.asked.append((name, *values))
        self.edit(getattr(self.edits, name)(*values))


def messy_folder(root: Path) -> Path:
    """Train and validation folders of two classes, an empty file, a tiny picture and a loose
    one: train/green 000 to 002 and tiny, train/red 000 to 002 and empty, and so on."""
    for part, count in (("train", 3), ("val", 2)):
        draw_folder(root / part, classes=2, per_class=count)
    (root / "train" / "red" / "empty.jpg").touch()
    Image.new("RGB", (9, 9)).save(root / "train" / "green" / "tiny.png")
    draw(root / "loose.png", COLORS["blue"], 1)
    return root
