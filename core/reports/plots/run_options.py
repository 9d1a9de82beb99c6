"""How a person looks at a run's curves."""

from dataclasses import dataclass

SMOOTHEST = 0.98


@dataclass(frozen=True)
class CurveOptions:
    """``smoothing`` (0 to ``SMOOTHEST``) is the weight that an epoch's curve keeps of what was
    before; ``log_loss`` puts the loss on a logarithmic axis; ``rates`` shows the learning
    rates below."""

    smoothing: float = 0.0
    log_loss: bool = False
    rates: bool = True
