"""Curves as files: real ones, equal where the curves are, with a legend that says all."""

from dataclasses import replace
from io import BytesIO

import pytest
from matplotlib.figure import Figure
from PIL import Image

from core.reports.plots.files import KINDS, draw, picture
from core.reports.plots.style import DARK
from core.runs.events import Event, StageStarted
from core.runs.history import fold
from tests.support.window.scripted import two_stages

_MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_curves_are_equal_files(kind: str) -> None:
    history = fold(two_stages())
    first = picture(history, kind)
    assert first.startswith(_MAGIC[kind])
    assert picture(fold(two_stages()), kind) == first


def test_a_vector_file_says_what_the_window_says() -> None:
    text = picture(fold(two_stages()), "svg").decode("utf-8")
    for words in ("best: 2, chosen on these pictures", "95 % interval", "stage 2: block 5 + head"):
        assert words in text


def test_a_file_has_the_size_and_the_look_that_are_asked_for() -> None:
    data = picture(fold(two_stages()), "png", look=DARK, size=(4, 3))
    with Image.open(BytesIO(data)) as image:
        assert image.size == (768, 576)
        assert image.convert("RGB").getpixel((2, 570)) == (0x1E, 0x1E, 0x1E)


def test_only_augmented_training_is_called_so() -> None:
    events = two_stages()
    assert "training, taken while learning" in _legend(events)
    augmented = [
        replace(one, augmented=True) if isinstance(one, StageStarted) else one for one in events
    ]
    assert "training, taken while learning, on augmented pictures" in _legend(augmented)


def _legend(events: list[Event]) -> list[str]:
    figure = Figure()
    draw(figure, fold(events))
    return [text.get_text() for text in figure.legends[0].get_texts()]
