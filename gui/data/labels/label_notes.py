"""What matched and what did not, in sentences: of file names, and of a table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.common.messages import fill
from gui.base import words as base_words
from gui.data import data_text
from gui.data.labels import words as labels_words
from gui.data.labels.words import translate
from gui.session.labelling import ByName, ClassRow, OpenTable

if TYPE_CHECKING:
    from core.dataset.labels.tables import Counted

_NAMED = 5


@dataclass(frozen=True)
class Note:
    """One sentence; a warning is worth a look before the classes are used."""

    sentence: str
    is_warning: bool = False


def of_names(found: ByName) -> list[Note]:
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


def of_table(opened: OpenTable) -> list[Note]:
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
            f"{data_text.split_word(split)} {base_words.count(counts[split])}"
            for split in data_text.SPLITS
        ]
        template = translate("labels", "Split by the table: {parts}")
        yield Note(fill(template, {"parts": data_text.SEPARATOR.join(parts)}))
    if matched.excluded:
        one = translate("labels", "1 picture is left out by the table")
        many = translate("labels", "{count} pictures are left out by the table")
        yield Note(labels_words.counted(len(matched.excluded), one, many))


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
        yield Note(labels_words.counted(matched.repeated, one, many))


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
        words = labels_words.examples(counted.examples, rest)
        template = one if counted.count == 1 else many
        values = {"count": base_words.count(counted.count), "names": words}
        yield Note(fill(template, values), is_warning)


def _listed(count: int, one: str, many: str, names: Sequence[str]) -> str:
    words = labels_words.examples(names, count)
    return fill(one if count == 1 else many, {"count": base_words.count(count), "names": words})
