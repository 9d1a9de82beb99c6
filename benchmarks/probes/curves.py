"""What the live curves cost; run by ``benchmarks.curves`` in a process of its own.

A thread works as training does, with torch on every core, and says each step to the window.
Prints one line of JSON.
"""

import json
from collections.abc import Callable
from statistics import median
from threading import Event as Flag
from time import perf_counter, thread_time
from typing import Any

import torch
from PySide6.QtCore import QEventLoop, QThread, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core.runs.events import BatchFinished, EpochFinished, Event, RunStarted, Score, StageStarted
from core.runs.history import History, fold
from gui.base import theme
from gui.shell import app
from gui.shell.window import MainWindow
from gui.train.page import TrainPage

POINTS, BATCHES, EPOCHS = 10_000, 100, 200
ROUNDS, SECONDS = 12, 2.0
SIZES = [(1280 + 7 * step, 800 + 5 * step) for step in range(1, 13)]
_SCORE = Score(0.5, 0.8, 400)


class Steps(QThread):
    """One step after the other until ``stop`` is set: a convolution forward and backward."""

    done = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.stop = Flag()
        self.count = 0

    def run(self) -> None:
        layer = torch.nn.Conv2d(64, 64, 3, padding=1)
        pictures = torch.randn(2, 64, 28, 28)
        while not self.stop.is_set():
            layer.zero_grad()
            layer(pictures).square().mean().backward()
            self.count += 1
            place = POINTS + self.count
            self.done.emit(_batch(place))


def _batch(place: int) -> BatchFinished:
    epoch, batch = divmod(place, BATCHES)
    loss = 2 / (1 + place / 1000) * (1 + 0.3 * ((place * 7919) % 97) / 97)
    return BatchFinished(1, epoch + 1, batch + 1, BATCHES, 32, loss, 0.8, (), (), 1e-3, 1e-4)


def history() -> History:
    """A run of as many batches as are to be drawn, and their epochs."""
    begin: list[Event] = [
        RunStarted(epochs=(EPOCHS,), thawed=((5,),), majority=0.3),
        StageStarted(1, EPOCHS),
    ]
    epochs = [EpochFinished(1, one + 1, _SCORE, _SCORE, 3.0) for one in range(POINTS // BATCHES)]
    return fold([*begin, *(_batch(place) for place in range(POINTS)), *epochs])


class Probe:
    """The window with that run on its Train page."""

    def __init__(self) -> None:
        self.app: QApplication = app.make_application()
        self.session = app.make_session(self.app)
        theme.apply(self.app, "light")
        self.window = MainWindow(self.session)
        self.window.resize(1280, 800)
        self.session.history = history()
        self.window.show()
        self.window.show_step("train")
        assert isinstance(self.window.page, TrainPage)
        self.page = self.window.page
        while not self.page.is_settled:
            self.wait(50)
        self.drawing = 0.0
        self._time_drawing()

    def wait(self, milliseconds: float) -> None:
        """Run the event loop for so long."""
        loop = QEventLoop()
        QTimer.singleShot(round(milliseconds), loop.quit)
        loop.exec()

    def _time_drawing(self) -> None:
        draw: Callable[..., None] = self.page.canvas.draw

        def timed(*args: Any) -> None:
            started = thread_time()
            draw(*args)
            self.drawing += thread_time() - started

        setattr(self.page.canvas, "draw", timed)  # noqa: B010

    def training(self) -> dict[str, float]:
        """Milliseconds a step with the curves in view and with another page in view, in turns;
        what the window's thread works more meanwhile, and draws, in milliseconds of processor
        time a second."""
        steps = Steps()
        steps.done.connect(self._take)
        steps.start()
        self.wait(1000)
        taken: dict[str, list[float]] = {"train": [], "data": []}
        work: dict[str, list[float]] = {"train": [], "data": []}
        drawn = []
        for _ in range(ROUNDS):
            for step in taken:
                self.window.show_step(step)
                self.wait(400)
                before, started, worked = steps.count, perf_counter(), thread_time()
                self.drawing = 0.0
                self.wait(1000 * SECONDS)
                seconds = perf_counter() - started
                taken[step].append(1000 * seconds / max(steps.count - before, 1))
                work[step].append(1000 * (thread_time() - worked) / seconds)
                if step == "train":
                    drawn.append(1000 * self.drawing / seconds)
        steps.stop.set()
        steps.wait()
        return {
            "shown": median(taken["train"]),
            "hidden": median(taken["data"]),
            "ratio": median(
                shown / hidden for shown, hidden in zip(taken["train"], taken["data"], strict=True)
            ),
            "work": median(work["train"]) - median(work["data"]),
            "drawing": median(drawn),
        }

    def _take(self, event: BatchFinished) -> None:
        self.session.history.add(event)
        self.session.event_received.emit(event)

    def resizing(self) -> dict[str, float]:
        """Processor time in milliseconds of a frame while the window's edge is dragged, and of
        the drawing once it rests."""
        self.window.show_step("train")
        canvas = self.page.canvas
        frames, drawings = [], []
        for width, height in SIZES:
            started = thread_time()
            self.window.resize(width, height)
            self.app.processEvents()
            canvas.repaint()
            frames.append(1000 * (thread_time() - started))
        for width, height in reversed(SIZES):
            self.window.resize(width, height)
            self.app.processEvents()
            started = thread_time()
            canvas.draw_now()
            drawings.append(1000 * (thread_time() - started))
        return {"frame": median(frames), "drawing": median(drawings)}


if __name__ == "__main__":
    probe = Probe()
    figures = {"resizing": probe.resizing(), "training": probe.training()}
    print(json.dumps(figures), flush=True)
    probe.session.close()
