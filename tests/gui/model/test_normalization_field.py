"""What pictures were normalised by: chosen, typed, and never taken from a guess."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.model.weights.normalization import NAMED
from core.recipe.config import Normalization
from gui.model.normalization import NormalizationField

BGR = {"mean": [0.4, 0.41, 0.42], "std": [0.5, 0.51, 0.52], "order": "bgr"}


class Changes:
    """A field and what it has emitted; like a page, it shows what was changed."""

    def __init__(self, field: NormalizationField) -> None:
        self.field = field
        self.seen: list[Any] = []
        field.value_changed.connect(self._take)

    def _take(self, value: Any) -> None:
        self.seen.append(value)
        self.field.set_value(value)

    def choose(self, name: str) -> None:
        """As if ``name`` were clicked in the list."""
        index = self.field.list.findData(name)
        self.field.list.setCurrentIndex(index)
        self.field.list.activated.emit(index)


@pytest.fixture
def changes(qtbot: QtBot) -> Changes:
    field = NormalizationField()
    qtbot.addWidget(field)
    field.show()
    return Changes(field)


def type_numbers(qtbot: QtBot, field: NormalizationField, *texts: str) -> None:
    fields = [*field.numbers["mean"], *field.numbers["std"]]
    for one, text in zip(fields, texts, strict=False):
        one.clear()
        qtbot.keyClicks(one, text)


def test_nothing_is_chosen_at_first(changes: Changes) -> None:
    assert changes.field.list.currentData() is None
    assert changes.field.list.placeholderText() == "choose…"
    assert not changes.field.offer.isVisible()


@pytest.mark.parametrize("name", ["caffe", "torchvision", "vggface", "unit"])
def test_each_usual_one_can_be_chosen(changes: Changes, name: str) -> None:
    changes.choose(name)
    assert changes.seen == [name]
    assert changes.field.words.text()
    assert not changes.field.numbers["mean"][0].isVisible()


def test_a_guess_is_offered_and_taken_only_by_a_click(qtbot: QtBot, changes: Changes) -> None:
    changes.field.suggest("vggface")
    assert changes.seen == []
    assert changes.field.list.currentData() is None
    assert "VGGFace" in changes.field.offer.text()
    qtbot.mouseClick(changes.field.offer, Qt.MouseButton.LeftButton)
    assert changes.seen == ["vggface"]
    assert not changes.field.offer.isVisible()


def test_a_guess_in_numbers_is_named_where_they_have_a_name(qtbot: QtBot, changes: Changes) -> None:
    changes.field.suggest(NAMED["torchvision"])
    assert "torchvision" in changes.field.offer.text()
    other = Normalization(mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))
    changes.field.suggest(other)
    assert "mean 0.1 0.2 0.3, std 1, RGB" in changes.field.offer.toolTip()
    qtbot.mouseClick(changes.field.offer, Qt.MouseButton.LeftButton)
    assert Normalization.model_validate(changes.seen[0]) == other


def test_own_numbers_count_once_all_are_there(qtbot: QtBot, changes: Changes) -> None:
    field = changes.field
    changes.choose("own")
    assert field.numbers["mean"][0].isVisible()
    type_numbers(qtbot, field, "0.4", "0.41", "0.42", "0.5", "0.51")
    field.set_value(None)  # the page is drawn anew meanwhile
    assert field.numbers["mean"][0].text() == "0.4"
    assert changes.seen == []
    qtbot.keyClicks(field.numbers["std"][2], "0.52")
    field.order.setCurrentIndex(1)
    field.order.activated.emit(1)
    assert changes.seen[-1] == BGR


def test_a_std_of_nothing_is_refused_as_it_is_typed(qtbot: QtBot, changes: Changes) -> None:
    changes.choose("own")
    type_numbers(qtbot, changes.field, "0.4", "0.4", "0.4", "0.5", "0.5", "0")
    assert changes.seen == []
    assert not changes.field.numbers["std"][2].is_valid


def test_own_numbers_begin_with_those_that_were_chosen(changes: Changes) -> None:
    changes.choose("torchvision")
    changes.choose("own")
    expected = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "order": "rgb"}
    assert changes.seen[-1] == expected


def test_numbers_of_a_recipe_are_shown(changes: Changes) -> None:
    changes.field.set_value(Normalization.model_validate(BGR))
    assert changes.field.list.currentData() == "own"
    assert [one.text() for one in changes.field.numbers["std"]] == ["0.5", "0.51", "0.52"]
    assert changes.field.order.currentData() == "bgr"
    assert changes.seen == []


def test_another_file_begins_with_nothing(changes: Changes) -> None:
    changes.field.set_value(Normalization.model_validate(BGR))
    changes.field.clear()
    assert changes.field.list.currentData() is None
    changes.choose("own")
    assert changes.field.numbers["mean"][0].text() == ""
    assert changes.seen == []


def test_values_are_told_in_words(changes: Changes) -> None:
    assert changes.field.shown("unit") == "0 to 1, RGB"
    assert changes.field.shown(None) == "nothing"
    assert "BGR" in changes.field.shown(BGR)
