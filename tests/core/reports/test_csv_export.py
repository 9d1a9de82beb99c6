"""Tables of numbers come back exactly, and no name becomes a formula."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.reports import export as run_export
from core.reports.comparison import compare
from core.runs import list as run_list
from core.runs.events import EpochFinished, RunStarted, Score
from core.runs.history import History, fold
from core.runs.list import RunLabel
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run

_LOSSES = st.floats(min_value=0, allow_nan=False)
_IMAGES = st.integers(min_value=1, max_value=1000)


@st.composite
def _histories(draw: st.DrawFn) -> History:
    images = draw(_IMAGES)
    count = draw(st.integers(min_value=1, max_value=6))
    events: list[RunStarted | EpochFinished] = [RunStarted(epochs=(count,))]
    for epoch in range(1, count + 1):
        right = draw(st.integers(min_value=0, max_value=images))
        train = Score(draw(_LOSSES), draw(st.floats(0, 1)), draw(_IMAGES))
        validation = Score(draw(_LOSSES), right / images, images)
        events.append(EpochFinished(1, epoch, train, validation, draw(st.floats(0, 1e6))))
    return fold(events)


@given(_histories())
def test_every_number_of_a_history_comes_back(history: History) -> None:
    rows = run_export.read_csv(run_export.history_csv(history))
    assert len(rows) == len(history.epochs)
    for row, one in zip(rows, history.epochs, strict=True):
        assert float(row["train_loss"]) == one.train.loss
        assert float(row["validation_loss"]) == one.validation.loss
        assert float(row["validation_accuracy"]) == one.validation.accuracy
        assert float(row["seconds"]) == one.seconds
        assert float(row["validation_low"]) <= one.validation.accuracy + 1e-12
        assert row["kept"] == ("1" if one == history.best else "0")


def test_a_name_that_looks_like_a_formula_is_only_text(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder()
    runs = [trained_run(folder, tmp_path / name) for name in ("one", "two")]
    name = '=HYPERLINK("http://example.org"), "é"'
    run_list.write_label(runs[0].directory, RunLabel(name))
    data = run_export.comparison_csv(compare(runs))
    text = data.decode("utf-8-sig")
    assert "\n=" not in text
    assert '\n"=' not in text
    assert run_export.read_csv(data)[0]["run"] == name


def test_excel_sees_that_it_is_unicode() -> None:
    assert run_export.history_csv(History()).startswith(b"\xef\xbb\xbf")
