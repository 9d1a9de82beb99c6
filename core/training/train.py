"""The training loop: ``train(config, run)`` yields events, from wherever the run was left.

Nothing is called back. A caller pauses by not asking for the next event, and stops by setting
``stop``, which is looked at before every convolution, forward and in the gradient: the answer
comes within a second.
"""

import logging
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

from torch import Tensor

from core.common import files
from core.common.messages import ThawError
from core.common.stopwatch import Stopwatch, WorkClock
from core.compute import devices
from core.compute.devices import is_out_of_memory
from core.compute.features.source import FeatureSource
from core.compute.loaders import PictureLoader
from core.compute.numerics import difference, environment
from core.model.backbone import Stopped
from core.recipe.config import RunConfig
from core.recipe.presets import preset
from core.runs import evaluation
from core.runs import run as runs
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    Outcome,
    Preparing,
    RunFinished,
    RunResumed,
    RunStarted,
    StageEnded,
)
from core.runs.history import is_better
from core.runs.places import CHECKPOINTS, stage_predictions, telling
from core.runs.run import Run
from core.training import checkpoint as checkpoints
from core.training import network_state
from core.training.checkpoint import Checkpoint, Position
from core.training.control import Control
from core.training.distributed import ALONE, Group, SharedControl
from core.training.network_state import BlockChanges
from core.training.rates import out_of_patience
from core.training.setup import Setup, preparing
from core.training.stage import StageTrainer

CHECKPOINT_SECONDS = 5 * 60  # what a crash inside an epoch may cost at most
PATIENCE = "patience"


class TrainingLoop:
    """Trains ``run`` from where it stands to its end, or until ``control`` says stop.

    Whoever pulls ``events`` says ``commit`` for each before the next.
    """

    def __init__(self, config: RunConfig, run: Run, control: Control, group: Group = ALONE) -> None:
        self._config, self._run, self._group = config, run, group
        self._control = control if group.is_alone else SharedControl(group, control)
        self._position = Position()
        self._trainer: StageTrainer | None = None
        self._setup: Setup | None = None
        self._state: Mapping[str, Tensor] = {}  # of the stage that the run was left in
        self._predictions: bytes | None = None  # of the epoch that its stage keeps, to be written
        self._checkpointed = self._position.place
        self._checkpointed_at = monotonic()
        self.clock = WorkClock()
        self._watch, self._kind = Stopwatch(self.clock), ""
        self._seconds_before = 0.0
        self._stopped_at: int | None = None  # bytes of the history

    def ended(self) -> float:
        """The seconds that the run took, without pauses and sleeps, and with what it took
        before it was resumed."""
        self._watch.tick(self._kind)
        return self._seconds

    def events(self) -> Iterator[Event]:
        """Every event but the last. Raises ``Stopped`` and ``ThawError``."""
        run, stop = self._run, self._control.stop
        runs.settle(run)
        setup = self._setup = yield from preparing(self._config, run, stop, self._group)
        now = environment(setup.numerics, self._group.size)
        differs = difference(run.environment, now)
        run.write_environment(now)
        notices = [differs] if differs is not None else []
        if run.history_bytes():
            notices += self._take_up(setup)
        if run.history.started is not None:
            at = self._position
            yield RunResumed(at.stage, at.epoch, at.batches, at.epochs)
        with (
            PictureLoader(run.folder, setup.pictures, self._config.dataset, stop) as loader,
            setup.features(loader, self._control, self._position.skipped) as source,
        ):
            if run.history.started is None:
                yield _run_started(self._config, run, setup)
                yield from run.notices
            yield from notices
            before = list(run.history.notices)
            yield from (one for one in source.notices() if one not in before)
            yield from self._stages(setup, source)
        compared = evaluation.compared(run) if self._group.is_first else None
        if compared is not None:
            yield compared

    def commit(self, event: Event) -> None:
        """Make ``event`` last. Raises ``ThawError`` (write_failed).

        The order lets a crash at any place cost no more than what came since the last
        checkpoint: the best weights, the history's line, the checkpoint that rests on both.
        """
        if isinstance(event, Preparing):
            return
        if isinstance(event, EpochFinished):
            self._write_best(event)
        self._run.append(event)
        if isinstance(event, BatchFinished | CacheProgress | EpochFinished):
            self._kind = f"{type(event).__name__} {event.stage}"
            self._watch.tick(self._kind)
        if isinstance(event, EpochFinished):
            self._position.end_epoch()
            self._write_synced_checkpoint()
        elif isinstance(event, BatchFinished):
            is_due = monotonic() - self._checkpointed_at >= CHECKPOINT_SECONDS
            if is_due:
                self._write_synced_checkpoint()

    def stopped(self) -> None:
        """A stop came, maybe within an epoch: ``write_stopped`` keeps the run as it is."""
        position, is_first = self._position, self._group.is_first
        if is_first and position.groups and position.place != self._checkpointed:
            self._stopped_at = len(self._run.history_bytes())

    def write_stopped(self) -> None:
        """Keep the batches of the epoch that a stop cut short. With everything thawed that is
        much to write, so the person who stopped gets the answer first."""
        if self._stopped_at is not None:
            with suppress(ThawError):  # then the last checkpoint counts
                self._write_checkpoint(self._stopped_at, sync=False)

    def _take_up(self, setup: Setup) -> list[Notice]:
        """Be as at the last good checkpoint, or at the very beginning where there is none."""
        run = self._run
        found, damaged = self._newest()
        notices = [Notice("checkpoint_damaged", {"count": len(damaged)})] if damaged else []
        if found is not None:
            network_state.restore_network(setup, found.tensors)
            self._state = found.tensors
            self._position, self._checkpointed = found.position, found.position.place
            self._seconds_before = found.seconds
        elif run.history.epochs:
            notices.append(Notice("run_starts_over"))
        skipped = {setup.pictures[one].path for one in self._position.skipped}
        run.go_back(found.history_bytes if found is not None else 0, skipped)
        if self._group.is_first:
            for folder in (run.directory, run.directory / CHECKPOINTS):
                files.remove_leftovers(folder)
        for path in damaged:
            with suppress(OSError):
                path.unlink()
        return notices

    def _newest(self) -> tuple[Checkpoint | None, list[Path]]:
        """The first rank's last good checkpoint, and the damaged files after it."""
        run, group = self._run, self._group
        found: Checkpoint | None = None
        damaged: list[Path] = []
        if group.is_first:
            with telling("read_failed", run.directory / CHECKPOINTS):
                found, damaged = checkpoints.newest(run.directory, run.history_bytes())
        if group.is_alone:
            return found, damaged
        told = group.from_first(checkpoints.encode(found) if found is not None else b"")
        return checkpoints.decode(told) if told else None, damaged

    def _stages(self, setup: Setup, source: FeatureSource) -> Iterator[Event]:
        position = self._position
        first = position.stage
        for number in range(first, len(self._config.stages) + 1):
            is_next = number > position.stage
            if is_next:
                position.begin_stage(number)
            if position.epoch > self._last_epoch(number):
                continue
            goes_back = is_next and self._config.stages[number - 1].start_from == "best"
            if goes_back:
                network_state.restore_best(setup, self._run)
            watch = Stopwatch(self.clock)
            trainer = StageTrainer(
                self._run, setup, source, number, position, self._control.stop, watch
            )
            if number == first:
                trainer.restore(self._state)
            self._state = {}  # it may take more memory than the network
            self._trainer = trainer
            if goes_back:  # a crash must not find the weights of a better epoch of this stage
                self._write_synced_checkpoint()
            changes = self._changes(setup, number)
            if position.begins_stage:
                if changes is not None:
                    changes.begin()
                yield trainer.started()
            while position.epoch <= self._last_epoch(number):
                yield from self._epoch(trainer, changes)
                if self._control.finishes_epoch and self._goes_on():
                    raise Stopped
            self._control.stage_begins()

    def _changes(self, setup: Setup, stage: int) -> BlockChanges | None:
        """The first rank alone reports how far the blocks have come: all ranks' are the same."""
        if not self._group.is_first:
            return None
        thawed = self._config.stages[stage - 1].thawed
        return BlockChanges(self._run.directory, setup.backbone, stage, thawed)

    def _epoch(self, trainer: StageTrainer, changes: BlockChanges | None) -> Iterator[Event]:
        position, history = self._position, self._run.history
        finished = yield from trainer.epoch()
        finished = yield from self._with_changes(finished, changes)
        yield from self._ended_early(finished)
        keep = self._config.stages[position.stage - 1].kept_by
        best_of_stage = history.best_of(position.stage)
        if keep == "last":  # then no test image need pass before it
            is_due = position.epoch >= self._last_epoch(position.stage)
        else:
            is_due = best_of_stage is None or is_better(finished, best_of_stage, keep)
        if is_due:
            self._predictions = yield from trainer.predictions()
        is_best = history.best is None or is_better(finished, history.best, keep)
        yield replace(finished, is_best=is_best)

    def _with_changes(
        self, finished: EpochFinished, changes: BlockChanges | None
    ) -> Generator[Event, None, EpochFinished]:
        """The epoch with how far the blocks have come, and with the memory that it took."""
        assert self._setup is not None
        measured = changes.measure() if changes is not None else ()
        lost = Notice("stage_start_lost", {"stage": finished.stage})
        if measured is None and lost not in self._run.history.notices:
            yield lost
        peak = devices.peak_memory(self._setup.numerics.device)
        return replace(finished, block_changes=measured or (), memory=peak)

    def _ended_early(self, finished: EpochFinished) -> Iterator[Event]:
        """That the stage ends with the epoch, though more were planned."""
        history, (number, epoch) = self._run.history, (finished.stage, finished.epoch)
        stage, cycles = self._config.stages[number - 1], history.cycles.get(number, ())
        epochs = [one for one in history.epochs if one.stage == number]
        since = cycles[-1].start if cycles else 0
        is_over = out_of_patience(stage, [*epochs, finished], since) and epoch < stage.epochs
        if epoch < self._last_epoch(number) and (is_over or self._control.ends_stage):
            yield StageEnded(number, epoch, "" if self._control.ends_stage else PATIENCE)
        if is_over and not self._control.ends_stage:
            values = {"stage": number, "epoch": epoch, "since": epoch - (stage.patience or 0)}
            notice = Notice(f"stage_ended_{stage.watch}", values)
            if notice not in history.notices:
                yield notice

    def _last_epoch(self, stage: int) -> int:
        """The stage's last epoch: as planned, or where it was ended before."""
        return self._run.history.ended.get(stage, self._config.stages[stage - 1].epochs)

    def _goes_on(self) -> bool:
        """Whether an epoch is left to train."""
        stages = len(self._config.stages)
        return self._position.stage < stages or self._position.epoch <= self._last_epoch(stages)

    @property
    def _seconds(self) -> float:
        """What the run took until the last batch or epoch ended."""
        return self._seconds_before + self._watch.seconds

    def _write_best(self, finished: EpochFinished) -> None:
        """Keep what the epoch's network predicts, and the network, where they are the best."""
        assert self._trainer is not None
        if self._predictions is not None:
            self._run.replace(stage_predictions(finished.stage), self._predictions)
            self._predictions = None
        if finished.is_best:
            self._trainer.write_best()

    def _write_synced_checkpoint(self) -> None:
        if self._group.is_first:
            self._write_checkpoint(self._run.sync_history(), sync=True)

    def _write_checkpoint(self, length: int, *, sync: bool) -> None:
        """Write a checkpoint that belongs to the first ``length`` bytes of the history."""
        run, setup, trainer, position = self._run, self._setup, self._trainer, self._position
        assert setup is not None
        assert trainer is not None
        if position.groups:  # what this epoch's evaluation lost is lost again when it is resumed
            lost = set(setup.held_out) - position.cut_without
            position = replace(position, skipped=position.skipped - lost)
        checkpoint = Checkpoint(position, length, round(self._seconds, 3), trainer.state())
        with telling("write_failed", run.directory / CHECKPOINTS):
            checkpoints.write(run.directory, checkpoint, sync=sync)
        # a damaged checkpoint leads back to the one before, maybe into the stage before
        BlockChanges.prune(run.directory, {self._checkpointed[0], position.stage})
        self._checkpointed, self._checkpointed_at = position.place, monotonic()


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
    control, group = control or Control(stop or threading.Event()), group or ALONE
    with runs.held(run) if group.is_first else nullcontext():
        yield from _train(TrainingLoop(config, run, control, group), run, group)


def _train(loop: TrainingLoop, run: Run, group: Group) -> Generator[Event, None, None]:
    outcome: Outcome = "stopped"
    cause: ThawError | None = None
    try:
        for event in loop.events():
            loop.commit(event)
            with loop.clock.away():  # whoever pulls may pause
                yield event
        outcome = "finished"
    except Stopped:
        loop.stopped()
    except (GeneratorExit, KeyboardInterrupt) as error:
        if isinstance(error, GeneratorExit):  # the other may come inside a step: nothing is kept
            loop.stopped()
        group.fail(ThawError("stopped"))
        _end(loop, run, outcome)
        loop.write_stopped()
        raise
    except Exception as error:
        cause = _explained(error)
        group.fail(cause)
        outcome = "stopped" if cause.code == "stopped" else "failed"
    last = _end(loop, run, outcome, cause)
    if last.outcome == "finished" and group.is_first:
        checkpoints.prune(run.directory, 1)
        BlockChanges.prune(run.directory, {len(run.config.stages)})  # it may be extended
    try:
        yield last
    finally:
        loop.write_stopped()


def _end(
    loop: TrainingLoop, run: Run, outcome: Outcome, cause: ThawError | None = None
) -> RunFinished:
    """The last event, which is written where it can be."""
    best = run.history.best
    last = RunFinished(
        outcome,
        best.stage if best else 0,
        best.epoch if best else 0,
        round(loop.ended(), 3),
        cause.code if cause else "",
        {name: str(value) for name, value in cause.values.items()} if cause else {},
    )
    with suppress(ThawError):  # a full disk may be the very reason for the end
        run.append(last)
    return last


def _explained(error: Exception) -> ThawError:
    if isinstance(error, ThawError):
        return error
    _log.exception("training failed")  # a bug must end as an event too, not as a dead thread
    if is_out_of_memory(error):
        return ThawError("out_of_memory")
    return ThawError("unexpected", reason=repr(error))
