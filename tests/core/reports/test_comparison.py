"""Runs side by side: what differs, and whether a difference is chance."""

from pathlib import Path
from typing import get_args

import pytest
from scipy.stats import binomtest

from core.common.messages import SENTENCES, InputError
from core.recipe.config import HeadKind
from core.reports.comparison import compare, english, interval_shown, notes, p_shown, pair_told
from core.reports.differences import shown
from core.runs import list as run_list
from core.runs.list import RunLabel
from core.runs.places import PREDICTIONS
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run

WRONG, RIGHT = False, True


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    """Twenty pictures of each of two classes; half of them validate."""
    return picture_folder(classes=2, per_class=20)


def _run(folder: Path, place: Path, wrong: range, *settings: str) -> Run:
    right = [number not in wrong for number in range(20)]
    return trained_run(folder, place, right, "dataset.validation_fraction=0.5", *settings)


def _sentences(*runs: Run) -> list[str]:
    found = compare(runs)
    return [english(pair_told(found, pair, interval_shown)) for pair in found.pairs]


def test_few_answers_apart_are_chance_and_many_are_not(folder: Path, tmp_path: Path) -> None:
    good = _run(folder, tmp_path / "good", range(0))
    worse = _run(folder, tmp_path / "worse", range(4))
    bad = _run(folder, tmp_path / "bad", range(12))
    assert _sentences(good, worse) == [
        "good was right on 4 of the pictures that worse got wrong, and worse on 0 of those that "
        "good got wrong: no difference beyond chance (p = 0.12)"
    ]
    assert _sentences(bad, good)[0].endswith("good is better beyond chance (p = 0.00049)")
    assert compare([bad, good]).pairs[0].p == binomtest(0, 12).pvalue


def test_the_same_answers_are_no_difference(folder: Path, tmp_path: Path) -> None:
    runs = [_run(folder, tmp_path / name, range(3)) for name in ("one", "two")]
    assert _sentences(*runs) == ["one and two were right on the very same pictures: no difference"]


def test_several_pairs_are_corrected_for_their_number(folder: Path, tmp_path: Path) -> None:
    good = _run(folder, tmp_path / "good", range(0))
    bad = _run(folder, tmp_path / "bad", range(6))
    other = _run(folder, tmp_path / "other", range(10, 13))
    alone = compare([good, bad]).pairs[0]
    together = compare([good, bad, other])
    assert (alone.p, alone.verdict) == (0.03125, "beyond")
    assert (together.pairs[0].adjusted, together.pairs[0].verdict) == (3 * 0.03125, "chance")
    assert "With 3 pairs, each p has been corrected for their number (Holm)" in [
        english(one) for one in notes(together)
    ]


def test_other_validation_pictures_are_not_paired(folder: Path, tmp_path: Path) -> None:
    first = _run(folder, tmp_path / "first", range(0))
    second = _run(folder, tmp_path / "second", range(0), "dataset.split_seed=5")
    (told,) = _sentences(first, second)
    assert "have other validation pictures" in told
    assert told.endswith("overlap: no difference can be told")
    assert compare([first, second]).tested == 0


def test_a_picture_whose_contents_changed_is_another(folder: Path, tmp_path: Path) -> None:
    first = _run(folder, tmp_path / "first", range(0))
    changed = folder / first.used("validation")[0].path
    changed.write_bytes(changed.read_bytes() + b"\0")
    second = _run(folder, tmp_path / "second", range(0))
    assert "(19 in common, of 20 and 20)" in _sentences(first, second)[0]


def test_other_classes_cannot_be_compared(
    folder: Path, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    first = _run(folder, tmp_path / "first", range(0))
    more = picture_folder(classes=3, per_class=8, name="more")
    second = trained_run(more, tmp_path / "second")
    assert "tell other classes apart" in _sentences(first, second)[0]


def test_lost_predictions_are_said(folder: Path, tmp_path: Path) -> None:
    first = _run(folder, tmp_path / "first", range(0))
    second = _run(folder, tmp_path / "second", range(0))
    (second.directory / PREDICTIONS).unlink()
    assert "the predictions of second are not there" in _sentences(first, second)[0]


def test_only_what_differs_is_listed(folder: Path, tmp_path: Path) -> None:
    first = _run(folder, tmp_path / "first", range(0))
    second = _run(folder, tmp_path / "second", range(0), "seed=7", "model.head.kind=svm")
    differences = compare([first, second]).differences
    found = {one.key: one.values for one in differences}
    assert found.pop("model.head.l2") == (0.0061, 1e-4)  # each kind's own
    assert found == {"seed": (0, 7), "model.head.kind": ("softmax", "svm")}
    [kind] = [one for one in differences if one.key == "model.head.kind"]
    assert [english(shown(kind, number)) for number in range(2)] == ["softmax", "linear SVM"]


def test_every_kind_of_head_has_a_name() -> None:
    for kind in get_args(HeadKind):
        assert f"value_head_{kind}" in SENTENCES


def test_the_caution_is_there_where_the_best_epoch_was_chosen(folder: Path, tmp_path: Path) -> None:
    only = [_run(folder, tmp_path / name, range(0)) for name in ("one", "two")]
    best = "stages.0.keep=accuracy"
    chosen = trained_run(folder, tmp_path / "three", (), best, accuracies=(0.25, 0.5))
    said = "a little optimistic"
    assert not any(said in english(one) for one in notes(compare(only)))
    assert any(
        said in english(one) and english(one).endswith(": three")
        for one in notes(compare([only[0], chosen]))
    )


def test_runs_go_by_their_own_names_and_namesakes_by_their_folders(
    folder: Path, tmp_path: Path
) -> None:
    first = _run(folder, tmp_path / "monday" / "run", range(0))
    second = _run(folder, tmp_path / "friday" / "run", range(0))
    assert [one.name for one in compare([first, second]).outcomes] == ["monday/run", "friday/run"]
    run_list.write_label(first.directory, RunLabel("with flips"))
    assert [one.name for one in compare([first, second]).outcomes] == ["with flips", "run"]


def test_one_run_alone_or_twice_is_refused(folder: Path, tmp_path: Path) -> None:
    run = _run(folder, tmp_path / "run", range(0))
    with pytest.raises(InputError) as alone:
        compare([run])
    with pytest.raises(InputError) as twice:
        compare([run, Run.open(run.directory)])
    assert (alone.value.code, twice.value.code) == ("compare_one", "compare_twice")


@pytest.mark.parametrize(
    ("p", "words"),
    [(1.0, "p = 1"), (0.18, "p = 0.18"), (0.049999, "p = 0.049999"), (1e-9, "p < 0.0001")],
)
def test_p_is_never_rounded_across_its_limit(p: float, words: str) -> None:
    assert p_shown(p) == words
