"""Compares runs: how they differ, how good each got, and whether that is more than chance.

Statements are codes of ``core.common.messages`` with their values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Literal

from core.common.messages import InputError, sentence
from core.common.statistics import holm, mcnemar, newcombe, wilson
from core.dataset.folder import key_of, printable
from core.reports.differences import (
    Difference,
    Told,
    differences,
    field_name,
    shown,
    validation_pictures,
)
from core.reports.words import percent
from core.runs import evaluation
from core.runs import list as run_list
from core.runs.evaluation import Result
from core.runs.events import EpochFinished
from core.runs.history import History, elapsed
from core.runs.run import Run

SIGNIFICANCE = 0.05
Verdict = Literal["beyond", "chance", "unpaired", "classes", "unread", "no_epoch"]


@dataclass(frozen=True)
class Outcome:
    """How far one run got. ``best`` is the epoch whose weights it keeps (None: no epoch has
    ended), ``position`` its count from the run's start; ``seconds`` are those of the whole run,
    ``planned`` its epochs. ``chosen_by`` is ``History.chosen_by``: how ``best`` came to be it.
    """

    name: str
    directory: Path
    dataset: str
    state: str
    epochs: int
    planned: int
    seconds: float
    best: EpochFinished | None
    position: int
    chosen_by: str
    majority: float
    test_images: int

    @property
    def chosen(self) -> bool:
        """Whether ``best`` was chosen on its validation pictures: not where it is always the last
        epoch, or the only one."""
        return self.chosen_by in ("accuracy", "loss")

    @property
    def interval(self) -> tuple[float, float]:
        """The best validation accuracy's 95 % interval (Wilson); (0, 1) where there is none."""
        if self.best is None:
            return 0.0, 1.0
        return wilson(self.best.validation.correct, self.best.validation.images)


@dataclass(frozen=True)
class Pair:
    """Two runs, by their places in the comparison (from 0), and what can be said of them.

    ``verdict``: their answers were paired and differ ``beyond`` chance or not (``chance``);
    ``unpaired``: they validate on other pictures, ``shared`` of which both have; ``classes``:
    they tell other classes apart; ``unread``: a run's predictions (of place ``lacking``) are not
    there; ``no_epoch``: a run has none yet.
    Where paired, ``only_first`` and ``only_second`` count the pictures that one alone got right,
    ``p`` is McNemar's, exact, and ``adjusted`` the same after Holm's correction for all pairs.
    """

    first: int
    second: int
    verdict: Verdict
    images: int = 0
    shared: int = 0
    only_first: int = 0
    only_second: int = 0
    p: float = 1.0
    adjusted: float = 1.0
    lacking: int = -1

    @property
    def is_paired(self) -> bool:
        return self.verdict in ("beyond", "chance")

    @property
    def better(self) -> int:
        """The place of the run that was right more often where only one was."""
        return self.first if self.only_first > self.only_second else self.second


@dataclass(frozen=True)
class Comparison:
    """``runs`` side by side, in the order in which they were named."""

    outcomes: tuple[Outcome, ...]
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]

    @property
    def tested(self) -> int:
        """How many pairs were tested, for which p is corrected."""
        return sum(one.is_paired for one in self.pairs)


def compare(runs: Sequence[Run]) -> Comparison:
    """``runs`` side by side. Raises ``InputError`` for less than two, or the same one twice."""
    if len(runs) < 2:
        raise InputError("compare_one")
    seen: set[Path] = set()
    for run in runs:
        place = run.directory.resolve()
        if place in seen:
            raise InputError("compare_twice", path=printable(str(run.directory)))
        seen.add(place)
    outcomes = tuple(map(outcome, runs))
    return Comparison(_named_apart(outcomes), differences(runs), _pairs(runs, outcomes))


def names_of(runs: Sequence[Run]) -> list[str]:
    """What each of ``runs`` is called beside the others."""
    return [one.name for one in _named_apart(tuple(map(outcome, runs)))]


def outcome(run: Run) -> Outcome:
    """How far ``run`` got."""
    history, started = run.history, run.history.started
    best = history.best
    planned = sum(history.planned) or sum(stage.epochs for stage in run.config.stages)
    return Outcome(
        name=printable(run_list.read_label(run.directory).name or run.name),
        directory=run.directory,
        dataset=printable(run.folder.name),
        state=run.state,
        epochs=len(history.epochs),
        planned=planned,
        seconds=elapsed(history),
        best=best,
        position=history.position(best.stage, best.epoch) if best else 0,
        chosen_by=history.chosen_by,
        majority=started.majority if started else 0.0,
        test_images=len(run.used("test")),
    )


def _named_apart(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Runs of the same name get that of their folder's parent before it, or else a number."""
    names = [one.name for one in outcomes]
    if len(set(names)) < len(names):
        names = [printable("/".join((*one.directory.parts[-2:-1], one.name))) for one in outcomes]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    return tuple(replace(one, name=name) for one, name in zip(outcomes, names, strict=True))


# -- whether two differ -------------------------------------------------------------------------


def _pairs(runs: Sequence[Run], outcomes: Sequence[Outcome]) -> tuple[Pair, ...]:
    pictures = [validation_pictures(run) for run in runs]
    answers = [_answers(run) if one.best else None for run, one in zip(runs, outcomes, strict=True)]
    found = []
    for first, second in combinations(range(len(runs)), 2):
        pair = Pair(first, second, "chance", shared=len(pictures[first] & pictures[second]))
        empty = [number for number in (first, second) if outcomes[number].best is None]
        mine, other = answers[first], answers[second]
        if empty:
            pair = Pair(first, second, "no_epoch", lacking=empty[0])
        elif set(runs[first].classes) != set(runs[second].classes):
            pair = replace(pair, verdict="classes")
        elif pictures[first] != pictures[second]:
            pair = replace(pair, verdict="unpaired")
        elif mine is None or other is None:
            pair = replace(pair, verdict="unread", lacking=first if mine is None else second)
        else:
            only_first = sum(right and not other[key] for key, right in mine.items())
            only_second = sum(right and not mine[key] for key, right in other.items())
            pair = replace(
                pair,
                images=len(mine),
                only_first=only_first,
                only_second=only_second,
                p=mcnemar(only_first, only_second),
            )
        found.append(pair)
    adjusted = iter(holm([one.p for one in found if one.is_paired]))
    return tuple(_corrected(one, next(adjusted)) if one.is_paired else one for one in found)


def _corrected(pair: Pair, p: float) -> Pair:
    """``pair`` with its p corrected for how many were tested, and the verdict of it."""
    return replace(pair, adjusted=p, verdict="beyond" if p < SIGNIFICANCE else "chance")


def _answers(run: Run) -> dict[tuple[str, str], bool] | None:
    """Whether each validation picture (its key and class) was recognised; None where that is not
    known of exactly the pictures that validate the run."""
    try:
        result: Result = evaluation.of_run(run)
    except InputError:
        return None
    right = {(key_of(one.path), run.classes[one.label]): one.is_right for one in result.predictions}
    expected = {(path, label) for path, label, _ in validation_pictures(run)}
    return right if right.keys() == expected else None


Interval = Callable[[float, float], str]


def pair_told(comparison: Comparison, pair: Pair, interval: Interval) -> Told:
    """Whether the two runs of ``pair`` differ; ``interval`` writes two shares of 1."""
    first, second = comparison.outcomes[pair.first], comparison.outcomes[pair.second]
    names: dict[str, object] = {"first": first.name, "second": second.name}
    if pair.verdict in ("no_epoch", "unread"):
        names["name"] = comparison.outcomes[pair.lacking].name
        return f"compare_{pair.verdict}", names
    if pair.verdict == "classes":
        return "compare_classes", names
    if pair.verdict == "unpaired":
        return "compare_unpaired", {**names, **_unpaired(first, second, pair, interval)}
    counts = {"only_first": pair.only_first, "only_second": pair.only_second}
    if not any(counts.values()):
        return "compare_alike", names
    values: dict[str, object] = {
        "told": ("compare_paired", {**names, **counts}),
        "p": p_shown(pair.adjusted),
        "better": comparison.outcomes[pair.better].name,
    }
    return f"compare_{pair.verdict}", values


def gain_told(
    history: History, points: Callable[[float], str], count: Callable[[int], str] = str
) -> Told | None:
    """What the last stage of a run gained over its head alone, by McNemar's exact test and with
    Newcombe's interval; None where the run doesn't tell. ``points`` writes a share of 1 as
    signed points, ``count`` a number of images."""
    found = history.compared
    if found is None or not found.images:
        return None
    p = mcnemar(found.only_before, found.only_after)
    low, high = map(points, newcombe(*found.counts))
    told = {"gain": points(found.gain), "low": low, "high": high, "p": p_shown(p)}
    two = [one for one in history.stages if one.stage in (found.before, found.stage)]
    chosen = sum(one.keep != "last" for one in two) if found.part == "validation" else 0
    where = (f"gain_on_{found.part}", "gain_on_half_chosen", "gain_on_chosen")[chosen]
    verdict = "chance" if p >= SIGNIFICANCE else "beyond" if found.gain > 0 else "worse"
    values = {
        "stage": found.stage,
        "told": ("gain_points", told),
        "where": (where, {"images": count(found.images)}),
    }
    return f"gain_{verdict}", values


def points_shown(share: float) -> str:
    """A share of 1 as signed points: "+2.1", "-0.4", "0.0"."""
    shown = f"{100 * share:+.1f}"
    return "0.0" if float(shown) == 0 else shown


def notes(comparison: Comparison) -> list[Told]:
    """What the figures and tests of a comparison rest on."""
    told: list[Told] = []
    if not comparison.differences:
        told.append(("compare_same_recipe", {}))
    if comparison.tested:
        images = {one.images for one in comparison.pairs if one.is_paired}
        counts = " / ".join(map(str, sorted(images)))
        told.append(("compare_mcnemar", {"images": counts}))
    if comparison.tested > 1:
        told.append(("compare_holm", {"count": comparison.tested}))
    if (optimistic := caution(comparison)) is not None:
        told.append(optimistic)
    if comparison.tested:
        told.append(("compare_networks", {}))
    return told


def caution(comparison: Comparison) -> Told | None:
    """Which of the runs keep an epoch that was chosen on the pictures it is judged by."""
    chosen = [one.name for one in comparison.outcomes if one.chosen]
    if len(chosen) == len(comparison.outcomes):
        return "compare_chosen", {}
    return ("compare_chosen_some", {"names": ", ".join(chosen)}) if chosen else None


def p_shown(p: float) -> str:
    """A p as "p = 0.18" or "p < 0.0001", never rounded across the limit of significance."""
    if p < 0.0001:
        return "p < 0.0001"
    shown = next(
        shown
        for digits in range(2, 18)
        if (float(shown := f"{p:.{digits}g}") < SIGNIFICANCE) == (p < SIGNIFICANCE)
    )
    return f"p = {shown}"


def interval_shown(low: float, high: float) -> str:
    """Two shares of 1 as "86 to 94 %"; with a decimal where they would look equal."""
    digits = 0 if (high - low) * 100 >= 2 else 1
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def minutes_shown(seconds: float) -> str:
    """A measured time: "0.4 s", "35 s", "1 min 15 s", "1 h 10 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def accuracy_shown(outcome: Outcome) -> str:
    """The best validation accuracy of a run, "–" where no epoch has ended."""
    return percent(outcome.best.validation.accuracy) if outcome.best else "\N{EN DASH}"


def english(told: Told | str) -> str:
    """``told`` as its English sentence, and what it holds too."""
    if isinstance(told, str):
        return told
    code, values = told
    inner = {
        one: english(held) if isinstance(held, tuple) else held for one, held in values.items()
    }
    return sentence(code, inner)


def difference_rows(found: Sequence[Difference]) -> list[tuple[str, ...]]:
    """For each field in which runs differ its name, and its value in each run."""
    return [
        tuple(
            map(english, (field_name(one.key), *(shown(one, at) for at in range(len(one.values)))))
        )
        for one in found
    ]


def _unpaired(first: Outcome, second: Outcome, pair: Pair, interval: Interval) -> dict[str, object]:
    apart = first.interval[0] > second.interval[1] or second.interval[0] > first.interval[1]
    return {
        "shared": pair.shared,
        "first_images": first.best.validation.images if first.best else 0,
        "second_images": second.best.validation.images if second.best else 0,
        "first_interval": interval(*first.interval),
        "second_interval": interval(*second.interval),
        "verdict": ("compare_apart" if apart else "compare_overlap", {}),
    }
