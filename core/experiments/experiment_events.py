"""What an experiment says while it runs: frozen dataclasses of plain Python values."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.runs.events import Event, Outcome
from core.training.rate_curve import RateTried


@dataclass(frozen=True)
class ExperimentStarted:
    """It begins, or goes on: ``done`` of its ``runs`` are there; about ``seconds`` are left."""

    directory: Path
    runs: int
    done: int
    seconds: float


@dataclass(frozen=True)
class RateSearched:
    """The finder begins with a stage (from 1) of an arm."""

    arm: str
    stage: int


@dataclass(frozen=True)
class RateChosen:
    """The head's rate with which the runs of an arm train a stage; ``is_found`` as in
    ``experiment.ChosenRate``."""

    arm: str
    stage: int
    rate: float
    is_found: bool


@dataclass(frozen=True)
class ArmBegun:
    """A run of an arm begins or goes on; it lies in ``directory``. It has ``epochs``;
    ``accuracies`` are those on validation of the ones that were trained before."""

    arm: str
    seed: int
    directory: Path
    epochs: int
    accuracies: tuple[float, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the finder (``seed`` None) or a run says meanwhile."""

    arm: str
    seed: int | None
    event: Event | RateTried


@dataclass(frozen=True)
class ArmEnded:
    """A run has ended. ``outcome`` failed: with ``code``; the others go on."""

    arm: str
    seed: int
    outcome: Outcome
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentProgress:
    """How far the whole is: a ``share`` of 1, and the seconds that are left."""

    share: float
    seconds_left: float


@dataclass(frozen=True)
class ExperimentFinished:
    """Always the last. ``code`` and ``values`` say why it failed."""

    outcome: Outcome
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


ExperimentEvent = (
    ExperimentStarted
    | RateSearched
    | RateChosen
    | ArmBegun
    | Told
    | ArmEnded
    | ExperimentProgress
    | ExperimentFinished
)
