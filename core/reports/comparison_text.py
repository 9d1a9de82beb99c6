"""What can be said of a comparison, as codes of ``core.messages`` and their values."""

from collections.abc import Callable, Mapping

from core.common.messages import sentence
from core.reports.comparison import SIGNIFICANCE, Comparison, Outcome, Pair
from core.reports.differences import Told
from core.reports.words import percent

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
    return sentence(code, {name: _inner(value) for name, value in values.items()})


def _inner(value: object) -> object:
    match value:
        case (str() as code, Mapping() as values):
            return english((code, values))
    return value


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
