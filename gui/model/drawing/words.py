"""What the drawing of the network says: names, shapes, counts, and the tooltips' tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe import network, vgg16
from core.recipe.config import RunConfig
from core.recipe.network import HeadPlan
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe import heads as recipe_heads

TIMES = "\N{MULTIPLICATION SIGN}"
translate = QCoreApplication.translate


@dataclass(frozen=True)
class NetworkText:
    """The words for ``recipe``'s network. ``classes`` is None while no dataset is open.

    ``costs`` are the seconds of an epoch of the stage ``stage`` (from 1) with every block frozen,
    and thawed from each block on; empty while that is not known.
    """

    recipe: RunConfig
    classes: int | None
    costs: Sequence[float] = ()
    stage: int = 1

    @property
    def image_size(self) -> int:
        return self.recipe.dataset.image_size

    @property
    def depth(self) -> int:
        """How many blocks are kept."""
        return self.recipe.model.depth

    def thawing_stages(self, number: int) -> list[int]:
        """The stages, from 1, that thaw block ``number``."""
        stages = enumerate(self.recipe.stages, start=1)
        return [place for place, stage in stages if number in stage.thawed]

    def is_kept(self, number: int) -> bool:
        """Whether block ``number`` is part of the network."""
        return number <= self.depth

    def picture(self) -> str:
        """The input's shape, width x height x channels."""
        return shape(*vgg16.feature_shape(0, self.image_size))

    def layers(self, number: int) -> list[str]:
        """A line for each convolution of a block, and one for its pooling."""
        return [*self._convolutions(number, f" 3{TIMES}3, "), self._pool()]

    def narrower_layers(self, number: int) -> list[str]:
        """The same without what can be spared: "conv1 3x3 64"."""
        return [*self._convolutions(number, f" 3{TIMES}3 "), self._pool()]

    def maps(self, number: int) -> list[str]:
        """The layers' names and channels only."""
        return [*self._convolutions(number, ": "), self._pool()]

    def _convolutions(self, number: int, between: str) -> list[str]:
        block = vgg16.BLOCKS[number - 1]
        return [
            one.name.removeprefix(f"{block.name}_") + between + str(one.out_channels)
            for one in block.convolutions
        ]

    def _pool(self) -> str:
        return translate("network", "pool") + f" 2{TIMES}2"

    def output(self, number: int) -> str:
        """A block's output shape, width x height x channels."""
        return shape(*vgg16.feature_shape(number, self.image_size))

    def parameters(self, number: int) -> str:
        """A block's count of parameters."""
        return base_words.count(vgg16.BLOCKS[number - 1].parameters)

    def head_kind(self) -> str:
        return recipe_heads.kinds()[self.recipe.model.head.kind].name

    def head_plan(self) -> HeadPlan:
        """The new head's layers; while the classes aren't known, for two."""
        return network.of_recipe(self.recipe, self.classes or 2)

    def head_layers(self) -> list[str]:
        """A line each for what the head is made of: its kind, what it does with the features,
        new convolutions, hidden layers."""
        head = self.recipe.model.head
        poolings = {
            "flatten": translate("network", "flatten"),
            "average": translate("network", "average"),
            "max": translate("network", "maximum"),
            "both": translate("network", "average + max"),
        }
        lines = [self.head_kind()]
        if head.new_channels:
            lines.append(say("network", "conv {channels}", channels=_joined(head.new_channels)))
        lines.append(poolings[head.pooling])
        if head.hidden_widths:
            lines.append(_joined(head.hidden_widths))
        return lines

    def head_classes(self) -> str:
        """How many outputs the new head has, as far as that is known."""
        if self.classes is None:
            return translate("network", "classes: ?")
        return say("network", "{classes} classes", classes=self.classes)

    def head_parameters(self) -> str:
        """The new head's count of parameters, "?" while the classes aren't known."""
        if self.classes is None:
            return "?"
        return base_words.count(network.head_parameters(self.recipe, self.classes))

    def head(self) -> str:
        """The new head in one line."""
        if self.classes is None:
            template = translate(
                "network", "new head: {kind}; its size follows from the dataset's classes"
            )
        else:
            template = translate("network", "new head: {kind}, {classes}, {parameters} parameters")
        values = {
            "kind": self.head_kind(),
            "classes": self.head_classes(),
            "parameters": self.head_parameters(),
        }
        return fill(template, values)

    def cut_layers(self) -> list[str]:
        """VGG16's own last layers, which the new head replaces."""
        return [f"{layer.name} {layer.outputs}" for layer in vgg16.CLASSIFIER]

    def cut_parameters(self) -> str:
        return base_words.count(sum(layer.parameters for layer in vgg16.CLASSIFIER))

    def cut(self) -> str:
        """What the pale part of the drawing is."""
        template = translate(
            "network",
            "VGG16's own fully connected layers ({layers}; {parameters} parameters) know "
            "ImageNet's 1000 classes, not yours: they are cut off, and the new head takes "
            "their place.",
        )
        values = {"layers": ", ".join(self.cut_layers()), "parameters": self.cut_parameters()}
        return fill(template, values)

    def share(self, number: int) -> float:
        """A block's part of the multiplications for one picture, of all that is kept; the head's
        with 0."""
        kept = vgg16.BLOCKS[: self.depth]
        blocks = [block.multiplications(self.image_size) for block in kept]
        head = self.head_plan().multiplications
        return [head, *blocks][number] / (head + sum(blocks))

    def compute(self, number: int) -> str:
        """That share in words."""
        return base_words.percent(self.share(number))

    def from_here(self, number: int) -> str:
        """The seconds of an epoch where all is thawed from block ``number`` on, with 0 only the
        head; "" while they aren't known."""
        return base_words.duration(self.costs[number]) if self.costs else ""

    def from_here_an_epoch(self, number: int) -> str:
        """The same with what it is the time of."""
        time = self.from_here(number)
        return say("network", "{time} an epoch", time=time) if time else ""

    def tooltip(self, number: int) -> str:
        """A block's layers as a table of HTML."""
        block = vgg16.BLOCKS[number - 1]
        side = block.input_side(self.image_size)
        header = (
            translate("network", "layer"),
            translate("network", "kernel"),
            translate("network", "output"),
            translate("network", "parameters"),
        )
        rows = [
            (
                one.name,
                f"3{TIMES}3",
                shape(one.out_channels, side, side),
                base_words.count(one.parameters),
            )
            for one in block.convolutions
        ]
        rows.append((f"{block.name}_pool", f"2{TIMES}2", self.output(number), "0"))
        table = _row(header, "th") + "".join(_row(row, "td") for row in rows)
        return f"<table cellpadding='3'>{table}</table><p>{self._summary(number)}</p>"

    def description(self) -> str:
        """The whole drawing in words, for a screen reader."""
        picture = say("network", "picture {shape}", shape=self.picture())
        blocks = [self._spoken(block.number) for block in vgg16.BLOCKS]
        return "; ".join([picture, *blocks, self.head()])

    def _spoken(self, number: int) -> str:
        if self.is_kept(number):
            template = translate("network", "block {number}: {shape}, {parameters} parameters")
        else:
            template = translate("network", "block {number}: left out")
        values = {
            "number": number,
            "shape": self.output(number),
            "parameters": self.parameters(number),
        }
        return fill(template, values)

    def _summary(self, number: int) -> str:
        if not self.is_kept(number):
            template = translate("network", "Left out: only the first {depth} blocks are kept.")
            return fill(template, {"depth": self.depth})
        template = translate(
            "network", "{parameters} parameters; {share} of the multiplications for a picture."
        )
        values = {"parameters": self.parameters(number), "share": self.compute(number)}
        lines = [fill(template, values), self._where_thawed(number), self.cost(number)]
        return "<br>".join(line for line in lines if line)

    def cost(self, number: int) -> str:
        """What thawing from block ``number`` on costs, with 0 only the head; "" while that isn't
        known."""
        if not self.costs:
            return ""
        if number:
            template = translate(
                "network",
                "Thawed from here on, an epoch of stage {stage} takes {time} on this machine; "
                "with all blocks frozen {least}.",
            )
        else:
            template = translate(
                "network",
                "With all blocks frozen, an epoch of stage {stage} takes {least} on this machine.",
            )
        values = {
            "stage": self.stage,
            "time": self.from_here(number),
            "least": self.from_here(0),
        }
        return fill(template, values)

    def _where_thawed(self, number: int) -> str:
        stages = self.thawing_stages(number)
        if not stages:
            return translate("network", "Frozen in every stage.")
        listed = ", ".join(str(stage) for stage in stages)
        return say("network", "Thawed in stage {stages}.", stages=listed)


def _joined(counts: Sequence[int]) -> str:
    return " – ".join(str(count) for count in counts)


def shape(channels: int, height: int, width: int) -> str:
    """A shape as people draw VGG16: width x height x channels."""
    return f" {TIMES} ".join(str(number) for number in (width, height, channels))


def _row(cells: tuple[str, ...], tag: str) -> str:
    first, *others = cells
    rest = "".join(f"<{tag} align='right'>{cell}</{tag}>" for cell in others)
    return f"<tr><{tag} align='left'>{first}</{tag}>{rest}</tr>"
