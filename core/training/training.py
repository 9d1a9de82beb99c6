"""The loop: ``train(config, run)`` yields what happens; nothing else is called back.

Pausing is not pulling; stopping is setting ``stop``, which is looked at before every
convolution, forward and in the gradient, so the answer comes within a second.
"""

import logging
import threading
from collections.abc import Generator
from contextlib import nullcontext, suppress

from core.common.messages import ThawError
from core.compute.devices import is_out_of_memory
from core.model.backbone import Stopped
from core.recipe.config import RunConfig
from core.runs import run as runs
from core.runs.events import Event, Outcome, Preparing, RunFinished
from core.runs.run import Run
from core.training import checkpoint as checkpoints
from core.training.control import Control
from core.training.distributed import ALONE, Group
from core.training.network_state import BlockChanges
from core.training.train import TrainingLoop

_log = logging.getLogger(__name__)


def train(
    config: RunConfig,
    run: Run,
    stop: threading.Event | None = None,
    control: Control | None = None,
    group: Group | None = None,
) -> Generator[Event, None, None]:
    """Train ``config`` on the pictures of ``run``, writing its files, yielding each event.

    The last event is always ``RunFinished``, whose outcome says how it ended; errors that a
    person can understand become its code. ``control`` carries what a person asks meanwhile; a
    bare ``stop`` will do where stopping is all that is asked. A generator closed early writes
    that line and yields nothing. All ranks of ``group`` do this alike; the first one alone is
    given a run that is written.
    """
    control, group = control or Control(stop), group or ALONE
    with runs.held(run) if group.is_first else nullcontext():
        yield from _train(TrainingLoop(config, run, control, group), run, group)


def _train(loop: TrainingLoop, run: Run, group: Group) -> Generator[Event, None, None]:
    ending: tuple[Outcome, str, dict[str, object]]
    try:
        for event in loop.events():
            if not isinstance(event, Preparing):
                run.append(event)
            loop.committed(event)
            with loop.clock.away():  # whoever pulls may pause
                yield event
        ending = "finished", "", {}
    except Stopped:
        loop.stopped()
        ending = "stopped", "", {}
    except GeneratorExit:
        loop.stopped()
        group.fail(ThawError("stopped"))
        _append_last(run, _last(run, loop, "stopped", "", {}))
        loop.write_stopped()
        raise
    except KeyboardInterrupt:  # it may have come inside a step: nothing of that is kept
        group.fail(ThawError("stopped"))
        _append_last(run, _last(run, loop, "stopped", "", {}))
        raise
    except ThawError as error:
        group.fail(error)
        outcome: Outcome = "stopped" if error.code == "stopped" else "failed"
        ending = outcome, error.code, dict(error.values)
    except Exception as error:  # a bug must end as an event too, not as a dead thread
        _log.exception("training failed")
        code, values = _explained(error)
        group.fail(ThawError(code, **values))
        ending = "failed", code, values
    last = _last(run, loop, *ending)
    _append_last(run, last)
    if last.outcome == "finished" and group.is_first:
        checkpoints.prune(run.directory, 1)
        BlockChanges.prune(run.directory, {len(run.config.stages)})  # it may be extended
    try:
        yield last
    finally:
        loop.write_stopped()


def _last(
    run: Run, loop: TrainingLoop, outcome: Outcome, code: str, values: dict[str, object]
) -> RunFinished:
    best = run.history.best
    return RunFinished(
        outcome,
        best.stage if best else 0,
        best.epoch if best else 0,
        round(loop.ended(), 3),
        code,
        {name: str(value) for name, value in values.items()},
    )


def _append_last(run: Run, event: RunFinished) -> None:
    with suppress(ThawError):  # a full disk may be the very reason for the end
        run.append(event)


def _explained(error: Exception) -> tuple[str, dict[str, object]]:
    if is_out_of_memory(error):
        return "out_of_memory", {}
    return "unexpected", {"reason": repr(error)}
