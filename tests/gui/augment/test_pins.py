"""Pictures that a person keeps at hand."""

from core.dataset.summary import Sample
from gui.augment.images import MOST, Pins
from gui.augment.tiles import TrainingPictures


def of(label: int, *names: str) -> tuple[Sample, ...]:
    return tuple(Sample(f"{label}/{name}.png", label) for name in names)


def test_pins_stay_in_their_order_once_each() -> None:
    pins = Pins()
    first, second = of(0, "a", "b")
    assert pins.pin(second)
    assert pins.pin(first)
    assert pins.pin(second)
    assert pins.samples == (second, first)
    assert first in pins
    pins.unpin(second)
    pins.unpin(second)
    assert pins.samples == (first,)
    assert second not in pins
    pins.clear()
    assert pins.samples == ()


def test_there_is_room_for_so_many() -> None:
    pins = Pins()
    samples = of(0, *(str(number) for number in range(MOST + 1)))
    assert all(pins.pin(sample) for sample in samples[:MOST])
    assert pins.is_full
    assert not pins.pin(samples[MOST])
    assert pins.pin(samples[0])
    pins.unpin(samples[0])
    assert pins.pin(samples[MOST])


def test_a_class_shows_its_pinned_picture_or_its_first() -> None:
    pictures = TrainingPictures({0: of(0, "a", "b"), 3: of(3, "c", "d")})
    pins = Pins()
    assert pins.one_of_each(pictures) == [*of(0, "a"), *of(3, "c")]
    pins.pin(*of(3, "d"))
    assert pins.one_of_each(pictures) == [*of(0, "a"), *of(3, "d")]


def test_only_what_still_trains_stays_pinned() -> None:
    pins = Pins()
    for sample in of(0, "a", "b"):
        pins.pin(sample)
    moved = Sample("0/b.png", 1)
    pins.keep(TrainingPictures({0: of(0, "c"), 1: (moved,)}))
    assert pins.samples == (moved,)
    assert pins.first_of(1) == moved
    assert pins.first_of(0) is None
