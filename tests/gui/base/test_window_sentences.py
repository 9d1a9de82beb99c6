"""The window's own sentences say what to click, with the values that core gives."""

import string

import pytest

from core.common.messages import SENTENCES
from gui.base import words as base_words

CODES = [code for code in SENTENCES if base_words.own(code) is not None]


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", CODES)
def test_they_need_no_value_that_core_does_not_give(code: str) -> None:
    own = base_words.own(code)
    assert own is not None
    assert _names(own) <= _names(SENTENCES[code])


@pytest.mark.parametrize(
    "code", [code for code in SENTENCES if code.startswith(("weights_", "download_"))]
)
def test_no_sentence_about_weights_tells_a_person_in_the_window_what_to_type(code: str) -> None:
    values = dict.fromkeys(_names(SENTENCES[code]), "x")
    assert "model." not in base_words.translate(code, values)


def test_offline_the_built_in_weights_are_named() -> None:
    for code in ("download_unreachable", "download_refused", "download_cut", "download_wrong"):
        own = base_words.own(code)
        assert own is not None
        assert own.endswith("The built-in weights need no network.")
