"""Compares runs: how they differ, how good each got, and whether that is more than chance.

They differ in their recipes, field by field, in their pictures, and in the machine they ran on.
Statements are codes of ``core.common.messages`` with their values.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

from core.common.messages import SENTENCES, InputError, sentence
from core.common.statistics import holm, mcnemar, newcombe, wilson
from core.dataset.folder import key_of, printable
from core.recipe import network
from core.recipe.config import EFFECTS, AugmentationConfig, RunConfig, StageConfig, about
from core.reports.words import percent
from core.runs import evaluation
from core.runs import list as run_list
from core.runs.archive import is_full_path
from core.runs.events import EpochFinished
from core.runs.history import History, elapsed
from core.runs.images import PARTS
from core.runs.run import Run

Told = tuple[str, Mapping[str, object]]  # a code of ``core.common.messages`` and its values


class Absent(Enum):
    """What stands where a run has no such field, or one that counts for nothing: a stage less, an
    effect that is off, the rate of blocks that are frozen, what its files don't tell."""

    STAGE = "value_absent"
    OFF = "value_off"
    UNUSED = "value_unused"
    UNKNOWN = "value_unknown"


@dataclass(frozen=True)
class Pictures:
    """So many pictures; ``digest`` is the same for the same contents with the same labels."""

    count: int
    digest: str


@dataclass(frozen=True)
class Difference:
    """A field by its dotted key, and its plain value in each run, or ``Absent``.

    Beside a recipe's keys there are ``folder``, ``pictures.train`` and so on (``Pictures``), and
    ``environment.device`` and so on. The key of a stage that not all runs have is
    ``stages.<number>`` alone, its value the whole stage.
    """

    key: str
    values: tuple[Any, ...]


_ENVIRONMENT = ("device", "accelerator", "processor", "precision", "threads", "processes")
_EFFECT_OF: Final = {f"augmentation.{field}": one for one in EFFECTS for field in one.fields}
_OF_X_AND_Y = ("translation", "shear")  # two numbers that are not the ends of a range
_OF_FILL: Final = ("fill_mode", "fill_color", "cached_views", "seed")


def differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """What is not the same in all ``runs``: pictures first, then the recipe, then the machine."""
    shared = min(len(run.config.stages) for run in runs)
    flat = [dict(_flat(run, shared)) for run in runs]
    keys = dict.fromkeys(key for one in flat for key in one)
    found = []
    for key in sorted(keys, key=_place):
        missing = Absent.STAGE if key.startswith("stages.") else Absent.UNKNOWN
        values = tuple(one.get(key, missing) for one in flat)
        if _differ(key, values):
            found.append(Difference(key, values))
    return tuple(found)


def without_places(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same for other people: of a folder or file only what tells it from the others'."""
    return tuple(replace(one, values=tuple(told_apart(one.values))) for one in found)


def told_apart(texts: Sequence[Any]) -> list[Any]:
    """``texts`` with each full path as the last names that tell it from the others; what is no
    full path stays."""
    names = {
        one: [name for name in re.split(r"[/\\]", one) if name]
        for one in texts
        if isinstance(one, str) and is_full_path(one)
    }

    def ending(mine: list[str]) -> str:
        others = [one for one in names.values() if one != mine]
        for count in range(1, len(mine)):
            if all(one[-count:] != mine[-count:] for one in others):
                return "/".join(mine[-count:])
        return "/".join(mine)

    return [ending(names[one]) if isinstance(one, str) and one in names else one for one in texts]


def validation_pictures(run: Run) -> frozenset[tuple[str, str, str]]:
    """The (path, class, content hash) of each picture that validates ``run``."""
    return frozenset((one.key, run.classes[one.label], one.hash) for one in run.used("validation"))


def _place(key: str) -> int:
    """Stable: within each part the order is the recipe's own."""
    order = ("folder", "pictures", "dataset", "model", "stages", "augmentation")
    part = key.partition(".")[0]
    if part in order:
        return order.index(part)
    return len(order) + (part == "environment")


def _differ(key: str, values: Sequence[Any]) -> bool:
    if all(one == values[0] for one in values):
        return False
    unused = (Absent.UNUSED, Absent.OFF)
    effect = _EFFECT_OF.get(key)
    if not any(one in unused for one in values) or (effect and key.endswith(f".{effect.name}")):
        return True
    # that it counts in some runs alone is told by another field; here, what it is there
    there = [one for one in values if one not in unused]
    return any(one != _default(key) for one in there)


def _default(key: str) -> Any:
    part, _, rest = key.partition(".")
    if part == "stages":
        return StageConfig().model_dump(mode="json").get(rest.partition(".")[2])
    return AugmentationConfig().model_dump(mode="json").get(rest)


def _flat(run: Run, shared: int) -> Iterator[tuple[str, Any]]:
    yield "folder", printable(str(run.folder))
    for part in PARTS:
        yield f"pictures.{part}", _pictures(run, part)
    yield from _recipe(run.config, shared)
    for name in _ENVIRONMENT:
        yield f"environment.{name}", run.environment.get(name, Absent.UNKNOWN)
    versions = run.environment.get("versions", {})
    yield "environment.versions.torch", versions.get("torch", Absent.UNKNOWN)


def _recipe(config: RunConfig, shared: int) -> Iterator[tuple[str, Any]]:
    data, head = config.to_data(), config.model.head
    stages, augmentation = data.pop("stages"), data.pop("augmentation")
    data.pop("schema")
    # what a head or a stage has by default is no difference from the same written out
    data["model"]["head"]["hidden"] = list(head.hidden_widths)
    data["model"]["head"]["channels"] = list(head.new_channels)
    data["model"]["head"]["l2"] = network.of_recipe(config, classes=2).l2
    yield from leaves("", data)
    for number, stage in enumerate(stages):
        stage["feature_dropout"] = config.stages[number].dropped_features
        stage["warmup_epochs"] = config.stages[number].warmup()
        stage["keep"] = config.stages[number].kept_by
        if number < shared:
            unused = config.unused(config.stages[number], number)
            unused.pop("warmup_epochs", None)  # the rise of one-cycle is the schedule's own
            counting = {name: Absent.UNUSED if name in unused else stage[name] for name in stage}
            yield from leaves(f"stages.{number}", counting)
        else:
            yield f"stages.{number}", stage
    for name, value in augmentation.items():
        key = f"augmentation.{name}"
        effect = _EFFECT_OF.get(key)
        if effect is not None and not effect.is_on(config.augmentation):
            value = Absent.OFF
        elif name in _OF_FILL and config.augmentation.is_identity:
            value = Absent.UNUSED
        yield key, value


def leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each (dotted key, plain value) below ``key``; a normalisation in numbers is one field."""
    if not isinstance(value, dict) or key.endswith("normalization"):
        yield key, value
        return
    for name, inner in value.items():
        yield from leaves(f"{key}.{name}" if key else name, inner)


def _pictures(run: Run, part: str) -> Pictures:
    used = run.used(part)
    rows = sorted(f"{run.classes[one.label]}\0{one.hash or key_of(one.path)}" for one in used)
    digest = blake2b("\n".join(rows).encode("utf-8", "surrogateescape"), digest_size=8)
    return Pictures(len(rows), digest.hexdigest())


def field_name(key: str) -> Told | str:
    """What the field of ``key`` is called; the key itself where it has no name."""
    part, _, rest = key.partition(".")
    if part != "stages":
        code = f"field_{key}"
        return (code, {}) if code in SENTENCES else key
    number, _, field = rest.partition(".")
    stage = {"stage": int(number) + 1}
    if not field:
        return "field_stages", stage
    code = f"field_stages.{field}"
    if code not in SENTENCES:
        return key
    named: Told = (code, {})
    unit = f"unit_{about(StageConfig.model_fields[field]).unit}"
    if SENTENCES.get(unit, "")[:1] == "×":
        named = "field_unit", {"field": named, "unit": (unit, {})}
    return "field_stage", {**stage, "field": named}


def shown(difference: Difference, number: int) -> Told | str:
    """The value that the run of ``number`` (from 0) has there."""
    value = difference.values[number]
    if isinstance(value, Pictures):
        first = difference.values[0]
        is_other = number > 0 and value != first and value.count == first.count
        return "value_other_pictures" if is_other else "value_pictures", {"count": value.count}
    return shown_value(difference.key, value)


def shown_value(key: str, value: Any) -> Told | str:
    """The plain ``value`` of the field of ``key`` in words."""
    match value:
        case Absent():
            return value.value, {}
        case None:
            return _empty(key), {}
        case bool():
            return ("value_yes" if value else "value_no"), {}
        case {"thawed": thawed, "epochs": epochs}:
            if not thawed:
                return "value_stage_head", {"epochs": epochs}
            return "value_stage", {"epochs": epochs, "blocks": _blocks(thawed)}
        case dict():
            return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
        case str() if key == "model.head.kind" and f"value_head_{value}" in SENTENCES:
            return f"value_head_{value}", {}
        case int() if key == "dataset.image_size":
            return "value_pixels", {"size": value}
        case []:
            return "value_none", {}
        case list() if key.endswith(".thawed"):
            return _blocks(value)
        case [low, high] if key.startswith("augmentation."):
            is_pair = key.rpartition(".")[2] in _OF_X_AND_Y
            code = "value_pair" if is_pair else "value_range"
            words = {"low": _plain(low), "high": _plain(high)}
            return code, {**words, "first": _plain(low), "second": _plain(high)}
        case _:
            return _plain(value)


def _empty(key: str) -> str:
    if key.endswith(".learning_rate"):
        return "value_head_rate"
    if key in ("threads", "micro_batch"):
        return "value_measured"
    return "value_default" if key.startswith("model.head.") else "value_none"


def _blocks(thawed: Sequence[int]) -> Told:
    if not thawed:
        return "value_none", {}
    if len(thawed) == 1:
        return "value_block", {"number": thawed[0]}
    return "value_blocks", {"numbers": ", ".join(map(str, thawed))}


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "\N{MINUS SIGN}" if value < 0 else "-", 1)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return printable(str(value))


# -- how good each got ---------------------------------------------------------------------------

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
    places = [run.directory.resolve() for run in runs]
    for number, run in enumerate(runs):
        if places[number] in places[:number]:
            raise InputError("compare_twice", path=printable(str(run.directory)))
    outcomes = tuple(map(outcome, runs, names_of(runs)))
    return Comparison(outcomes, differences(runs), _pairs(runs, outcomes))


def names_of(runs: Sequence[Run]) -> list[str]:
    """What each of ``runs`` is called beside the others: namesakes get the name of their folder's
    parent before it, or else a number."""
    names = [printable(run_list.read_label(run.directory).name or run.name) for run in runs]
    if len(set(names)) < len(names):
        names = [
            printable("/".join((*run.directory.parts[-2:-1], name)))
            for run, name in zip(runs, names, strict=True)
        ]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    return names


def outcome(run: Run, name: str) -> Outcome:
    """How far ``run``, called ``name``, got."""
    history, started = run.history, run.history.started
    best = history.best
    planned = sum(history.planned) or sum(stage.epochs for stage in run.config.stages)
    return Outcome(
        name=name,
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
    tested = [one for one in found if one.is_paired]
    for one, p in zip(tested, holm([one.p for one in tested]), strict=True):
        verdict: Verdict = "beyond" if p < SIGNIFICANCE else "chance"
        found[found.index(one)] = replace(one, adjusted=p, verdict=verdict)
    return tuple(found)


def _answers(run: Run) -> dict[tuple[str, str], bool] | None:
    """Whether each validation picture (its key and class) was recognised; None where that is not
    known of exactly the pictures that validate the run."""
    try:
        result = evaluation.of_run(run)
    except InputError:
        return None
    right = {(key_of(one.path), run.classes[one.label]): one.is_right for one in result.predictions}
    expected = {(path, label) for path, label, _ in validation_pictures(run)}
    return right if right.keys() == expected else None


def pair_told(comparison: Comparison, pair: Pair, interval: Callable[[float, float], str]) -> Told:
    """Whether the two runs of ``pair`` differ; ``interval`` writes two shares of 1."""
    first, second = comparison.outcomes[pair.first], comparison.outcomes[pair.second]
    names: dict[str, object] = {"first": first.name, "second": second.name}
    if pair.lacking >= 0:
        names["name"] = comparison.outcomes[pair.lacking].name
    if pair.verdict in ("no_epoch", "unread", "classes"):
        return f"compare_{pair.verdict}", names
    if pair.verdict == "unpaired":
        (low, high), (other_low, other_high) = first.interval, second.interval
        apart = low > other_high or other_low > high
        return "compare_unpaired", {
            **names,
            "shared": pair.shared,
            "first_images": first.best.validation.images if first.best else 0,
            "second_images": second.best.validation.images if second.best else 0,
            "first_interval": interval(low, high),
            "second_interval": interval(other_low, other_high),
            "verdict": ("compare_apart" if apart else "compare_overlap", {}),
        }
    counts = {"only_first": pair.only_first, "only_second": pair.only_second}
    if not any(counts.values()):
        return "compare_alike", names
    better = first if pair.only_first > pair.only_second else second
    told = "compare_paired", {**names, **counts}
    values = {"told": told, "p": p_shown(pair.adjusted), "better": better.name}
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
        (english(field_name(one.key)), *(english(shown(one, at)) for at in range(len(one.values))))
        for one in found
    ]
