"""An experiment and what came of it in words, in whatever language ``Words`` has."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from core.common.messages import SENTENCES, sentence
from core.common.statistics import FEWEST_FOR_TEST
from core.compute import feature_plan
from core.experiments.experiment import Experiment
from core.experiments.kinds import KINDS, shows_times
from core.experiments.marks import ArmMarks, Band, Compared, Marks, span
from core.reports import words as report_words

_PLAIN = re.compile(r"[\w -]*")
_TOO_FEW = ("one_seed", "two_seeds")
_LONGER = 1.2  # times as long: less is no more than what a busy machine makes of it


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

    def numbers(self, band: Band, digits: int = 1, factor: float = 1.0, unit: str = "") -> str:
        """A band of plain numbers, times ``factor``: "3.3 (2.1 – 4.5)"; ``unit`` is the code of
        what stands with the mean."""
        values = (factor * one for one in (band.mean, band.low, band.high))
        mean, low, high = (self.number(one, digits) for one in values)
        told = self.say(unit, {"value": mean}) if unit else mean
        return told if band.kind == "single" else f"{told} ({low} – {high})"

    def times(self, band: Band) -> str:
        """A band of minutes: "35 s (33 – 38)", "2.1 min (1.9 – 2.3)"."""
        if band.mean >= 1:
            return self.numbers(band, unit="experiment_minutes")
        return self.numbers(band, 0 if band.mean * 60 >= 10 else 1, 60.0, "experiment_seconds")


ENGLISH = Words(
    sentence,
    report_words.percent,
    lambda low, high: f"{100 * low:.1f} – {100 * high:.1f} %",
    lambda value, digits: f"{value:,.{digits}f}",
)


def kind_title(kind: str, words: Words) -> str:
    """What an experiment is called."""
    return words.say(f"experiment_{kind if kind in KINDS else 'custom'}", {})


def titles(experiment: Experiment, words: Words) -> dict[str, str]:
    """What each arm is called, by its name."""
    codes = {one.name: f"experiment_arm_{one.name}" for one in experiment.arms}
    plain = {one: words.say(code, {}) for one, code in codes.items() if code in SENTENCES}
    return {one.name: one.title or plain.get(one.name, one.name) for one in experiment.arms}


def told(experiment: Experiment, marks: Marks, named: Mapping[str, str], words: Words) -> list[str]:
    """All that the experiment says, once each: its verdicts, and where the time matters beside
    accuracy, how much longer one arm took."""
    named = _quoted(experiment, named, words)
    found = [*verdicts(marks, named, words)]
    if shows_times(experiment):
        found += [_longer(one, experiment, marks, named, words) for one in marks.pairs]
    return list(dict.fromkeys(found))


def verdicts(marks: Marks, named: Mapping[str, str], words: Words) -> Iterator[str]:
    """What the experiment says, a sentence for each mark of each pair."""
    for pair in marks.pairs:
        values = {"first": named[pair.first], "second": named[pair.second]}
        arms = marks.of_pair(pair)
        if pair.start in _TOO_FEW:
            yield words.say(f"experiment_{pair.start}", values)
            continue
        equal = {pair.start, pair.slope, pair.end} == {"not_told_apart"}
        if equal and not any(one.fell for one in arms):
            yield words.say("experiment_all_not_told_apart", values)
            continue
        yield words.say(f"experiment_start_{pair.start}", values)
        for one in arms:
            if one.at_chance or one.fell:
                code = "experiment_pair_fell" if one.fell else "experiment_pair_at_chance"
                yield words.say(code, {"name": named[one.name]})
        if any(one.at_chance for one in arms):
            continue
        yield words.say(f"experiment_slope_{pair.slope}", values)
        yield words.say(f"experiment_end_{pair.end}", values)
        if (gap := pair.gap) is not None:
            first, second = words.percent(gap.first), words.percent(gap.second)
            of_gap = {"first_share": first, "second_share": second, "images": gap.images}
            yield words.say("experiment_gap", {**values, **of_gap, "label": gap.label})


def _quoted(experiment: Experiment, named: Mapping[str, str], words: Words) -> dict[str, str]:
    """``named``, in quotes what a person wrote and what is more than plain words."""
    own = {one.name for one in experiment.arms if not _PLAIN.fullmatch(one.title)}
    return {
        name: words.say("experiment_quoted", {"name": title}) if name in own else title
        for name, title in named.items()
    }


def _longer(
    pair: Compared,
    experiment: Experiment,
    marks: Marks,
    named: Mapping[str, str],
    words: Words,
) -> str:
    """How the times of two arms compare, the longer one first."""
    short, long = sorted(marks.of_pair(pair), key=lambda one: one.minutes.mean)
    times = long.minutes.mean / max(short.minutes.mean, 1e-9)
    values = {
        "first": named[long.name],
        "second": named[short.name],
        "times": words.number(float(f"{times:.2g}"), 0 if times >= 10 else 1),
        "long": words.times(span([long.minutes.mean])),
        "short": words.times(span([short.minutes.mean])),
    }
    told = words.say(f"experiment_{'longer' if times >= _LONGER else 'as_long'}", values)
    plans = feature_plan.plan(experiment.arm(short.name).recipe)
    if any(one.boundary and not one.is_fresh for one in plans):
        told = words.say("experiment_kept", {"told": told})
    return told


def notes(
    experiment: Experiment, marks: Marks, named: Mapping[str, str], words: Words
) -> Iterator[str]:
    """What the figures rest on, and which arms have no result, or no slope and no end."""
    named = _quoted(experiment, named, words)
    for name, count in marks.failed.items():
        code = "experiment_failed_arm" if name in marks.lost else "experiment_failed_seeds"
        yield words.say(code, {"count": count, "name": named[name]})
    for one in marks.arms:
        if one.at_chance or one.fell:
            yield _at_chance(one, named[one.name], words)
    if not marks.arms:
        return
    yield from _of_bands(marks, named, words)
    if marks.target is not None:
        yield words.say("experiment_end_levels", {"epochs": marks.last})
    if marks.is_cut:
        yield words.say("experiment_cut", {"epochs": marks.common})
    yield words.say("experiment_same_pictures", {"images": marks.arms[0].images})
    yield words.say("experiment_minutes_note", {})
    if experiment.finder_steps:
        yield words.say("experiment_rate_rule", {"steps": experiment.finder_steps})


def _of_bands(marks: Marks, named: Mapping[str, str], words: Words) -> Iterator[str]:
    """What a band is, for each kind that there is; which arms have it where there are several."""
    sizes = {one.name: len(one.curves) for one in marks.arms}
    for count in sorted(set(sizes.values()), reverse=True):
        kind = next(one.start.kind for one in marks.arms if len(one.curves) == count)
        told = words.say(f"experiment_bands_{kind}", {"seeds": count})
        if len(set(sizes.values())) > 1:
            names = ", ".join(named[name] for name, own in sizes.items() if own == count)
            told = words.say("experiment_bands_of", {"names": names, "told": told})
        yield told
    if max(sizes.values()) >= FEWEST_FOR_TEST and marks.pairs:
        yield words.say("experiment_apart_rule", {})
    if any("not_told_apart" in (one.start, one.slope, one.end) for one in marks.pairs):
        yield words.say("experiment_not_alike", {})
    if (count := sum(len(one.p) for one in marks.pairs)) > 1:
        yield words.say("experiment_holm", {"count": count})
    yield words.say("experiment_bands_pictures", {"images": marks.arms[0].images})


def _at_chance(arm: ArmMarks, name: str, words: Words) -> str:
    low, high = map(words.percent, arm.late.interval)
    values = {
        "name": name,
        "mean": words.percent(arm.late.mean),
        "low": low,
        "high": high,
        "epochs": arm.late.epochs,
        "seeds": len(arm.curves),
        "images": arm.images,
        "majority": words.percent(arm.majority),
        "start": words.percent(arm.start.mean),
    }
    return words.say(f"experiment_{'fell' if arm.fell else 'at_chance'}", values)


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


def heads(marks: Marks) -> tuple[str, ...]:
    """What stands above the columns of ``rows``, in English."""
    target = f"epochs to {100 * marks.target:.0f} %" if marks.target else "epochs"
    return "", "rates", "start", target, "area", "end", "time"


def rows(
    experiment: Experiment, marks: Marks, named: Mapping[str, str], words: Words
) -> list[tuple[str, ...]]:
    """The card: of each arm its name, its rates, its start, epochs to the target, area, end and
    time."""
    found: list[tuple[str, ...]] = []
    for one in experiment.arms:
        rates = rates_of(experiment, one.name, named, words)
        about = named[one.name], rates or words.say("experiment_rate_recipe", {})
        arm = marks.arm(one.name)
        if arm is None:
            lost = one.name in marks.lost
            start = words.say("experiment_failed_cell", {}) if lost else "–"
            found.append((*about, start, "–", "–", "–", "–"))
        else:
            area, end = (words.band(level) if level else "–" for level in (arm.area, arm.end))
            start, minutes = words.band(arm.start), words.times(arm.minutes)
            found.append((*about, start, reached(arm, words), area, end, minutes))
    return found


def as_sentence(words: str) -> str:
    """``words`` as a sentence of its own."""
    return words[:1].upper() + words[1:] + "."
