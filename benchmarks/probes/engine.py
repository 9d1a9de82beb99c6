"""Trains one way in a process of its own, whose memory then is that training's alone.

``python -m benchmarks.probes.engine OURS|PLAIN|WINDOW FOLDER WAY EPOCHS AUGMENTED``; run by
``engine_runs``. Prints one line of JSON.
"""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.probes.engine_work import WAYS, recipe
from benchmarks.probes.process_memory import peak
from core.dataset.summary import scan
from core.recipe.config import RunConfig
from core.runs.events import EpochFinished, Event, StageStarted
from core.runs.run import Run


class Watch:
    """The seconds of each epoch as a person's watch tells them: with what is written after it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last = 0.0

    def hear(self, event: Event) -> None:
        now = perf_counter()
        if isinstance(event, EpochFinished):
            self.seconds.append(now - self._last)
        if isinstance(event, EpochFinished | StageStarted):
            self._last = now


def ours(folder: Path, config: RunConfig) -> list[float]:
    """Our loop, its events pulled as the command line does."""
    from core.training.train import train

    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        for event in train(config, Run.create(Path(place) / "run", config, scan(folder))):
            watch.hear(event)
    return watch.seconds


def window(folder: Path, config: RunConfig) -> list[float]:
    """The same in the real window, on the Train page with its curves."""
    from benchmarks.probes.interface import Probe

    watch, probe = Watch(), Probe(folder)
    probe.session.set_recipe(config)
    probe.window.show_step("train")
    probe.wait(lambda: getattr(probe.window.page, "is_settled", True))
    probe.session.event_received.connect(watch.hear)
    probe.session.start_training()
    probe.wait(lambda: not probe.session.is_training)
    probe.session.close()
    return watch.seconds


def plain(folder: Path, config: RunConfig) -> list[float]:
    """PyTorch's tutorial."""
    from benchmarks.probes.plain_loop import train

    return train(folder, config)


if __name__ == "__main__":
    what, place, name, epochs, augments = sys.argv[1:]
    work = {"ours": ours, "plain": plain, "window": window}[what]
    seconds = work(Path(place), recipe(WAYS[name], int(epochs), augmented=augments == "True"))
    print(json.dumps({"seconds": seconds, "memory": peak()}), flush=True)
