import random
import struct
import unicodedata
from hashlib import blake2b
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation.draws import STREAMS, draws
from core.recipe.config import EFFECTS


def test_the_streams_never_change() -> None:
    """A change here would change every training that somebody wants to repeat."""
    drawn = draws(0, 0, "cat/a.jpg")
    assert {effect: drawn[effect][0] for effect in STREAMS[:2] + STREAMS[3:7]} == {
        "horizontal_flip": 0.7180173160917169,
        "vertical_flip": 0.0416107510607423,
        "rotation": 0.792066688338543,
        "scale": 0.021779673897193708,
        "crop": 0.7895187202513801,
        "translation": 0.014518637847163784,
    }
    assert draws(7, 3, "mèo/số 1.jpg", view=2)["crop"][:3] == (
        0.8641622071131139,
        0.5491936510659569,
        0.8565307787317005,
    )


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_is_a_hash_of_its_name_so_that_a_new_effect_changes_no_other(stream: str) -> None:
    digest = blake2b(f"5/6/7/{stream}/cat/a.jpg".encode()).digest()
    words = struct.unpack("<8Q", digest)
    assert draws(5, 6, "cat/a.jpg", 7)[stream] == tuple((word >> 11) / 2**53 for word in words)


def test_there_is_a_stream_for_each_effect_and_one_for_the_policy() -> None:
    drawn = draws(0, 0, "cat/a.jpg")
    assert list(drawn) == [effect.name for effect in EFFECTS] + ["policy"]
    assert len(drawn) == len(STREAMS)
    with pytest.raises(KeyError):
        drawn["shine"]


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6), st.text(), st.integers(0, 100))
def test_draws_are_uniforms(seed: int, epoch: int, key: str, view: int) -> None:
    drawn = draws(seed, epoch, key, view)
    assert all(len(values) == 8 for values in drawn.values())
    assert all(0 <= value < 1 for values in drawn.values() for value in values)


def test_draws_differ_in_each_argument_and_stream() -> None:
    one = draws(1, 2, "cat/a.jpg", 3)
    others = [
        draws(2, 2, "cat/a.jpg", 3),
        draws(1, 3, "cat/a.jpg", 3),
        draws(1, 2, "cat/b.jpg", 3),
        draws(1, 2, "cat/a.jpg", 4),
    ]
    assert len(set(one.values())) == len(STREAMS)
    for other in others:
        assert all(one[stream] != other[stream] for stream in STREAMS)


def test_draws_are_spread_evenly_and_unrelated() -> None:
    many = [draws(0, 0, f"cat/{number}.jpg") for number in range(2000)]
    values = np.array([[value for stream in STREAMS for value in one[stream]] for one in many])
    assert np.abs(values.mean(axis=0) - 0.5).max() < 0.03
    assert np.abs(values.std(axis=0) - sqrt(1 / 12)).max() < 0.02
    correlation = np.corrcoef(values, rowvar=False)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 0.12


def test_accents_count_the_same_however_they_are_composed() -> None:
    composed = unicodedata.normalize("NFC", "mèo/số 1.jpg")
    assert draws(0, 0, composed) == draws(0, 0, unicodedata.normalize("NFD", composed))


def test_a_name_that_is_no_unicode_has_draws() -> None:
    assert draws(0, 0, "cat/\udcff.jpg") != draws(0, 0, "cat/\udcfe.jpg")


def test_asking_again_and_in_another_order_gives_the_same() -> None:
    one, other = draws(0, 0, "cat/a.jpg"), draws(0, 0, "cat/a.jpg")
    forward = {stream: one[stream] for stream in STREAMS}
    backward = {stream: other[stream] for stream in reversed(STREAMS)}
    assert forward == backward == dict(one)


def test_global_generators_are_neither_read_nor_moved() -> None:
    random.seed(1)
    np.random.seed(1)
    first = dict(draws(0, 0, "cat/a.jpg"))
    after = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    assert after == (random.random(), np.random.random())
    assert dict(draws(0, 0, "cat/a.jpg")) == first


@settings(deadline=None)
@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.text(max_size=5), max_size=6),
    st.lists(st.integers(0, 9), max_size=6),
)
def test_many_pictures_have_the_draws_that_each_has_alone(
    seed: int, names: list[str], views: list[int]
) -> None:
    pairs = list(zip(names, views, strict=False))
    names, views = [name for name, _ in pairs], [view for _, view in pairs]
    for many, ones in (
        (draws(seed, 2, names, views), [draws(seed, 2, *pair) for pair in pairs]),
        (draws(seed, 2, tuple(names), 5), [draws(seed, 2, name, 5) for name in names]),
        (draws(seed, 2, "cat/a.jpg", views), [draws(seed, 2, "cat/a.jpg", view) for view in views]),
    ):
        assert many.pictures == len(ones)
        for stream in reversed(STREAMS):
            assert np.array(many[stream]).T.tolist() == [list(one[stream]) for one in ones]


def test_some_of_many_keep_their_draws() -> None:
    many = draws(0, 0, [f"{number}.jpg" for number in range(7)])
    some = many.some([6, 0, 2])
    assert some.pictures == 3
    for stream in STREAMS:
        np.testing.assert_array_equal(np.array(some[stream]), np.array(many[stream])[:, [6, 0, 2]])


def test_samples_and_views_that_do_not_pair_up_are_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        draws(0, 0, ["a.jpg", "b.jpg"], [0, 1, 2])


def test_nobody_changes_the_draws_of_many_pictures() -> None:
    uniforms = draws(0, 0, ["a.jpg", "b.jpg"])["rotation"][0]
    with pytest.raises(ValueError, match="read-only"):
        uniforms[0] = 0.5
