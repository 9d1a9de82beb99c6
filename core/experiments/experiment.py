"""An experiment: some recipes (arms), each trained with several seeds and compared.

``experiment.json`` in its directory is the experiment itself, ``dataset.csv`` the images of all its
runs, and ``runs/<arm>-<seed>`` one ordinary run each. ``kinds`` makes the ready-made ones.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, PlainValidator, Strict, model_validator

from core.common import files
from core.common.messages import InputError
from core.dataset import split as dataset_split
from core.recipe.config import SEEDS, Config, RunConfig, Seed, refuse
from core.runs import images as run_images
from core.runs.images import Picture
from core.runs.places import free_directory

if TYPE_CHECKING:
    from core.dataset.summary import DatasetSummary

EXPERIMENT, PICTURES, RUNS = "experiment.json", "dataset.csv", "runs"
CUSTOM = "custom"  # the kind of a queue of any recipes
ARM_NAME = r"[a-z0-9][a-z0-9-]{0,59}"

# What decides which pictures train and which validate: the same in all arms.
_DIVIDING = ("split_seed", "validation_fraction", "test_fraction", "group_by", "max_megapixels")

# Of files and folders, which may hold bytes that no text has (as surrogates).
FileName = Annotated[str, PlainValidator(str)]
Name = Annotated[str, Field(pattern=f"^{ARM_NAME}$")]
Rate = Annotated[float, Strict(), Field(gt=0, le=10)]


class Arm(Config):
    """A recipe of an experiment. Its ``seed`` is replaced by each of the experiment's.

    ``rates_of`` is another arm, whose rates it takes where what differs between the two must
    not be the rate as well; ``title`` what a person calls it, "" where ``name`` is a code.
    """

    name: Name
    recipe: RunConfig
    rates_of: Name | None = None
    title: Annotated[str, Field(max_length=200)] = ""


class ChosenRate(Config):
    """The head's rate of a stage (from 1) of an arm. ``is_found``: the finder's; else the loss
    fell at no rate that was tried, and it is the recipe's own."""

    arm: Name
    stage: Annotated[int, Strict(), Field(ge=1)]
    rate: Rate
    is_found: bool = True


class Experiment(Config):
    """What is compared. ``pairs`` are the arms that are set against each other, each time the
    one of which more is expected first; ``finder_steps`` is how many rates are tried for each
    stage of each arm (0: the recipes' own rates are taken); ``target`` the validation accuracy
    to which epochs are counted (None: chosen from the results); ``folder`` the dataset's, with
    undecodable bytes as surrogates."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    kind: Name = CUSTOM
    folder: FileName
    classes: tuple[FileName, ...]
    created: str
    arms: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=50)]
    pairs: tuple[tuple[Name, Name], ...] = ()
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=100)]
    finder_steps: Annotated[int, Strict(), Field(ge=0, le=1000)] = 0
    target: Annotated[float, Strict(), Field(gt=0, le=1)] | None = None
    rates: tuple[ChosenRate, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        names = [one.name for one in self.arms]
        if len(set(names)) < len(names) or len(set(self.seeds)) < len(self.seeds):
            refuse("arms", names, "each arm and each seed once")
        lenders = {one.name for one in self.arms if one.rates_of is None}
        for number, one in enumerate(self.arms):
            if one.rates_of is not None and one.rates_of not in lenders:
                refuse(f"arms.{number}.rates_of", one.rates_of, "an arm with rates of its own")
        for number, one in enumerate(self.arms):
            for key in _DIVIDING:
                value, first = (getattr(of.recipe.dataset, key) for of in (one, self.arms[0]))
                if value != first:
                    at = f"arms.{number}.recipe.dataset.{key}"
                    refuse(at, value, f"{first}, as in the first arm: all have the same pictures")
        if not set(names).issuperset(name for pair in self.pairs for name in pair):
            refuse("pairs", self.pairs, "names of arms")
        return self

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return next(one for one in self.arms if one.name == name)

    def rates_for(self, name: str) -> tuple[ChosenRate, ...]:
        """The rates that were chosen for an arm, () as long as there are none."""
        lender = self.arm(name).rates_of or name
        return tuple(one for one in self.rates if one.arm == lender)

    def recipe(self, name: str, seed: int) -> RunConfig:
        """What the run of an arm and a seed trains, with the rates that were chosen."""
        config = self.arm(name).recipe
        chosen = {one.stage: one.rate for one in self.rates_for(name)}
        stages = tuple(
            one.model_copy(update={"learning_rate": chosen[number]}) if number in chosen else one
            for number, one in enumerate(config.stages, start=1)
        )
        return config.model_copy(update={"seed": seed, "stages": stages})


@dataclass(frozen=True)
class Place:
    """Where an experiment is."""

    directory: Path

    def run(self, arm: str, seed: int) -> Path:
        """The directory of one of its runs."""
        return self.directory / RUNS / f"{arm}-{seed}"

    def read(self) -> Experiment:
        """The experiment. Raises ``InputError`` where there is none or it is damaged."""
        path = self.directory / EXPERIMENT
        if not path.is_file():
            raise InputError("experiment_missing", path=str(self.directory))
        with self.reading():
            return Experiment.model_validate(json.loads(path.read_bytes()))

    def write(self, experiment: Experiment) -> None:
        """Keep ``experiment``, wholly or not at all. Raises ``InputError``."""
        data = experiment.model_dump(mode="json", by_alias=True)
        with self._writing():
            files.replace(self.directory / EXPERIMENT, (json.dumps(data, indent=2) + "\n").encode())

    def pictures(self, experiment: Experiment) -> list[Picture]:
        """The pictures of all its runs. Raises ``InputError``."""
        with self.reading():
            data = (self.directory / PICTURES).read_bytes()
            return list(run_images.read(data, experiment.classes))

    def begin(self, experiment: Experiment, pictures: Sequence[Picture]) -> None:
        """Write a new experiment. Raises ``InputError`` where the place is taken."""
        if (self.directory / EXPERIMENT).exists():
            raise InputError("experiment_exists", path=str(self.directory))
        with self._writing():
            self.directory.mkdir(parents=True, exist_ok=True)
            table = run_images.write(pictures, experiment.classes)
            files.replace(self.directory / PICTURES, table)
        self.write(experiment)  # the last: a directory without it is no experiment

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read its files: raises ``InputError`` where they cannot be read or are damaged."""
        try:
            yield
        except (OSError, ValueError) as error:
            reason = next(iter(str(error).splitlines()), repr(error))
            path = str(self.directory)
            raise InputError("experiment_unreadable", path=path, reason=reason) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError("experiment_unwritable", path=self.directory, reason=error) from None


def folder() -> Path:
    """Where experiments are kept."""
    return files.data_folder() / "experiments"


def new_directory(dataset: str, kind: str) -> Path:
    """A place that holds nothing yet for an experiment on the dataset called ``dataset``."""
    name = f"{dataset[:80]}-{kind}-{datetime.now():%Y-%m-%d-%H%M%S}"
    return free_directory(folder(), name)


def find(name: str) -> Path:
    """The directory that a person means: a path, or a name in the default place."""
    path, named = Path(name), folder() / name
    return named if not (path / EXPERIMENT).is_file() and named.is_dir() else path


def earlier(parent: Path | None = None) -> Iterator[tuple[Path, Experiment]]:
    """The experiments that are kept, the newest first; damaged ones are passed over."""
    found = []
    for path in (parent or folder()).glob(f"*/{EXPERIMENT}"):
        try:
            found.append((path.parent, Place(path.parent).read()))
        except InputError:
            continue
    yield from sorted(found, key=lambda one: one[1].created, reverse=True)


def learning_from(pictures: Sequence[Picture], config: RunConfig) -> list[Picture]:
    """``pictures`` of all runs as one with this recipe uses them: a share of those that train."""
    dataset = config.dataset
    train = [one for one in pictures if one.split == "train" and one.status == "used"]
    used = dataset_split.share_of_training(train, dataset.train_fraction, seed=dataset.split_seed)
    names = {one.path for one in train} - used
    return [
        replace(one, status="unused", reason="train_fraction") if one.path in names else one
        for one in pictures
    ]


def with_fields(config: RunConfig, part: str, **values: object) -> RunConfig:
    """``config`` with other ``values`` in a part: dataset, model or augmentation."""
    return config.model_copy(update={part: getattr(config, part).model_copy(update=values)})


def new(
    kind: str,
    summary: "DatasetSummary",
    arms: Sequence[Arm],
    pairs: Sequence[tuple[str, str]],
    first_seed: int,
    seeds: int,
) -> Experiment:
    """An experiment of today on ``summary``'s images, its arms with the rates that they have."""
    return Experiment(
        kind=kind,
        folder=str(summary.folder),
        classes=summary.classes,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        arms=tuple(arms),
        pairs=tuple(pairs),
        seeds=tuple((first_seed + number) % SEEDS for number in range(seeds)),
    )


def queued(
    recipes: Sequence[tuple[str, RunConfig]], summary: "DatasetSummary", seeds: int
) -> Experiment:
    """Any ``recipes``, each with what a person calls it and with the rates that it has, on
    ``summary``'s images, which all divide as the first does. Each is set against the first."""
    first = recipes[0][1]
    divided = {key: getattr(first.dataset, key) for key in _DIVIDING}
    arms: list[Arm] = []
    for title, recipe in recipes:
        name = _arm_name(title, [one.name for one in arms])
        recipe = with_fields(recipe, "dataset", **divided)
        arms.append(Arm(name=name, recipe=recipe, title=title))
    pairs = [(one.name, arms[0].name) for one in arms[1:]]
    return new(CUSTOM, summary, arms, pairs, first.seed, seeds)


def _arm_name(title: str, taken: Sequence[str]) -> str:
    """A name for an arm that a person called ``title``, other than those ``taken``."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50] or "recipe"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name
