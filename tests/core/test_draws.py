import random
import struct
import unicodedata
from hashlib import blake2b
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation_config import EFFECTS
from core.draws import STREAMS, between, draws, rolled


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


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7, 1.0])
def test_an_effect_is_done_as_often_as_its_probability_says(probability: float) -> None:
    many = [draws(0, 0, f"{number}.jpg") for number in range(2000)]
    done = [rolled(drawn, "rotation", probability) for drawn in many]
    assert sum(one is not None for one in done) / 2000 == pytest.approx(probability, abs=0.03)
    first = [one[0] for one in done if one is not None]  # how strong says nothing of whether
    assert not first or np.mean(first) == pytest.approx(0.5, abs=0.05)


@given(st.tuples(st.floats(-180, 180), st.floats(-180, 180)).map(sorted), st.floats(0, 1))
def test_values_lie_between_the_ends(ends: list[float], uniform: float) -> None:
    low, high = ends
    assert low <= between((low, high), uniform) <= high
    assert between((low, high), 0.0) == low
