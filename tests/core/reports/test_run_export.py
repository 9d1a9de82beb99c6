"""Runs as files: what a person called them stands in them as it was written."""

from pathlib import Path

import pytest

from core.reports import export as run_export
from core.runs import list as run_list
from core.runs.list import RunLabel
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run


@pytest.mark.parametrize("name", ["from $5 to $6", "$x_{$", "_hidden"])
def test_a_name_in_a_figure_is_no_formula(
    name: str, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder()
    runs = [trained_run(folder, tmp_path / place) for place in ("first", "second")]
    run_list.write_label(runs[0].directory, RunLabel(name))
    run_export.write(runs, tmp_path / "figure.svg")
    assert f">{name}</text>" in (tmp_path / "figure.svg").read_text("utf-8")
