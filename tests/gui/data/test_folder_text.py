"""What changed in a folder, in words."""

import pytest

from core.dataset.scan import Changes
from gui.runs import words as run_words

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Changes(), ""),
        (
            Changes(added=("cat/new.jpg",)),
            "The folder has changed since it was read: 1 picture added (cat/new.jpg).",
        ),
        (
            Changes(removed=tuple(f"cat/{n}.jpg" for n in range(1200)), changed=("dog/a\nb.png",)),
            "The folder has changed since it was read: 1,200 pictures removed (cat/0.jpg, "
            "cat/1.jpg, cat/2.jpg, …); 1 picture changed (dog/a b.png).",
        ),
    ],
)
def test_each_kind_is_counted_and_named(changes: Changes, said: str) -> None:
    assert run_words.changed_since_scan(changes) == said
