"""What a person asks of a running training: stop now, stop after this epoch, next stage."""

import threading


class Control:
    """Asks that any thread may make while another pulls ``train()``.

    ``stop`` is heard before the next convolution; the others at the end of the epoch that is
    being trained. An ask that the run's end overtakes is forgotten.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self._finish = threading.Event()
        self._next = threading.Event()

    def finish_epoch(self) -> None:
        """Stop once the present epoch is done and kept; the outcome is then "stopped"."""
        self._finish.set()

    def next_stage(self) -> None:
        """End the present stage with the present epoch and go on with the next one.

        In the last stage this ends the run, and the outcome is "finished".
        """
        self._next.set()

    def take_back(self) -> None:
        """Forget ``finish_epoch`` and ``next_stage`` where they were not heard yet."""
        self._finish.clear()
        self._next.clear()

    @property
    def finishes_epoch(self) -> bool:
        """Whether the run stops after the present epoch."""
        return self._finish.is_set()

    @property
    def ends_stage(self) -> bool:
        """Whether the stage ends with the present epoch."""
        return self._next.is_set()

    def stage_begins(self) -> None:
        """A stage begins: what was asked of the one before is done."""
        self._next.clear()
