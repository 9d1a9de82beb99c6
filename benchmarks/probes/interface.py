"""Measures the real window from within; run by ``benchmarks.interface`` in a process of its own."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gui.augment.page import AugmentPage
from gui.base import theme
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell import app
from gui.shell.window import MainWindow

MOVES = 60
TICK = 5  # milliseconds between the timer's events
RECIPE = (
    ("stages.0.epochs", 20),
    ("stages.1.epochs", 2),
)


class Probe:
    """The window with a folder open, the sample without one, and torch there."""

    def __init__(self, folder: Path | None = None) -> None:
        self.app: QApplication = app.make_application()
        self.session: Session = app.make_session(self.app)
        theme.apply(self.app, "light")
        self.window = MainWindow(self.session)
        self.window.resize(1280, 800)
        self.window.show()
        app.begin(self.window, self.session, app.Options(sample=folder is None))
        if folder is not None:
            self.session.open_folder(folder)
        self.wait(lambda: self.session.summary is not None)
        self.wait(lambda: self.session.engine.state is EngineState.READY)

    def wait(self, condition: object) -> None:
        """Run the event loop until ``condition()``."""
        assert callable(condition)
        while not condition():
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def slider(self) -> dict[str, float]:
        """Milliseconds from a step of the rotation slider to the repainted tiles."""
        self.window.show_step("augment")
        page = self.window.page
        assert isinstance(page, AugmentPage)
        page.preview.views.view = "versions"  # whatever was looked at last on this machine
        self.wait(lambda: len(page.grid.tiles) == 12)
        taken = []
        for move in range(1, MOVES + 1):  # the first differs from what is set
            before = page.grid.tiles
            started = perf_counter()
            self.session.change("augmentation.rotation", [-10 - move, 10 + move])
            while page.grid.tiles is before:
                self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            page.grid.repaint()
            taken.append(1000 * (perf_counter() - started))
        cuts = quantiles(taken, n=20)
        return {"median": median(taken), "p95": cuts[-1]}

    def gaps(self) -> dict[str, float]:
        """Milliseconds between the events of a fast timer, beyond its period, in a training."""
        for key, value in RECIPE:
            self.session.change(key, value)
        self.window.show_step("train")
        self.wait(lambda: getattr(self.window.page, "is_settled", True))
        late: list[float] = []
        last = perf_counter()

        def tick() -> None:
            nonlocal last
            now = perf_counter()
            late.append(max(0.0, 1000 * (now - last) - TICK))
            last = now

        timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK)
        timer.timeout.connect(tick)
        self.session.start_training()
        last = perf_counter()
        timer.start()
        self.wait(lambda: not self.session.is_training)
        timer.stop()
        return {"p99": _quantile(late, 0.99), "longest": max(late)}


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    probe = Probe()
    figures = probe.slider() if sys.argv[1] == "slider" else probe.gaps()
    print(json.dumps(figures), flush=True)
    probe.session.close()
