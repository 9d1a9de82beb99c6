"""The runs of a folder, their labels (name, note, star), and the way of a run to the trash.

A run is listed from its ``summary.json`` alone. One whose summary is lost is read whole, and one
that cannot be read is listed with the reason.

A label is in ``about.json`` in the run's directory. The directory keeps its own name, so that
nothing that points to it breaks.
"""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

from core.common import files
from core.common.messages import InputError, ThawError
from core.runs import places as runs_places
from core.runs import summary as runs_summary
from core.runs.places import CONFIG, HISTORY
from core.runs.run import Run
from core.runs.summary import BestEpoch, RunSummary, StagePlan

ABOUT = "about.json"
LONGEST_NAME, LONGEST_NOTE = 120, 4000  # characters
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class RunLabel:
    """``name`` is "" for a run that goes by its directory's name."""

    name: str = ""
    note: str = ""
    star: bool = False


def tidy(label: RunLabel) -> RunLabel:
    """``label`` on one line and in as many characters as are kept; the note keeps its lines."""
    name = " ".join(label.name.split())[:LONGEST_NAME].strip()
    return RunLabel(name, label.note.strip()[:LONGEST_NOTE], label.star)


def read_label(directory: Path) -> RunLabel:
    """What is said of the run there; nothing, where that is missing or damaged."""
    kinds = {one.name: type(one.default) for one in fields(RunLabel)}
    data = _data(directory).items()
    said: dict[str, Any] = {name: one for name, one in data if type(one) is kinds.get(name)}
    return tidy(RunLabel(**said))


def write_label(directory: Path, label: RunLabel) -> RunLabel:
    """Keep ``label``, and give it as it was kept. Raises ``ThawError`` (run_label_unwritable)."""
    kept = tidy(label)
    data = {**_data(directory), "schema": 1, **asdict(kept)}
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    try:
        files.replace(directory / ABOUT, text.encode("utf-8", "replace"))
    except OSError as error:
        raise ThawError("run_label_unwritable", path=directory / ABOUT, reason=error) from None
    return kept


def _data(directory: Path) -> dict[str, Any]:
    """All of the file's fields, those of later versions too."""
    try:
        with (directory / ABOUT).open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


State = Literal["finished", "stopped", "failed", "interrupted", "running", "damaged"]
STATES: tuple[State, ...] = ("running", "finished", "stopped", "interrupted", "failed", "damaged")


@dataclass(frozen=True)
class ListedRun:
    """A line of the list.

    ``created`` is ISO 8601, "" where it is not known; ``seconds`` of training, without pauses;
    ``error`` the code and values of what is wrong with a run whose ``state`` is "damaged".
    All else is as ``RunSummary`` has it.
    """

    directory: Path
    state: State
    label: RunLabel = field(default_factory=RunLabel)
    created: str = ""
    dataset: str = ""
    classes: int = 0
    preset: str = ""
    head: str = ""
    stages: tuple[StagePlan, ...] = ()
    epochs: int = 0
    planned_epochs: int = 0
    best: BestEpoch | None = None
    seconds: float = 0.0
    error: ThawError | None = None

    @property
    def name(self) -> str:
        """What a person calls it: their name for it, or its directory's."""
        return self.label.name or self.directory.name

    @property
    def can_resume(self) -> bool:
        """Whether it may have epochs left to train."""
        return self.state in ("stopped", "interrupted", "failed")


_OF_SUMMARY = {one.name for one in fields(ListedRun)} & set(RunSummary.model_fields) - {"state"}


def interrupted(folder: Path | None = None) -> list[Path]:
    """The directories of the runs in ``folder`` (None: the default place) that were killed, the
    newest first. Damaged ones are passed over."""
    found = []
    for directory, _ in _directories(folder or files.runs_folder()):
        summary = runs_summary.read(directory)
        if summary is None or summary.state != "running" or runs_places.is_held(directory):
            continue
        found.append((summary.created, directory))
    return [directory for _, directory in sorted(found, reverse=True)]


def of_folder(folder: Path | None = None, stop: threading.Event | None = None) -> list[ListedRun]:
    """The runs that lie in ``folder`` (None: the default place), the newest first.

    A folder that isn't there holds none. Raises ``InputError`` (folder_unreadable) and
    ``ThawError`` (stopped).
    """
    found = []
    for directory, names in _directories(folder or files.runs_folder()):
        if stop is not None and stop.is_set():
            raise ThawError("stopped")
        one = _listed(directory, names)
        if one is not None:
            found.append(one)
    return sorted(found, key=lambda one: (one.created, one.directory.name), reverse=True)


def of_directory(directory: Path) -> ListedRun | None:
    """The run in ``directory``, None where there is none."""
    return _listed(directory, _names(directory))


def _directories(folder: Path) -> Iterator[tuple[Path, set[str]]]:
    """The folders in ``folder`` with the names that each holds."""
    try:
        with os.scandir(folder) as entries:
            places = [Path(entry.path) for entry in entries if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InputError("folder_unreadable", path=folder, reason=error) from None
    for place in places:
        if not place.name.startswith("."):
            yield place, _names(place)


def _names(directory: Path) -> set[str]:
    """What is in a folder; nothing where it is gone meanwhile, or nobody's business."""
    try:
        return set(os.listdir(directory))
    except OSError:
        return set()


def _listed(directory: Path, names: set[str]) -> ListedRun | None:
    label = read_label(directory) if ABOUT in names else RunLabel()
    if CONFIG not in names:
        return _without_recipe(directory, names, label)
    try:
        summary = runs_summary.read(directory) or Run.open(directory).summary
    except InputError as error:
        return ListedRun(directory, "damaged", label, error=error)
    known = {name: getattr(summary, name) for name in _OF_SUMMARY}
    return ListedRun(directory, _state(directory, names, summary.state), label, **known)


def _without_recipe(directory: Path, names: set[str], label: RunLabel) -> ListedRun | None:
    """Nothing, where a run is being made; a run that lost its recipe is damaged."""
    try:
        has_trained = HISTORY in names and (directory / HISTORY).stat().st_size > 0
    except OSError:
        has_trained = False
    if not has_trained:
        return None
    reason = f"{CONFIG} is missing"
    error = InputError("run_unreadable", path=str(directory), reason=reason)
    return ListedRun(directory, "damaged", label, error=error)


def _state(directory: Path, names: set[str], told: str) -> State:
    """The state now: a process may train the run again, or have been killed.

    The lock is only tried where ``owner.json`` says that somebody may have it, or the run's last
    word is that it trains.
    """
    may_train = told == "running" or runs_places.OWNER in names
    if may_train and runs_places.is_held(directory):
        return "running"
    if told in ("finished", "stopped", "failed"):
        return cast(State, told)
    return "interrupted"


def move_to_trash(directory: Path) -> None:
    """Move the run in ``directory`` there. It is never deleted for good.

    Raises ``InputError`` (run_in_use) while some process trains it, run_missing, and ``ThawError``
    (run_trash_failed), and then it stays.
    """
    from send2trash import send2trash

    if not directory.is_dir():
        raise InputError("run_missing", path=directory)
    if runs_places.is_held(directory):
        raise InputError("run_in_use", path=directory, pid=runs_places.owner(directory))
    try:
        send2trash(directory)
    except OSError as error:  # what the library raises is one too
        raise ThawError("run_trash_failed", path=directory, reason=error) from None
