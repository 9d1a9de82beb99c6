"""A dataset whose pictures a person looks through and changes, for tests."""

from pathlib import Path

import numpy as np
from PIL import Image
from pytestqt.qtbot import QtBot

from core.dataset.edits import Edits
from core.dataset.scan import Scanned
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig
from gui.data.images.browser import PictureBrowser
from tests.support.pictures import COLORS, draw, draw_folder
from tests.support.window.label_view import on_screen


def green(path: Path, edge: int) -> np.ndarray:
    """A thumbnail of nothing in particular."""
    return np.full((edge, edge, 3), (0, 255, 0), np.uint8)


class Browsing:
    """A browser on screen; what is asked for in it is done, as the page does it."""

    def __init__(self, qtbot: QtBot, scanned: Scanned) -> None:
        self.scanned = scanned
        self.edits = Edits()
        self.asked: list[tuple[object, ...]] = []
        self.browser = PictureBrowser(load=green)
        self.browser.exclude_asked.connect(self._exclude)
        self.browser.include_asked.connect(self._include)
        self.browser.label_asked.connect(self._label)
        self.browser.split_asked.connect(self._assign)
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

    def _exclude(self, paths: list[str]) -> None:
        self.asked.append(("exclude", paths))
        self.edit(self.edits.excluding(paths))

    def _include(self, paths: list[str]) -> None:
        self.asked.append(("include", paths))
        self.edit(self.edits.including(paths))

    def _label(self, paths: list[str], name: str) -> None:
        self.asked.append(("label", paths, name))
        self.edit(self.edits.labelling(paths, name))

    def _assign(self, paths: list[str], part: object) -> None:
        self.asked.append(("split", paths, part))
        self.edit(self.edits.assigning(paths, part))  # type: ignore[arg-type]


def messy_folder(root: Path) -> Path:
    """Train and validation folders of two classes, an empty file, a tiny picture and a loose
    one: train/green 000 to 002 and tiny, train/red 000 to 002 and empty, and so on."""
    for part, count in (("train", 3), ("val", 2)):
        draw_folder(root / part, classes=2, per_class=count)
    (root / "train" / "red" / "empty.jpg").touch()
    Image.new("RGB", (9, 9)).save(root / "train" / "green" / "tiny.png")
    draw(root / "loose.png", COLORS["blue"], 1)
    return root
