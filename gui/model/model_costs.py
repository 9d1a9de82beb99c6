"""What the stages of the chosen recipe cost on this machine, as far as that is known."""

from core.compute import estimate
from core.compute.estimate import StageFacts
from gui.session.session import Session


def classes_of(session: Session) -> int | None:
    """The count of classes of the open dataset."""
    return None if session.summary is None else len(session.summary.classes)


def facts_of(session: Session, index: int) -> StageFacts:
    """The facts of a stage, from 0; while no dataset is open, as if the head had no output."""
    parts = session.split
    counts = (len(parts.train), len(parts.validation)) if parts is not None else (1, 0)
    classes = classes_of(session) or 0
    return estimate.stage_facts(session.recipe, index, session.engine.speed, *counts, classes)


def from_each_block(session: Session, index: int) -> tuple[float, ...]:
    """Seconds of an epoch of a stage, from 0, with every block frozen, and thawed from each block
    on; empty while they aren't known. Those that the present run has shown are as it was."""
    recipe, speed, parts = session.recipe, session.engine.speed, session.split
    if speed is None or parts is None:
        return ()
    counts = len(parts.train), len(parts.validation)
    costs = estimate.block_costs(recipe, index, speed, *counts)
    seen, depth, stage = session.measured_epochs(), recipe.model.depth, recipe.stages[index]
    seconds = []
    for first, cost in zip((depth + 1, *range(1, depth + 1)), costs, strict=True):
        thawed = tuple(range(first, depth + 1))
        alone = stage.model_copy(update={"thawed": thawed})
        measured = seen.seconds_of(recipe.model_copy(update={"stages": (alone,)}), 0)
        seconds.append(cost.seconds if measured is None else measured)
    return tuple(seconds)
