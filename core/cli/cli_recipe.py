"""A recipe on the command line: files, of which later ones win, and single fields."""

import argparse
from pathlib import Path

from core.recipe import files as recipes
from core.recipe.config import RunConfig

_CONFIG_HELP = (
    "a recipe, .json or .toml, or only a part of one, such as a saved augmentation; "
    "may be given several times, later ones win"
)
_SET_HELP = (
    "one field, e.g. stages.0.epochs=3 (stages.0 is the stage that window and events call 1); "
    "the value is JSON, a bare word is text; may be given several times, later ones win"
)


def add_options(command: argparse.ArgumentParser) -> None:
    """--config and --set."""
    command.add_argument(
        "--config", action="append", default=[], type=Path, metavar="FILE", help=_CONFIG_HELP
    )
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=_SET_HELP)


def read(options: argparse.Namespace) -> RunConfig:
    """The recipe that the options give. Raises ``InputError``."""
    return recipes.load(options.config, options.set)
