"""Trains one way in a process of its own, whose memory then is that training's alone.

``python -m tests.benchmarks.engine_probe OURS|PLAIN|WINDOW FOLDER WAY AUGMENTED``; run by
``bench_engine``. Prints one line of JSON.
"""

import json
import resource
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.engine_work import WAYS, Way, recipe


def ours(folder: Path, way: Way, *, augmented: bool) -> dict[str, object]:
    """Our loop, its events pulled as the command line does."""
    from core.dataset import scan
    from core.events import EpochFinished
    from core.runs import Run
    from core.training import train

    config = recipe(way, augmented=augmented)
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        run = Run.create(Path(place) / "run", config, scan(folder))
        epochs = [one for one in train(config, run) if isinstance(one, EpochFinished)]
    return _figures(epochs)


def window(folder: Path, way: Way, *, augmented: bool) -> dict[str, object]:
    """The same in the real window, on the Train page with its curves."""
    from core.events import EpochFinished
    from tests.benchmarks.interface_probe import Probe

    epochs: list[EpochFinished] = []
    probe = Probe(folder)
    probe.session.set_recipe(recipe(way, augmented=augmented))
    probe.window.show_step("train")
    probe.wait(lambda: getattr(probe.window.page, "is_settled", True))
    probe.session.event_received.connect(
        lambda event: epochs.append(event) if isinstance(event, EpochFinished) else None
    )
    probe.session.start_training()
    probe.wait(lambda: not probe.session.is_training)
    probe.session.close()
    return _figures(epochs)


def plain(folder: Path, way: Way, *, augmented: bool) -> dict[str, object]:
    from tests.benchmarks.plain_loop import train

    return train(folder, way, augmented=augmented)


def _figures(epochs: list) -> dict[str, object]:  # type: ignore[type-arg]
    accuracy = max(one.validation.accuracy for one in epochs)
    return {"seconds": [one.seconds for one in epochs], "accuracy": accuracy}


if __name__ == "__main__":
    what, place, name, augments = sys.argv[1:]
    work = {"ours": ours, "plain": plain, "window": window}[what]
    answer = work(Path(place), WAYS[name], augmented=augments == "True")
    # of the children (a DataLoader's workers) the largest counts, not their sum
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**answer, "memory": memory}), flush=True)
