"""The loop: ``train(config, run)`` yields what happens; nothing else is called back.

Pausing is not pulling; stopping is setting ``stop``, which is looked at before every
convolution, forward and in the gradient, so the answer comes within a second.
"""

import logging
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from time import perf_counter

from core import evaluation
from core.backbone import Stopped
from core.config import RunConfig, preset
from core.control import Control
from core.events import EpochFinished, Event, Outcome, RunFinished, RunStarted
from core.history import is_better
from core.loaders import PictureLoader
from core.messages import ThawError
from core.numerics import environment
from core.runs import Run
from core.stage_training import StageTrainer
from core.training_setup import Setup, prepare

_log = logging.getLogger(__name__)


def train(
    config: RunConfig,
    run: Run,
    stop: threading.Event | None = None,
    control: Control | None = None,
) -> Generator[Event, None, None]:
    """Train ``config`` on the pictures of ``run``, writing its files, yielding each event.

    The last event is always ``RunFinished``, whose outcome says how it ended; errors that a
    person can understand become its code. ``control`` carries what a person asks meanwhile; a
    bare ``stop`` will do where stopping is all that is asked. A generator closed early writes
    that line and yields nothing.
    """
    control = control or Control(stop)
    started = perf_counter()
    ending: tuple[Outcome, str, dict[str, object]]
    try:
        for event in _run(config, run, control.stop):
            run.append(event)
            yield event
        ending = "finished", "", {}
    except Stopped:
        ending = "stopped", "", {}
    except (GeneratorExit, KeyboardInterrupt):
        _append_last(run, _last(run, started, "stopped", "", {}))
        raise
    except ThawError as error:
        outcome: Outcome = "stopped" if error.code == "stopped" else "failed"
        ending = outcome, error.code, dict(error.values)
    except Exception as error:  # a bug must end as an event too, not as a dead thread
        _log.exception("training failed")
        ending = "failed", *_explained(error)
    last = _last(run, started, *ending)
    _append_last(run, last)
    yield last


def _run(config: RunConfig, run: Run, stop: threading.Event) -> Iterator[Event]:
    setup = prepare(config, run, stop)
    run.write_environment(environment(setup.numerics))
    with PictureLoader(run.folder, setup.pictures, config.dataset, stop) as loader:
        source = setup.features(loader, stop)
        yield _run_started(config, run, setup)
        yield from run.notices
        yield from source.notices()
        best: EpochFinished | None = None
        epochs_before = 0
        for number, stage in enumerate(config.stages, start=1):
            trainer = StageTrainer(config, run, setup, source, number, stop)
            yield trainer.started()
            for epoch in range(1, stage.epochs + 1):
                finished = yield from trainer.epoch(epoch, epochs_before + epoch - 1)
                if best is None or is_better(finished, best):
                    best = finished = replace(finished, is_best=True)
                    trainer.write_best()
                yield finished
            epochs_before += stage.epochs


def _run_started(config: RunConfig, run: Run, setup: Setup) -> RunStarted:
    labels = setup.labels.tolist()
    return RunStarted(
        classes=run.classes,
        train_images=len(setup.train),
        validation_images=len(setup.validation),
        test_images=len(run.used("test")),
        majority=evaluation.majority(
            [labels[one] for one in setup.train], [labels[one] for one in setup.validation]
        ),
        epochs=tuple(stage.epochs for stage in config.stages),
        thawed=tuple(stage.thawed for stage in config.stages),
        depth=config.model.depth,
        preset=preset(config),
    )


def _last(
    run: Run, started: float, outcome: Outcome, code: str, values: dict[str, object]
) -> RunFinished:
    best = run.history.best
    return RunFinished(
        outcome,
        best.stage if best else 0,
        best.epoch if best else 0,
        round(perf_counter() - started, 3),
        code,
        {name: str(value) for name, value in values.items()},
    )


def _append_last(run: Run, event: RunFinished) -> None:
    with suppress(ThawError):  # a full disk may be the very reason for the end
        run.append(event)


def _explained(error: Exception) -> tuple[str, dict[str, object]]:
    text = str(error)
    if isinstance(error, MemoryError) or "not enough memory" in text or "can't allocate" in text:
        return "out_of_memory", {}
    return "unexpected", {"reason": repr(error)}
