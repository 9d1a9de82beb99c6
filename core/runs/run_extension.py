"""More epochs for a run that has trained."""

from core.common.messages import InputError
from core.recipe import files as recipes
from core.runs import held_runs
from core.runs.events import RunExtended
from core.runs.places import CHECKPOINTS
from core.runs.run import Run


def extend(run: Run, epochs: int) -> None:
    """Give the last stage of ``run`` so many more epochs; training it again then does them.

    Raises ``InputError`` where the recipe cannot hold so many, another process uses the run or
    there is nothing to go on from, and ``ThawError`` (write_failed).
    """
    with held_runs.held(run):
        current = Run.open(run.directory)
        if current.history.epochs and not any((run.directory / CHECKPOINTS).glob("[0-9]*.*")):
            raise InputError("run_without_checkpoint", path=str(run.directory))
        number = len(current.config.stages)
        # by the history: one that a crash cut short, which nobody was told of, gives way to this
        planned = current.history.planned or [one.epochs for one in current.config.stages]
        key = f"stages.{number - 1}.epochs"
        longer = recipes.changed(current.config, key, planned[-1] + epochs)
        # the recipe first: where a crash comes between the two, the next training sees that the
        # history knows of fewer epochs, and the other way round nothing would tell
        current.write_config(longer)
        if current.history.started is not None:  # else the recipe alone says how many there are
            current.append(RunExtended(number, epochs, current.history.totals[-1]))
    run.config, run.history = current.config, current.history


def settle(run: Run) -> None:
    """Let the history know of an extension that a crash cut short."""
    if run.pending_epochs:
        before = run.history.totals[-1]
        run.append(RunExtended(len(run.config.stages), run.pending_epochs, before))
