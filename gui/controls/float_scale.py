"""Whole ticks for a float range, as Qt's sliders need them."""

from decimal import Decimal


class FloatScale:
    """Ticks 0 to ``ticks`` from ``minimum`` to ``maximum``, exact in decimals: the third tick
    of 0.1 is 0.3, not 0.30000000000000004."""

    def __init__(self, minimum: float, maximum: float, step: float) -> None:
        self._minimum, self._step = Decimal(repr(minimum)), Decimal(repr(step))
        self.ticks = round((Decimal(repr(maximum)) - self._minimum) / self._step)

    def value(self, tick: int) -> float:
        """The number at a tick."""
        return float(self._minimum + tick * self._step)

    def tick(self, value: float) -> int:
        """The nearest tick, within the scale."""
        nearest = round((Decimal(repr(value)) - self._minimum) / self._step)
        return min(max(nearest, 0), self.ticks)
