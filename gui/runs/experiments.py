"""What the window says of experiments, and the work that lists, opens and throws them away.

The work runs off the window's thread.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.folder import printable
from core.experiments import experiment as experiments
from core.experiments import marks as experiment_marks
from core.experiments import run as experiment_run
from core.experiments import text as experiment_text
from core.experiments.experiment import CUSTOM, Experiment, Place
from core.experiments.kinds import KINDS, Fit
from core.experiments.marks import Marks
from core.experiments.text import Words
from core.recipe.config import RunConfig
from core.recipe.presets import preset
from gui.base import words as base_words
from gui.base.background import Progress, Work
from gui.base.words import say
from gui.recipe import words as recipe_words
from gui.session.experiments import ExperimentJobs


@dataclass(frozen=True)
class Listed:
    """An experiment that is kept, and how many of its runs are done."""

    directory: Path
    experiment: Experiment
    done: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be run."""
        return self.done >= len(self.experiment.arms) * len(self.experiment.seeds)


@dataclass(frozen=True)
class Opened:
    """An experiment and what came of it until now."""

    listed: Listed
    marks: Marks


def listing() -> Work:
    """All that are kept, the newest first: a list of ``Listed``."""

    def work(stop: threading.Event, _progress: Progress) -> list[Listed]:
        found = []
        for directory, experiment in experiments.earlier():
            if stop.is_set():
                break
            done = experiment_run.done_runs(directory, experiment)
            found.append(Listed(directory, experiment, done))
        return found

    return work


def opened(directory: Path) -> Opened:
    """One of them."""
    place = Place(directory)
    experiment = place.read()
    marks = experiment_marks.of_place(place, experiment)
    done = experiment_run.done_runs(directory, experiment)
    return Opened(Listed(directory, experiment, done), marks)


translate = QCoreApplication.translate

WORDS = Words(
    lambda code, values: base_words.translate(code, values),
    lambda share: base_words.percent(share),
    lambda low, high: (
        f"{base_words.number(100 * low)} – {base_words.number(100 * high)}{base_words.NBSP}%"
    ),
    lambda value, digits: base_words.number(value, digits),
)
ALL = (*KINDS, CUSTOM)


def title(kind: str) -> str:
    """What a kind of experiment is called."""
    return experiment_text.kind_title(kind, WORDS)


def arm_titles(experiment: Experiment) -> dict[str, str]:
    """What each arm is called, by its name."""
    return experiment_text.titles(experiment, WORDS)


def about(kind: str) -> str:
    """What it shows, in one sentence."""
    return base_words.translate(f"experiment_{kind}_about", {}) + "."


def expected(kind: str, fit: Fit | None, minutes: float) -> str:
    """How long it will take, and with what; "" where that is not known yet."""
    if fit is None:
        return ""
    if kind == CUSTOM:
        template = translate("experiments", "{seeds} seeds each: {time}")
        if fit.seeds == 1:
            template = translate("experiments", "One seed: {time}")
        return fill(template, {"seeds": fit.seeds, "time": base_words.duration(fit.seconds)})
    template = translate(
        "experiments", "Pictures of {size} px, {epochs} epochs, {seeds} seeds each: {time}"
    )
    if fit.seeds == 1:
        template = translate(
            "experiments", "Pictures of {size} px, {epochs} epochs, one seed: {time}"
        )
    values = {"size": fit.size, "epochs": fit.epochs, "seeds": fit.seeds}
    told = fill(template, {**values, "time": base_words.duration(fit.seconds)})
    if fit.fits:
        return told
    more = translate("experiments", "more than the {minutes} minutes")
    if fit.seconds < 1.1 * 60 * minutes:  # where both are written alike
        more = translate("experiments", "a little more than the {minutes} minutes")
    return f"{told}, {fill(more, {'minutes': base_words.number(minutes, 0)})}"


def running(kind: str) -> str:
    """A heading for the experiment that runs, of whichever kind ("": not known yet)."""
    if not kind:
        return translate("experiments", "An experiment runs")
    return say("experiments", "Running: {title}", title=title(kind))


def progress(jobs: ExperimentJobs, named: dict[str, str]) -> str:
    """What it does now, and how long the rest takes."""
    if jobs.is_stopping:
        return translate("experiments", "stopping…")
    doing = jobs.doing
    parts = []
    if not doing.arm:
        parts.append(translate("experiments", "reading the pictures…"))
    elif doing.seed is None:
        template = translate("experiments", "{arm}: looking for the rate of stage {stage}")
        parts.append(fill(template, {"arm": named.get(doing.arm, doing.arm), "stage": doing.stage}))
    else:
        template = translate("experiments", "{arm}, seed {seed}: epoch {epoch} of {epochs}")
        epoch = min(len(doing.accuracies) + 1, doing.epochs)
        values = {"arm": named.get(doing.arm, doing.arm), "seed": doing.seed}
        parts.append(fill(template, {**values, "epoch": epoch, "epochs": doing.epochs}))
    if jobs.runs:
        template = translate("experiments", "{done} of {runs} runs done")
        parts.append(fill(template, {"done": jobs.runs_done, "runs": jobs.runs}))
        parts.append(say("experiments", "{time} left", time=base_words.duration(jobs.seconds_left)))
    return " · ".join(parts)


def training(jobs: ExperimentJobs) -> str:
    """How far it is, for a page that shows something else."""
    if jobs.is_stopping:
        return translate("experiments", "The experiment stops…")
    if not jobs.runs:
        return translate("experiments", "An experiment trains.")
    template = translate("experiments", "An experiment trains: {done} of {runs} runs done, {left}.")
    left = say("experiments", "{time} left", time=base_words.duration(jobs.seconds_left))
    return fill(template, {"done": jobs.runs_done, "runs": jobs.runs, "left": left})


def ended(jobs: ExperimentJobs) -> str:
    """How the experiment that ran last ended, in a few words."""
    outcome = jobs.finished.outcome if jobs.finished is not None else "failed"
    if outcome == "stopped" and not jobs.is_kept:
        return translate("experiments", "The experiment was stopped before it had begun")
    return {
        "finished": translate("experiments", "The experiment has ended: see Compare, Experiments"),
        "stopped": translate(
            "experiments", "The experiment was stopped; “Go on” runs the rest of it"
        ),
        "failed": translate("experiments", "The experiment failed: see Compare, Experiments"),
    }[outcome]


def next_title(queue: Sequence[tuple[str, RunConfig]], recipe: RunConfig) -> str:
    """What a recipe is called once it is added to ``queue``: by a number that none there has."""
    numbers = [int(title.partition(":")[0]) for title, _ in queue if title[:1].isdecimal()]
    return queue_title(max(numbers, default=0) + 1, recipe)


def queue_title(number: int, recipe: RunConfig) -> str:
    """What a recipe is called in the queue, as the one with that ``number`` (from 1)."""
    epochs = sum(stage.epochs for stage in recipe.stages)
    parts = [
        f"{number}: {recipe_words.title(preset(recipe))}",
        say("experiments", "{size} px", size=recipe.dataset.image_size),
        say("experiments", "{epochs} epochs", epochs=epochs),
    ]
    if not recipe.augmentation.is_identity:
        parts.append(translate("experiments", "augmented"))
    return ", ".join(parts)


def heading(listed: Listed) -> str:
    """Which experiment it is: its kind, its pictures, when it was made, how much is done."""
    experiment = listed.experiment
    folder = printable(Path(experiment.folder).name)
    return f"{title(experiment.kind)}: {folder}, {how_far(listed)}"


def how_far(listed: Listed) -> str:
    """When an experiment was made, and how much of it is done."""
    experiment, done = listed.experiment, listed.done
    values = {
        "when": base_words.moment(base_words.since_1970(experiment.created)),
        "done": done,
        "total": len(experiment.arms) * len(experiment.seeds),
    }
    if listed.is_finished:
        return say("experiments", "{when}, {total} runs", **values)
    return say("experiments", "{when}, {done} of {total} runs done", **values)
