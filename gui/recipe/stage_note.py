"""What a stage means for time: where features can be kept, and what an epoch costs."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe.config import RANDOM, RunConfig, boundary
from gui.base import words

translate = QCoreApplication.translate


def stage_note(recipe: RunConfig, index: int, seconds: float | None) -> str:
    """One or two sentences on ``recipe.stages[index]``; ``seconds`` an epoch, None unknown."""
    note = _features(recipe, index)
    if untrained := _untrained(recipe, index):
        template = translate("stages", "Block {blocks} is still random: it never learned. {note}")
        if len(untrained) > 1:
            template = translate(
                "stages", "Blocks {blocks} are still random: they never learned. {note}"
            )
        note = fill(template, {"blocks": listed(untrained), "note": note})
    if seconds is None:
        return note
    template = translate("stages", "{note} An epoch: {time}.")
    return fill(template, {"note": note, "time": words.duration(seconds)})


def frozen_above(thawed: Sequence[int], depth: int) -> list[int]:
    """The frozen blocks that come after a thawed one."""
    first = boundary(thawed, depth) + 1
    return [number for number in range(first, depth + 1) if number not in thawed]


def listed(numbers: Sequence[int]) -> str:
    """Block numbers, neighbours as a range: "2–5", "2, 4–5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _untrained(recipe: RunConfig, index: int) -> list[int]:
    """The blocks that nobody has trained when this stage ends."""
    if recipe.model.weights != RANDOM:
        return []
    trained = {block for stage in recipe.stages[: index + 1] for block in stage.thawed}
    return [block for block in range(1, recipe.model.depth + 1) if block not in trained]


def _features(recipe: RunConfig, index: int) -> str:
    stage, depth = recipe.stages[index], recipe.model.depth
    start, idle = boundary(stage.thawed, depth), frozen_above(stage.thawed, depth)
    augmented, views = recipe.augments(stage), recipe.augmentation.cached_views
    values = {"block": start, "first": start + 1, "frozen": listed(idle), "views": views}
    if augmented and not views:
        template = translate(
            "stages",
            "Augmentation shows new pictures in every epoch, so no features can be kept: all "
            "blocks are computed each time.",
        )
    elif idle:
        template = f"{_passed(len(idle) == 1)} {_kept(start)}"
    elif start == 0:
        template = translate(
            "stages",
            "Every block changes, so no features can be kept: all are computed each epoch.",
        )
    elif augmented:
        template = translate(
            "stages",
            "Features of {views} augmented views are kept after block {block}: what is below is "
            "computed only once for each.",
        )
    elif stage.augment or recipe.augmentation.is_identity:
        template = translate(
            "stages", "Features are kept after block {block}: what is below is computed only once."
        )
    else:
        template = translate(
            "stages",
            "Not augmented: features are kept after block {block}, and what is below is computed "
            "only once.",
        )
    return fill(template, values)


def _passed(is_one: bool) -> str:
    """What frozen blocks cost behind a thawed one."""
    if is_one:
        return translate(
            "stages",
            "Block {frozen} is frozen but must be computed in each epoch: block {first} below it "
            "changes, and its gradient comes through it.",
        )
    return translate(
        "stages",
        "Blocks {frozen} are frozen but must be computed in each epoch: block {first} below them "
        "changes, and its gradient comes through them.",
    )


def _kept(start: int) -> str:
    if start:
        return translate("stages", "Features are kept after block {block}.")
    return translate("stages", "No features can be kept.")
