"""A dataset's sizes, shapes, colours and formats in words, and the bars of their charts."""

from itertools import pairwise

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.health import ASPECT_EDGES, SIDE_EDGES, SQUARE, Health, Shapes, Sizes, Spread
from gui.base import words as base_words
from gui.data import data_text
from gui.data.findings.bar_chart import Bar, Tick
from gui.data.findings.pairs import counted, line

translate = QCoreApplication.translate

Chart = tuple[list[Bar], list[Tick]]
_EXAMPLE = "{path} ({format})"


def side_bars(sizes: Sizes) -> Chart:
    """Pictures by their shorter side, with the limits below."""
    edges = [base_words.count(edge) for edge in SIDE_EDGES]
    below = fill(translate("findings", "below {edge} px"), {"edge": edges[0]})
    between = [
        fill(translate("findings", "{low} to {high} px"), {"low": low, "high": high})
        for low, high in pairwise(edges)
    ]
    above = fill(translate("findings", "{edge} px and more"), {"edge": edges[-1]})
    names = [below, *between, above]
    bars = [_bar(name, count) for name, count in zip(names, sizes.shorter_side, strict=True)]
    ticks = [Tick(place, _short(edge)) for place, edge in enumerate(SIDE_EDGES, 1)]
    return bars, ticks


def shape_bars(shapes: Shapes) -> Chart:
    """Pictures by width to height, the narrowest first."""
    names = [_ratio(low, high) for low, high in pairwise((None, *ASPECT_EDGES, None))]
    bars = [_bar(name, count) for name, count in zip(names, shapes.aspects, strict=True)]
    middle = len(bars) / 2
    ticks = [
        Tick(middle / 2, translate("findings", "portrait")),
        Tick(middle, translate("findings", "square")),
        Tick(middle * 3 / 2, translate("findings", "landscape")),
    ]
    return bars, ticks


def facts(health: Health, image_size: int, ignored: int) -> list[tuple[str, str]]:
    """(name, value) of each figure."""
    result = [(translate("findings", "Pictures"), _measured(health))]
    if health.sizes is not None and health.shapes is not None:
        result += [
            (translate("findings", "Width"), _pixels(health.sizes.width)),
            (translate("findings", "Height"), _pixels(health.sizes.height)),
            (translate("findings", "Megapixels"), _megapixels(health.sizes.megapixels)),
            (translate("findings", "Enlarged"), _enlarged(health.sizes, health, image_size)),
            (translate("findings", "Shapes"), _shapes(health.shapes)),
            (translate("findings", "Cropping"), _cropping(health, health.shapes)),
            (translate("findings", "Grayscale"), _grayscale(health)),
            (translate("findings", "Formats"), _formats(health)),
        ]
    if health.misnamed.count:
        result.append((translate("findings", "Misnamed"), _misnamed(health)))
    if ignored:
        words = counted(
            translate("findings", "1 other file is no picture"),
            translate("findings", "{count} other files are no pictures"),
            ignored,
        )
        result.append((translate("findings", "Ignored"), words))
    return result


def _bar(name: str, count: int) -> Bar:
    return Bar(count, f"{name}: {data_text.pictures(count)}")


def _short(edge: int) -> str:
    """1024 as "1k", so that it fits below a bar."""
    return str(edge) if edge < 1000 else f"{edge // 1000}k"


def _ratio(low: float | None, high: float | None) -> str:
    """Width to height from ``low`` to ``high`` as people say it: "1:2 to 2:3"."""
    if low is not None and high is not None and low < 1 < high:
        return translate("findings", "square")
    if low is None or high is None:
        name = _named(high if low is None else low)  # type: ignore[arg-type]
        template = (
            translate("findings", "narrower than {ratio}")
            if low is None
            else translate("findings", "wider than {ratio}")
        )
        return fill(template, {"ratio": name})
    values = {"low": _named(low), "high": _named(high)}
    return fill(translate("findings", "{low} to {high}"), values)


def _named(ratio: float) -> str:
    names = {1 / 3: "1:3", 1 / 2: "1:2", 2 / 3: "2:3", 4 / 5: "4:5", 5 / 4: "5:4", 3 / 2: "3:2"}
    names |= {2.0: "2:1", 3.0: "3:1", 1 / SQUARE: "1:1", SQUARE: "1:1"}
    return names[ratio]


def _measured(health: Health) -> str:
    if health.measured == health.pictures:
        return base_words.count(health.pictures)
    template = translate("findings", "{count}, {measured} of them measured")
    values = {
        "measured": base_words.count(health.measured),
        "count": base_words.count(health.pictures),
    }
    return fill(template, values)


def _pixels(spread: Spread) -> str:
    least, median, most = (
        base_words.count(round(value)) for value in (spread.least, spread.median, spread.most)
    )
    if least == most:
        return fill(translate("findings", "{width} px, all of them"), {"width": least})
    template = translate("findings", "{least} to {most} px, median {median}")
    return fill(template, {"least": least, "most": most, "median": median})


def _megapixels(spread: Spread) -> str:
    least, median, most = (
        base_words.number(value, 0 if value >= 10 else 2)
        for value in (spread.least, spread.median, spread.most)
    )
    if least == most:
        return least
    template = translate("findings", "{least} to {most}, median {median}")
    return fill(template, {"least": least, "most": most, "median": median})


def _enlarged(sizes: Sizes, health: Health, image_size: int) -> str:
    values = {"size": image_size, "share": _share(sizes.upscaled, health)}
    if not sizes.upscaled:
        return fill(translate("findings", "none is smaller than {size} px"), values)
    template = translate("findings", "{share} are smaller than the {size} px that the network gets")
    return fill(template, values)


def _shapes(shapes: Shapes) -> str:
    total = shapes.portrait + shapes.square + shapes.landscape
    named = (
        (shapes.portrait, translate("findings", "{share} portrait")),
        (shapes.square, translate("findings", "{share} square")),
        (shapes.landscape, translate("findings", "{share} landscape")),
    )
    return ", ".join(
        fill(template, {"share": base_words.percent(count / total, digits=0)})
        for count, template in named
        if count
    )


def _cropping(health: Health, shapes: Shapes) -> str:
    if not shapes.crop_loss:
        return translate("findings", "would lose nothing")
    values = {
        "loss": base_words.percent(shapes.crop_loss, digits=0),
        "share": _share(shapes.losing_much, health),
    }
    template = translate(
        "findings", "would lose {loss} of the area on average; {share} would lose over a quarter"
    )
    return fill(template, values)


def _grayscale(health: Health) -> str:
    return _share(health.gray, health) if health.gray else translate("findings", "none")


def _formats(health: Health) -> str:
    return data_text.SEPARATOR.join(
        f"{name} {base_words.count(count)}" for name, count in health.formats.items()
    )


def _misnamed(health: Health) -> str:
    listed = ", ".join(
        fill(_EXAMPLE, {"path": line(path), "format": name})
        for path, name in health.misnamed.examples
    )
    values = {"listed": listed}
    return counted(
        translate("findings", "1 picture is of another format than its name says: {listed}"),
        translate("findings", "{count} are of another format than their names say: {listed}"),
        health.misnamed.count,
        **values,
    ) + translate("findings", ". They are read all the same.")


def _share(part: int, health: Health) -> str:
    return base_words.percent(part / health.measured, digits=0)
