"""Measures the picture grid from within; run by ``benchmarks.grid`` in a process of its own."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from core.dataset.folder import Scanned, ScannedFile
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, summarize
from core.images import load as images
from core.images.load import Header
from core.recipe.config import DatasetConfig
from gui.base import theme
from gui.data.images.browser import PictureBrowser
from gui.shell.app import GarbageCollector
from tests.support.pictures import COLORS, draw_folder

MANY, FEW = 100_000, 100
CLASSES = 100
STEPS, JUMPS, EDITS = 300, 150, 5
FRAME = 1 / 60  # seconds between two notches of a wheel that turns quickly


@dataclass(frozen=True)
class Pictures:
    """A dataset of so many pictures that are on no disk."""

    scanned: Scanned
    summary: DatasetSummary
    split: Split

    @staticmethod
    def made(count: int) -> "Pictures":
        header = Header("JPEG", 640, 480, "RGB")
        names = [f"class {number * CLASSES // count:03}" for number in range(count)]
        files = tuple(
            ScannedFile(f"{name}/IMG_{number:06}.jpg", name, None, 1000, number, header)
            for number, name in enumerate(names)
        )
        folders = {name: name for name in names}
        scanned = Scanned(Path("/nowhere") / str(count), "classes", files, 0, folders)
        summary = summarize(scanned)
        return Pictures(scanned, summary, split(summary, DatasetConfig()))


class Probe:
    """Two browsers of the same size beside each other: many pictures, and a few."""

    def __init__(self, folder: Path) -> None:
        self.app = QApplication([])
        theme.apply(self.app, "light")
        self.garbage = GarbageCollector(self.app)
        draw_folder(folder, classes=len(COLORS), per_class=2)
        files = sorted(folder.rglob("*.*"))

        def load(path: Path, edge: int) -> np.ndarray:
            return images.thumbnail(files[int(path.stem[4:]) % len(files)], edge)

        self.pictures = {count: Pictures.made(count) for count in (MANY, FEW)}
        self.browsers = {count: PictureBrowser(load=load) for count in (MANY, FEW)}
        for browser in self.browsers.values():
            browser.resize(615, 560)
            browser.show()
        self.settle()

    def show(self, count: int) -> None:
        """What opening a dataset, and each edit of it, does."""
        shown = self.pictures[count]
        self.browsers[count].show_pictures(shown.scanned, shown.summary, shown.split)
        self.settle()

    def settle(self) -> None:
        self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)

    def figures(self) -> dict[str, float]:
        found: dict[str, float] = {"opened": self.timed(lambda: self.show(MANY))}
        self.show(FEW)
        many = self.browsers[MANY]
        found["edited"] = median(self.timed(lambda: self.show(MANY)) for _ in range(EDITS))
        found["class"] = self.timed(lambda: self.then_settle(lambda: many.show_class(50)))
        many.show_class(None)
        found["found"] = self.timed(lambda: self.then_settle(lambda: self.search("0001")))
        self.search("")
        found["selected"] = self.timed(lambda: self.then_settle(many.grid.selectAll))
        many.grid.clearSelection()
        for name, seconds in (("step", self.steps()), ("jump", self.jumps())):
            for count, words in ((MANY, "many"), (FEW, "few")):
                found[f"{name}_{words}"] = 1000 * median(seconds[count])
                found[f"{name}_{words}_p95"] = 1000 * _quantile(seconds[count], 0.95)
        gaps = self.gaps()
        found["gap_p99"], found["gap_longest"] = 1000 * _quantile(gaps, 0.99), 1000 * max(gaps)
        return found

    def search(self, words: str) -> None:
        self.browsers[MANY].filter.search.setText(words)

    def then_settle(self, do: Callable[[], object]) -> None:
        do()
        self.settle()

    def timed(self, do: Callable[[], object]) -> float:
        started = perf_counter()
        do()
        return 1000 * (perf_counter() - started)

    def steps(self) -> dict[int, list[float]]:
        """Seconds of one notch of the wheel, to and fro, in both in turns."""
        return self.in_turns(STEPS, lambda count, step: self.wheel(count, step // 15 % 2 == 0))

    def jumps(self) -> dict[int, list[float]]:
        """Seconds of one jump of the scroll bar's handle."""

        def jump(count: int, step: int) -> None:
            bar = self.browsers[count].grid.verticalScrollBar()
            bar.setValue(step * 7919 * 131 % bar.maximum())

        return self.in_turns(JUMPS, jump)

    def in_turns(self, steps: int, do: Callable[[int, int], None]) -> dict[int, list[float]]:
        seconds: dict[int, list[float]] = {MANY: [], FEW: []}
        for step in range(steps):
            for count, into in seconds.items():
                started = perf_counter()
                do(count, step)
                self.browsers[count].grid.viewport().repaint()
                into.append(perf_counter() - started)
                self.settle()
            sleep(FRAME / 2)
        return seconds

    def gaps(self) -> list[float]:
        """Seconds that the event loop was busy, step by step, while a wheel turns quickly
        through the many and thumbnails arrive."""
        late = []
        for _ in range(STEPS):
            started = perf_counter()
            self.wheel(MANY, down=True)
            self.settle()
            late.append(perf_counter() - started)
            sleep(max(0.0, FRAME - late[-1]))
        return late

    def wheel(self, count: int, down: bool) -> None:
        view = self.browsers[count].grid.viewport()
        place = QPointF(view.rect().center())
        turned = QPoint(0, -120 if down else 120)
        event = QWheelEvent(
            place,
            view.mapToGlobal(place),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        self.app.sendEvent(view, event)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    probe = Probe(Path(sys.argv[1]))
    print(json.dumps(probe.figures()), flush=True)
    for browser in probe.browsers.values():
        browser.grid.close_thumbnails()
