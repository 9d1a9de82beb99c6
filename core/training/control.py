"""What a person asks of a running training: stop now, stop after this epoch, next stage."""

import threading
from dataclasses import dataclass, field


@dataclass
class Control:
    """Asks that any thread may set, or take back, while another pulls ``train()``.

    ``stop`` is heard before the next convolution; the others at the end of the epoch that is
    being trained. ``finishes_epoch``: the run stops then, and its outcome is "stopped".
    ``ends_stage``: the next stage follows; in the last stage the run ends, and the outcome is
    "finished". An ask that the run's end overtakes is forgotten.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    finishes_epoch: bool = False
    ends_stage: bool = False

    def stage_begins(self) -> None:
        """A stage begins: what was asked of the one before is done."""
        self.ends_stage = False
