"""An experiment and what came of it in words, in whatever language ``Words`` has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from core.experiment import Arm, Experiment
from core.experiment_kinds import KINDS
from core.experiment_marks import ArmMarks, Compared, Marks, Verdict
from core.experiment_statistics import Band
from core.messages import SENTENCES, sentence
from core.plots import words


@dataclass(frozen=True)
class Words:
    """``say`` gives the sentence of a code, ``percent`` a share of 1, ``interval`` two of them,
    ``number`` a number with so many decimals."""

    say: Callable[[str, Mapping[str, object]], str]
    percent: Callable[[float], str]
    interval: Callable[[float, float], str]
    number: Callable[[float, int], str]

    def band(self, band: Band) -> str:
        """A band of shares: "81.2 % (79.0 – 83.4 %)"."""
        mean = self.percent(band.mean)
        if band.kind == "single":
            return mean
        return f"{mean} ({self.interval(band.low, band.high)})"

    def numbers(self, band: Band, digits: int = 1) -> str:
        """A band of plain numbers: "3.3 (2.1 to 4.5)"."""
        mean, low, high = (self.number(one, digits) for one in (band.mean, band.low, band.high))
        return mean if band.kind == "single" else f"{mean} ({low} – {high})"


ENGLISH = Words(
    sentence,
    words.percent,
    lambda low, high: f"{100 * low:.1f} – {100 * high:.1f} %",
    lambda value, digits: f"{value:,.{digits}f}",
)


def kind_title(kind: str, words: Words) -> str:
    """What an experiment is called."""
    return words.say(f"experiment_{kind if kind in KINDS else 'custom'}", {})


def arm_title(arm: Arm, words: Words) -> str:
    """What an arm is called."""
    code = f"experiment_arm_{arm.name}"
    return arm.title or (words.say(code, {}) if code in SENTENCES else arm.name)


def titles(experiment: Experiment, words: Words) -> dict[str, str]:
    """What each arm is called, by its name."""
    return {one.name: arm_title(one, words) for one in experiment.arms}


def verdicts(marks: Marks, named: Mapping[str, str], words: Words) -> Iterator[str]:
    """What the experiment says, a sentence for each mark of each pair."""
    for one in marks.pairs:
        yield from _of_pair(one, marks, named, words)


def _of_pair(pair: Compared, marks: Marks, named: Mapping[str, str], words: Words) -> Iterator[str]:
    values = {"first": named[pair.first], "second": named[pair.second]}
    if pair.start == "one_seed":
        yield words.say("experiment_one_seed", values)
        return
    yield _verdict("start", pair.start, values, words)
    lost = [one for one in (pair.first, pair.second) if _is_at_chance(marks, one)]
    for name in lost:
        yield words.say("experiment_pair_at_chance", {"name": named[name]})
    if not lost:
        yield _verdict("slope", pair.slope, values, words)
        yield _verdict("end", pair.end, values, words)


def _verdict(mark: str, verdict: Verdict, values: Mapping[str, object], words: Words) -> str:
    code = "experiment_one_seed" if verdict == "one_seed" else f"experiment_{mark}_{verdict}"
    return words.say(code, values)


def _is_at_chance(marks: Marks, name: str) -> bool:
    arm = marks.arm(name)
    return arm is not None and arm.at_chance


def notes(
    experiment: Experiment, marks: Marks, named: Mapping[str, str], words: Words
) -> Iterator[str]:
    """What the figures rest on, and which arms have no slope and no end."""
    for one in marks.arms:
        if one.at_chance:
            yield _at_chance(one, named[one.name], words)
        if one.failed:
            values = {"count": one.failed, "name": named[one.name]}
            yield words.say("experiment_failed_seeds", values)
    if not marks.arms:
        return
    kind, seeds = marks.arms[0].start.kind, len(marks.arms[0].curves)
    yield words.say(f"experiment_bands_{kind}", {"seeds": seeds})
    if marks.target is not None:
        yield words.say(f"experiment_end_by_{marks.end_by}", {"epochs": marks.last})
    yield words.say("experiment_same_pictures", {"images": marks.arms[0].images})
    yield words.say("experiment_minutes_note", {})
    if experiment.finder_steps:
        yield words.say("experiment_rate_rule", {"steps": experiment.finder_steps})


def _at_chance(arm: ArmMarks, name: str, words: Words) -> str:
    low, high = map(words.percent, arm.interval)
    values = {"best": words.percent(max(arm.best.values)), "low": low, "high": high}
    return words.say(
        "experiment_at_chance", {**values, "name": name, "majority": words.percent(arm.majority)}
    )


def rates_of(experiment: Experiment, arm: str, named: Mapping[str, str], words: Words) -> str:
    """The rates of an arm's stages: "1.2e-4, 3e-5", and whose they are."""
    chosen = experiment.rates_for(arm)
    told = ", ".join(f"{one.rate:g}" for one in chosen)
    lender = experiment.arm(arm).rates_of
    if lender is not None and told:
        told += f" ({words.say('experiment_rate_lent', {'name': named[lender]})})"
    elif any(not one.is_found for one in chosen):
        told += f" ({words.say('experiment_rate_own', {})})"
    return told


def reached(arm: ArmMarks, words: Words) -> str:
    """The epochs to the target: a band, or how many of the seeds reached it."""
    if arm.reached is not None:
        return words.numbers(arm.reached)
    if not arm.epochs_to:
        return "–"
    found = sum(one is not None for one in arm.epochs_to)
    return f"{found}/{len(arm.epochs_to)}"


def row(arm: ArmMarks, words: Words) -> tuple[str, str, str, str, str]:
    """Start, epochs to the target, area, end and minutes of an arm."""
    area, end = (words.band(one) if one is not None else "–" for one in (arm.area, arm.end))
    return words.band(arm.start), reached(arm, words), area, end, words.numbers(arm.minutes)
