"""From a history to the points of its curves."""

from core.history import History

MOST_POINTS = 1500
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class BatchPoints:
    """The figures of every batch, kept as they come and thinned out for drawing.

    x is the batch's place within its epoch, counted over the whole run: 2.5 is the middle of
    the third epoch. At most ``MOST_POINTS`` are drawn: every second batch, every fourth and
    so on, so that a drawn point stays where it is for long.
    """

    def __init__(self) -> None:
        self._history: History | None = None
        self._reset()

    def _reset(self) -> None:
        self._x: list[float] = []
        self._accuracy: list[float] = []
        self._loss: list[float] = []
        self.highest_loss = 0.0

    def follow(self, history: History) -> None:
        """Take in what ``history`` has more than at the last call."""
        if history is not self._history or len(history.batches) < len(self._x):
            self._history = history
            self._reset()
        for batch in history.batches[len(self._x) :]:
            before = history.position(batch.stage, batch.epoch - 1)
            self._x.append(before + batch.batch / max(batch.batches, batch.batch, 1))
            self._accuracy.append(100 * batch.accuracy)
            self._loss.append(batch.loss)
            if self.highest_loss < batch.loss < float("inf"):
                self.highest_loss = batch.loss

    @property
    def step(self) -> int:
        """Every how many batches one is drawn, a power of two."""
        step = 1
        while len(self._x) > MOST_POINTS * step:
            step *= 2
        return step

    def accuracies(self) -> tuple[list[float], list[float]]:
        """(x, accuracy in percent) of the drawn batches."""
        return self._x[:: self.step], self._accuracy[:: self.step]

    def losses(self) -> tuple[list[float], list[float]]:
        """(x, loss) of the drawn batches."""
        return self._x[:: self.step], self._loss[:: self.step]


Curves = tuple[list[int], list[float], list[float]]


def last_epoch(history: History) -> float:
    """The epoch that the curves reach to, counted over the whole run: planned, or further."""
    planned = sum(history.planned)
    reached = [history.position(one.stage, one.epoch) for one in history.epochs[-1:]]
    return float(max([planned, *reached, 1]))


def shown_epochs(history: History) -> tuple[Curves, Curves]:
    """Accuracies in percent, and losses: each (positions, training, validation)."""
    x = [history.position(one.stage, one.epoch) for one in history.epochs]
    train = [one.train for one in history.epochs]
    validation = [one.validation for one in history.epochs]
    accuracies = (
        x,
        [100 * one.accuracy for one in train],
        [100 * one.accuracy for one in validation],
    )
    return accuracies, (x, [one.loss for one in train], [one.loss for one in validation])


def stage_starts(history: History) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """For each planned stage the epochs before it, and its thawed blocks."""
    started = history.started
    if started is None:
        return ()
    planned = history.planned
    return tuple(
        (sum(planned[:number]), tuple(thawed)) for number, thawed in enumerate(started.thawed)
    )


def nice_ceiling(value: float) -> float:
    """The next round number above ``value``: an axis' end that seldom moves."""
    power = 1e-6
    while power * 10 <= value:
        power *= 10
    return next((power * one for one in _NICE if power * one > value), power * 15)
