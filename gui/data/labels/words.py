"""What the labelling view says: ways to classes, counts, what matched and what did not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.labels.rules import DIGIT
from gui.base import words as base_words
from gui.base.words import one_line, say
from gui.data import words as data_words
from gui.session.labelling import ByName, ClassRow, OpenTable

if TYPE_CHECKING:
    from core.dataset.labels.matching import Counted
    from core.dataset.labels.rules import Proposal, Rule

translate = QCoreApplication.translate


def counted(count: int, one: str, many: str) -> str:
    """``one`` for a count of 1, else ``many`` with its {count}; both translated already."""
    return one if count == 1 else fill(many, {"count": base_words.count(count)})


def classes(count: int) -> str:
    """ "8 classes"."""
    many = translate("labels", "{count} classes")
    return counted(count, translate("labels", "1 class"), many)


def no_class() -> str:
    """Of a picture that nobody labelled yet."""
    return translate("labels", "no class yet")


def labelled(done: int, total: int) -> str:
    """ "120 of 480 pictures labelled"."""
    values = {"done": base_words.count(done), "total": base_words.count(total)}
    return say("labels", "{done} of {total} pictures labelled", **values)


def selected(count: int) -> str:
    """How many pictures get the class that is typed."""
    if count == 0:
        return translate("labels", "No picture selected")
    many = translate("labels", "{count} pictures selected")
    return counted(count, translate("labels", "1 picture selected"), many)


def given(count: int, name: str) -> str:
    """What a class given by hand did."""
    if not name:
        many = translate("labels", "{count} pictures have no class now")
        return counted(count, translate("labels", "1 picture has no class now"), many)
    pictures = base_words.pictures(count)
    return say("labels", "{pictures} → {name}", pictures=pictures, name=one_line(name))


def class_described(name: str, count: int, key: str) -> str:
    """A class's button, for who hears it."""
    pictures = base_words.pictures(count)
    template = translate("labels", "{name}: {pictures}")
    if key:
        template = translate("labels", "{name}: {pictures}, key {key}")
    return fill(template, {"name": one_line(name), "pictures": pictures, "key": key})


def examples(names: Sequence[str], count: int) -> str:
    """A few of ``count`` names: "a.jpg, b.jpg and 3 more"."""
    shown = ", ".join(one_line(name) for name in names)
    if count <= len(names):
        return shown
    more = {"names": shown, "count": base_words.count(count - len(names))}
    return say("labels", "{names} and {count} more", **more)


def class_row(name: str, count: int) -> str:
    """A class of the table of counts, with what is wrong with it."""
    template = translate("labels", "{name}: {pictures}")
    if count == 1:
        template = translate("labels", "{name}: 1 picture only, so nothing can check this class")
    return fill(template, {"name": one_line(name), "pictures": base_words.pictures(count)})


def summed_up(done: int, total: int, class_count: int) -> str:
    """ "476 of 480 pictures labelled · 3 classes"."""
    return data_words.SEPARATOR.join((labelled(done, total), classes(class_count)))


def rule_title(rule: "Rule") -> str:
    """ "Before the last separator"."""
    templates = {
        "before": translate("labels", "Before the first {mark}"),
        "before-last": translate("labels", "Before the last {mark}"),
        "after": translate("labels", "After the first {mark}"),
        "after-last": translate("labels", "After the last {mark}"),
    }
    separator, digit = translate("labels", "separator"), translate("labels", "digit")
    return fill(templates[rule.side], {"mark": digit if rule.mark == DIGIT else separator})


def sides() -> list[tuple[str, str]]:
    """The parts of a name that a rule may take, by its side, and their words."""
    return [
        ("before", translate("labels", "the part before the first")),
        ("before-last", translate("labels", "the part before the last")),
        ("after", translate("labels", "the part after the first")),
        ("after-last", translate("labels", "the part after the last")),
    ]


def proposed(proposal: "Proposal") -> str:
    """ "cat_001.jpg → cat"."""
    values = {"file": one_line(proposal.example), "name": one_line(next(iter(proposal.counts)))}
    return say("labels", "{file} → {name}", **values)


def joined(words: Sequence[str]) -> str:
    """Those of ``words`` that say something, in one line."""
    return data_words.SEPARATOR.join(one for one in words if one)


def names_hint(proposals: "Sequence[Proposal]") -> str:
    """What the file names promise."""
    if not proposals:
        return translate("labels", "they tell no classes, it seems")
    return proposed(proposals[0])


def table_hint(found: str, done: int, total: int) -> str:
    """Which table was found in the folder, and how many pictures it knows."""
    if not found:
        return translate("labels", "CSV or Excel, a row for each picture")
    if not done:
        return one_line(found)
    values = {
        "name": one_line(found),
        "done": base_words.count(done),
        "total": base_words.count(total),
    }
    return say("labels", "{name}: {done} of {total} pictures", **values)


def hand_hint(done: int, total: int) -> str:
    """How far labelling by hand is."""
    return labelled(done, total) if done else translate("labels", "select pictures, type a class")


def outcome(done: int, total: int, class_count: int) -> str:
    """What will be trained on, and what stays out."""
    parts = [classes(class_count), base_words.pictures(done)]
    if done < total:
        many = translate("labels", "{count} without a class stay out")
        parts.append(
            counted(total - done, translate("labels", "1 without a class stays out"), many)
        )
    return joined(parts)


def kept_by_hand() -> str:
    """What a way says that isn't by hand, while classes were given by hand."""
    return translate("labels", "your changes stay under “By hand”")


def unreadable(count: int) -> str:
    """Files that no way gives to training."""
    many = translate("labels", "{count} files cannot be read")
    return counted(count, translate("labels", "1 file cannot be read"), many)


def offer(way: str) -> str:
    """Other classes than those given by hand so far."""
    if way == "table":
        return translate("labels", "The table gives other classes than these")
    return translate("labels", "The file names give other classes than these")


def taken_over(way: str, count: int) -> str:
    """Where the classes by hand begin."""
    template = translate("labels", "{pictures} as the file names say")
    if way == "table":
        template = translate("labels", "{pictures} as the table says")
    return fill(template, {"pictures": base_words.pictures(count)})


def names_heading(has_rules: bool) -> str:
    """Above the rules, or in their place."""
    if has_rules:
        return translate("labels", "The class is what stands in the file name …")
    return translate(
        "labels",
        "The file names alone tell no classes. "
        "Is there a character between the class and the rest? Type it here:",
    )


_NAMED = 5


@dataclass(frozen=True)
class Note:
    """One sentence; a warning is worth a look before the classes are used."""

    sentence: str
    is_warning: bool = False


def notes_of_names(found: ByName) -> list[Note]:
    """What the rule of ``found`` does not reach."""
    notes = list(_single(found.rows))
    if found.unnamed:
        names = [path.rpartition("/")[2] for path in found.unnamed[:_NAMED]]
        one = translate("labels", "1 name gives no class: {names}")
        many = translate("labels", "{count} names give no class: {names}")
        notes.append(Note(_listed(len(found.unnamed), one, many, names)))
    else:
        notes.append(Note(translate("labels", "Every name gives a class")))
    return notes


def notes_of_table(opened: OpenTable) -> list[Note]:
    """What the table of ``opened`` says besides classes, and what of it fits nothing."""
    return [
        *_splits(opened),
        *_misses(opened),
        *_contradictions(opened),
        *_single(opened.rows),
        *_reading(opened),
    ]


def _splits(opened: OpenTable) -> Iterator[Note]:
    matched = opened.matched
    if matched.splits:
        counts = Counter(matched.splits[path] for path in matched.labels if path in matched.splits)
        parts = [
            f"{data_words.split_word(split)} {base_words.count(counts[split])}"
            for split in data_words.SPLITS
        ]
        template = translate("labels", "Split by the table: {parts}")
        yield Note(fill(template, {"parts": data_words.SEPARATOR.join(parts)}))
    if matched.excluded:
        one = translate("labels", "1 picture is left out by the table")
        many = translate("labels", "{count} pictures are left out by the table")
        yield Note(counted(len(matched.excluded), one, many))


def _misses(opened: OpenTable) -> Iterator[Note]:
    matched = opened.matched
    yield from _counted(
        matched.unlisted,
        translate("labels", "1 picture has no row: {names}"),
        translate("labels", "{count} pictures have no row: {names}"),
    )
    yield from _counted(
        matched.unlabelled,
        translate("labels", "1 picture has a row without a class: {names}"),
        translate("labels", "{count} pictures have a row without a class: {names}"),
    )
    yield from _counted(
        matched.missing_rows,
        translate("labels", "1 row names no picture of this folder: {names}"),
        translate("labels", "{count} rows name no picture of this folder: {names}"),
    )
    if matched.repeated:
        one = translate("labels", "1 row names a picture again")
        many = translate("labels", "{count} rows name a picture again")
        yield Note(counted(matched.repeated, one, many))


def _contradictions(opened: OpenTable) -> Iterator[Note]:
    matched = opened.matched
    yield from _counted(
        matched.ambiguous,
        translate("labels", "1 row may mean several pictures and is left out: {names}"),
        translate("labels", "{count} rows may mean several pictures and are left out: {names}"),
        is_warning=True,
    )
    for contradicting, one, many in (
        (
            matched.conflicting,
            translate("labels", "Rows give 1 picture different classes, the first counts: {names}"),
            translate(
                "labels",
                "Rows give {count} pictures different classes, the first counts: {names}",
            ),
        ),
        (
            matched.conflicting_splits,
            translate("labels", "Rows give 1 picture different splits, the first counts: {names}"),
            translate(
                "labels", "Rows give {count} pictures different splits, the first counts: {names}"
            ),
        ),
    ):
        if contradicting:
            said = list(contradicting.items())[:_NAMED]
            names = [f"{path} ({', '.join(values)})" for path, values in said]
            yield Note(_listed(len(contradicting), one, many, names), is_warning=True)
    yield from _counted(
        matched.unknown_splits,
        translate("labels", "1 row has a split that is not understood: {names}"),
        translate("labels", "{count} rows have a split that is not understood: {names}"),
        is_warning=True,
        all_named=True,
    )


def _reading(opened: OpenTable) -> Iterator[Note]:
    for first, other in opened.matched.similar_labels:
        template = translate(
            "labels", "“{first}” and “{other}” are two classes here; by hand they can be merged"
        )
        yield Note(fill(template, {"first": first, "other": other}), is_warning=True)
    if opened.table.encoding == "cp1252":
        words = translate("labels", "Read as old Windows text (cp1252): are letters like é right?")
        yield Note(words)


def _single(rows: Sequence[ClassRow]) -> Iterator[Note]:
    names = [row.name for row in rows if row.count == 1]
    if names:
        one = translate("labels", "1 class has one picture only: {names}")
        many = translate("labels", "{count} classes have one picture only: {names}")
        yield Note(_listed(len(names), one, many, names[:_NAMED]), is_warning=True)


def _counted(
    counted: "Counted", one: str, many: str, *, is_warning: bool = False, all_named: bool = False
) -> Iterator[Note]:
    """``all_named``: the examples are different words, so that no more stand behind them."""
    if counted.count:
        rest = len(counted.examples) if all_named else counted.count
        words = examples(counted.examples, rest)
        template = one if counted.count == 1 else many
        values = {"count": base_words.count(counted.count), "names": words}
        yield Note(fill(template, values), is_warning)


def _listed(count: int, one: str, many: str, names: Sequence[str]) -> str:
    words = examples(names, count)
    return fill(one if count == 1 else many, {"count": base_words.count(count), "names": words})
