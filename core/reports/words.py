"""What the figures of runs say: each text in English, here alone.

``ENGLISH`` is for files and the command line; the window makes a ``CurveWords`` that
translates the same templates and writes numbers as its language does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.common.messages import fill

TEMPLATES: dict[str, str] = {
    "accuracy": "accuracy (%)",
    "loss": "loss",
    "rate": "rate",
    "epoch": "epoch",
    "validation": "validation",
    "train": "training, taken while learning",
    "train_augmented": "training, taken while learning, on augmented pictures",
    "batches": "single batches",
    "raw": "unsmoothed",
    "interval": "95 % interval",
    "gap": "gap between training and validation",
    "epochs": "epoch",
    "seconds": "time of the epochs (s)",
    "minutes": "time of the epochs (min)",
    "hours": "time of the epochs (h)",
    "pictures": "pictures learned from",
    "band": "95 % interval of validation",
    "kept": "kept epoch",
    "kept_chosen": "kept epoch, chosen on these pictures",
    "rate_head": "head",
    "rate_backbone": "ConvNet",
    "accuracy_epoch": "best epoch, chosen on these pictures",
    "accuracy_epoch_short": "best epoch",
    "loss_epoch": "epoch of lowest loss, chosen on these pictures",
    "loss_epoch_short": "epoch of lowest loss",
    "last_epoch": "last epoch, whose weights are kept",
    "last_epoch_short": "last epoch",
    "only_epoch": "only epoch, whose weights are kept",
    "only_epoch_short": "only epoch",
    "accuracy_mark": "best: {epoch}, chosen on these pictures",
    "accuracy_mark_short": "best: {epoch}",
    "loss_mark": "lowest loss: {epoch}, chosen on these pictures",
    "loss_mark_short": "lowest loss: {epoch}",
    "last_mark": "kept: {epoch}, the last",
    "last_mark_short": "kept: {epoch}",
    "only_mark": "kept: {epoch}, the only one",
    "only_mark_short": "kept: {epoch}",
    "baseline": "always the largest class: {share}",
    "stage": "stage {stage}: head",
    "stage_blocks": "stage {stage}: {blocks} + head",
    "stage_parameters": "{stage}, {parameters} parameters",
    "stage_short": "stage {stage}",
    "overfitting": "overfitting from here; epoch {epoch}’s weights are kept",
    "overfitting_short": "overfitting; epoch {epoch} is kept",
    "overfitting_shortest": "overfitting",
    "no_block": "no block",
    "all_blocks": "all blocks",
    "one_block": "block {number}",
    "block_range": "blocks {first} to {last}",
    "block_list": "blocks {numbers}",
}
_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_EXACT = 10_000


@dataclass(frozen=True)
class CurveWords:
    """The figures' texts in one language: ``template`` translates one of ``TEMPLATES``, the
    others write a share of 1, a count of parameters, and any whole number."""

    template: Callable[[str], str]
    percent: Callable[[float], str]
    parameters: Callable[[int], str]
    count: Callable[[int], str]

    def say(self, code: str, **values: object) -> str:
        """The text of ``code`` with its values filled in."""
        return fill(self.template(code), values)

    def best(self, epoch: int, chosen_by: str) -> tuple[str, str]:
        """The mark of the epoch, counted over the run, whose weights are kept, as
        ``History.chosen_by`` says of it: long and short."""
        kind = f"{chosen_by or 'only'}_mark"
        return self.say(kind, epoch=epoch), self.say(f"{kind}_short", epoch=epoch)

    def best_epoch(self, chosen_by: str) -> tuple[str, str]:
        """The same for a legend, which names no epoch."""
        kind = f"{chosen_by or 'only'}_epoch"
        return self.say(kind), self.say(f"{kind}_short")

    def baseline(self, share: float) -> str:
        """Of always answering the largest class, ``share`` of 1 being right."""
        return self.say("baseline", share=self.percent(share))

    def stage(
        self, number: int, thawed: Sequence[int], depth: int, parameters: int = 0
    ) -> tuple[str, ...]:
        """A stage, what it trains and how many parameters that is (0: not known yet), ever
        shorter: "stage 2: block 5 + head, 7.1 M parameters", without them, "stage 2", "2"."""
        code = "stage_blocks" if thawed else "stage"
        whole = self.say(code, stage=number, blocks=self.blocks(thawed, depth))
        shorter = (whole, self.say("stage_short", stage=number), str(number))
        if not parameters:
            return shorter
        told = self.parameters(parameters)
        return self.say("stage_parameters", stage=whole, parameters=told), *shorter

    def blocks(self, thawed: Sequence[int], depth: int) -> str:
        """Block numbers of a depth: "block 5", "blocks 3 to 5", "blocks 1, 5", "all blocks"."""
        if not thawed:
            return self.say("no_block")
        if len(thawed) == depth:
            return self.say("all_blocks")
        if len(thawed) == 1:
            return self.say("one_block", number=thawed[0])
        if len(thawed) > 2 and thawed[-1] - thawed[0] == len(thawed) - 1:
            return self.say("block_range", first=thawed[0], last=thawed[-1])
        return self.say("block_list", numbers=", ".join(map(str, thawed)))

    def overfitting(self, best: int) -> tuple[str, ...]:
        """That a run overfits while the weights of epoch ``best`` are kept, ever shorter."""
        codes = ("overfitting", "overfitting_short", "overfitting_shortest")
        return tuple(self.say(code, epoch=best) for code in codes)


def percent(share: float) -> str:
    """A share of 1 as "91.1 %". Only all is 100 % and only nothing is 0 %."""
    value = round(share * 100, 1)
    if 0 < share < 1:
        value = min(max(value, 0.1), 99.9)
    return f"{value:.1f} %"


def parameters(value: int) -> str:
    """A count of weights with three digits, "14.7 M"; exact below ten thousand."""
    if value < _EXACT:
        return f"{value:,}"
    rounded = float(f"{value:.3g}")
    size, unit = next((size, unit) for size, unit in _UNITS if rounded >= size)
    scaled = rounded / size
    digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
    return f"{scaled:.{digits}f} {unit}"


ENGLISH = CurveWords(TEMPLATES.__getitem__, percent, parameters, "{:,}".format)
