"""What the split panel says: ways to group, the groups there are, where the split falls short.

``report`` counts the groups and picks examples; call it off the window's thread.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset import split as dataset_split
from core.dataset.folder import SplitName, printable
from core.dataset.split import ClassCount, Group, GroupFacts, Split
from core.dataset.summary import DatasetSummary, Sample
from core.recipe import config as recipe_config
from core.recipe.config import DatasetConfig, GroupBy
from gui.base import words as base_words
from gui.base.words import say
from gui.data import words as data_words

SEPARATORS = ("_", "-", " ", ".")
_EXAMPLES, _LOOKED_AT = 3, 2000


@dataclass(frozen=True)
class GroupReport:
    """``groups`` are all that ``by`` makes, ``examples`` the largest ones. ``of`` and
    ``largest_of`` are for each class: in how many groups, single pictures among them, it lies,
    and the most pictures of it in one of them."""

    by: GroupBy
    groups: tuple[Group, ...]
    facts: GroupFacts
    examples: tuple[Group, ...]
    of: tuple[int, ...]
    largest_of: tuple[int, ...]


def report(
    summary: DatasetSummary,
    split: Split,
    group_by: str,
    groups: tuple[Group, ...] | None = None,
) -> GroupReport:
    """That of ``summary``, parted into ``split``. ``groups`` are those of before, where only
    the split is another. Takes a while with many pictures: run it off the window's thread."""
    groups = dataset_split.groups(summary, group_by) if groups is None else groups
    of, largest_of = Counter[int](), Counter[int]()
    for group in groups:
        for label, count in Counter(one.label for one in group.samples).items():
            of[label] += 1
            largest_of[label] = max(largest_of[label], count)
    together = [group for group in groups if len(group.samples) > 1]
    labels = range(len(summary.classes))
    return GroupReport(
        by=recipe_config.parse_group_by(group_by),
        groups=groups,
        facts=dataset_split.group_facts(groups, split),
        examples=tuple(sorted(together, key=lambda one: -len(one.samples))[:_EXAMPLES]),
        of=tuple(of[label] for label in labels),
        largest_of=tuple(largest_of[label] for label in labels),
    )


def likely_separator(samples: Sequence[Sample]) -> str:
    """The separator that most file names have."""
    names = [one.path.rpartition("/")[2].rpartition(".")[0] for one in samples[:_LOOKED_AT]]
    return max(SEPARATORS, key=lambda mark: sum(mark in name for name in names))


NEAR = 0.05  # of a class's pictures: a share this near to the one asked for is what was asked
_MOST_WARNINGS, _FILES = 3, 3
translate = QCoreApplication.translate


def groupings() -> list[tuple[str, str, str]]:
    """Each way to group: its kind in a recipe ("" for none), its name, and a sentence."""
    return [
        (
            "",
            translate("split", "Nothing: each picture by itself"),
            translate(
                "split",
                "Right where every picture stands for itself. Where several show the same thing, "
                "validation would only test what training has seen.",
            ),
        ),
        (
            "prefix",
            translate("split", "Start of the file name"),
            translate(
                "split",
                "Pictures whose names start alike stay on one side: "
                "“plant7_front.jpg” and “plant7_back.jpg” with the separator “_”.",
            ),
        ),
        (
            "subfolder",
            translate("split", "Subfolder"),
            translate(
                "split",
                "Pictures in one folder inside the class folder stay on one side: a folder for "
                "each patient, plant or place.",
            ),
        ),
        (
            "time",
            translate("split", "Time of the photograph"),
            translate(
                "split",
                "Pictures taken shortly after one another stay on one side, such as a burst of "
                "the same scene. The time comes from the camera (EXIF).",
            ),
        ),
    ]


def groups(report: GroupReport) -> str:
    """How many groups there are, the largest, and what stands by itself."""
    facts = report.facts
    if facts.count == 0:
        return _no_groups(report.by)
    if not report.examples:
        return translate("split", "Each group has one picture only: nothing is kept together.")
    largest = report.examples[0]
    values = {
        "groups": base_words.count(facts.count),
        "name": printable(largest.name),
        "pictures": base_words.pictures(len(largest.samples)),
    }
    if facts.count == 1:
        parts = [say("split", "1 group: {name} with {pictures}.", **values)]
    else:
        template = translate("split", "{groups} groups; the largest is {name} with {pictures}.")
        parts = [fill(template, values)]
    if facts.alone == 1:
        parts.append(translate("split", "1 picture belongs to no group."))
    elif facts.alone:
        template = translate("split", "{count} pictures belong to no group.")
        parts.append(fill(template, {"count": base_words.count(facts.alone)}))
    return " ".join(parts)


def _no_groups(by: GroupBy) -> str:
    match by.kind:
        case "prefix":
            return say("split", "No file name has “{separator}” in it.", separator=by.separator)
        case "subfolder":
            return translate("split", "No picture lies in a folder inside its class folder.")
        case "time":
            return translate("split", "No picture tells when it was taken.")


def example(group: Group) -> str:
    """ "plant7 … 12 pictures: plant7_front.jpg, plant7_back.jpg, …"."""
    files = [printable(one.path.rpartition("/")[2]) for one in group.samples[:_FILES]]
    if len(group.samples) > _FILES:
        files.append("…")
    values = {
        "name": printable(group.name),
        "pictures": base_words.pictures(len(group.samples)),
        "files": ", ".join(files),
    }
    return say("split", "{name} … {pictures}: {files}", **values)


def own_splits(own: Set[SplitName]) -> str:
    """Why fields are of no use where the folder makes splits itself; "" where it makes none."""
    if {"validation", "test"} <= own:
        return translate(
            "split", "The folder has its own validation and test pictures: nothing is drawn."
        )
    if "validation" in own:
        return translate(
            "split", "The folder has its own validation pictures; only the test share is drawn."
        )
    if "test" in own:
        return translate(
            "split", "The folder has its own test pictures; only the validation share is drawn."
        )
    return ""


def pinned(count: int) -> str:
    """How many pictures a person assigned."""
    if count == 1:
        return translate("split", "1 picture was assigned by hand; no draw moves it.")
    template = translate("split", "{count} pictures were assigned by hand; no draw moves them.")
    return fill(template, {"count": base_words.count(count)})


def warnings(
    counts: Sequence[ClassCount],
    config: DatasetConfig,
    own: Set[SplitName],
    report: GroupReport | None,
) -> list[str]:
    """What falls short of what was asked for, the first few classes by name."""
    whole = _not_validated(counts, report, whole=True)
    return [
        *_listed(_not_trained(counts), translate("split", "No training picture: {classes}.")),
        *_listed(
            _not_validated(counts, report, whole=False),
            translate("split", "No validation picture: {classes}."),
        ),
        *_listed(
            whole,
            translate("split", "No validation picture, all being one group: {classes}."),
        ),
        *_listed(_not_tested(counts), translate("split", "No test picture: {classes}.")),
        *_shortened(list(_far_off(counts, config, own, report))),
        *_parted(report),
    ]


def class_warning(count: ClassCount) -> str:
    """What is wrong with one class's split, for a person; "" if nothing."""
    if count.train == 0:
        return translate("split", "no training picture")
    if count.validation == 0:
        return translate("split", "no validation picture")
    return ""


def _not_trained(counts: Sequence[ClassCount]) -> list[str]:
    return [one.name for one in counts if one.train == 0]


def _not_validated(
    counts: Sequence[ClassCount], report: GroupReport | None, *, whole: bool
) -> list[str]:
    """Of those without a validation picture the ones whose pictures are one group, or not."""
    names = []
    for label, one in enumerate(counts):
        is_whole = report is not None and report.of[label] == 1 and report.largest_of[label] > 1
        if one.train and one.validation == 0 and is_whole == whole:
            names.append(one.name)
    return names


def _not_tested(counts: Sequence[ClassCount]) -> list[str]:
    """Those without a test picture where other classes have some."""
    tested = any(one.test for one in counts)
    return [one.name for one in counts if tested and one.train and one.test == 0]


def _listed(names: list[str], template: str) -> Iterator[str]:
    if names:
        shown = [printable(name) for name in names[:_MOST_WARNINGS]]
        if len(names) > len(shown):
            more = translate("split", "and {count} more classes")
            shown.append(fill(more, {"count": base_words.count(len(names) - len(shown))}))
        yield fill(template, {"classes": ", ".join(shown)})


def _shortened(sentences: list[str]) -> list[str]:
    left = len(sentences) - _MOST_WARNINGS
    if left <= 0:
        return sentences
    template = translate("split", "So it is in {count} more classes.")
    return [*sentences[:_MOST_WARNINGS], fill(template, {"count": base_words.count(left)})]


def _parted(report: GroupReport | None) -> Iterator[str]:
    parted = report.facts.parted if report is not None else 0
    if parted == 1:
        yield translate(
            "split", "1 group is on more than one side: the folder or a hand put it so."
        )
    elif parted:
        template = translate(
            "split", "{count} groups are on more than one side: the folder or a hand put them so."
        )
        yield fill(template, {"count": base_words.count(parted)})


def _far_off(
    counts: Sequence[ClassCount],
    config: DatasetConfig,
    own: Set[SplitName],
    report: GroupReport | None,
) -> Iterator[str]:
    """Classes whose groups are too large for a share that was asked for."""
    shares: dict[SplitName, float] = {
        "validation": config.validation_fraction,
        "test": config.test_fraction,
    }
    drawn = [name for name in shares if name not in own and shares[name] > 0]
    for label, count in enumerate(counts if report is not None else ()):
        total = count.train + sum(getattr(count, name) for name in shares if name not in own)
        for name in drawn:
            given = getattr(count, name)
            off = abs(given - shares[name] * total)
            largest = report.largest_of[label] if report is not None else 0
            # no more than a group can be to blame for: the rest was assigned by hand
            if given and max(1.0, NEAR * total) < off <= largest:
                yield _off(count.name, name, given, shares[name], largest, total)


def _off(
    class_name: str, part: SplitName, given: int, share: float, largest: int, total: int
) -> str:
    if part == "validation":
        template = translate(
            "split",
            "{name}: {given} validate instead of {share}, because groups stay whole; its largest "
            "has {largest} of {total} pictures.",
        )
    else:
        template = translate(
            "split",
            "{name}: {given} test instead of {share}, because groups stay whole; its largest "
            "has {largest} of {total} pictures.",
        )
    values = {
        "name": printable(class_name),
        "given": base_words.percent(given / total, digits=0),
        "share": data_words.share(share),
        "largest": base_words.count(largest),
        "total": base_words.count(total),
    }
    return fill(template, values)
