"""One entry point: a subcommand goes to the command line, none opens the window."""

import argparse
import os
import sys
from collections.abc import Sequence

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_SCHEMES = ("system", "light", "dark")


class _Parser(argparse.ArgumentParser):
    """Names the subcommands in its help too, and looks them up only there."""

    def format_help(self) -> str:
        from core.cli.main import COMMANDS

        lines = [f"  {name:12}{words}" for name, words in COMMANDS.items()]
        head = "commands (python main.py COMMAND --help tells more):"
        self.epilog = "\n".join((head, *lines))
        return super().format_help()


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window, or do what a subcommand says; the process's exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments and not arguments[0].startswith("-"):
        from core.cli import main as cli

        return cli.main(arguments)
    return _window(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="main.py",
        description="Thaw: point-and-click transfer learning on pictures. Without a command "
        "it opens the window; on Linux without a display it trains the sample dataset in a "
        "window that nobody sees, and leaves a picture of each page in the run's folder.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--sample",
        action="store_true",
        help="start with the sample dataset instead of the folder opened last",
    )
    parser.add_argument("--theme", choices=_SCHEMES, help="how the window looks this time")
    parser.add_argument(
        "--size", type=_size, metavar="WIDTHxHEIGHT", help="the window's size, such as 1280x800"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change the recipe the window starts with, such as stages.0.epochs=3",
    )
    return parser


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text} is not WIDTHxHEIGHT, such as 1280x800")
    return int(width), int(height)


def _window(arguments: argparse.Namespace) -> int:
    unseen = sys.platform == "linux" and not any(os.environ.get(name) for name in _DISPLAYS)
    if unseen:
        print(
            "There is no display: training the sample dataset in a window that nobody sees "
            "(Qt's offscreen platform)",
            flush=True,
        )
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from core.common.messages import InputError
    from core.recipe import files as recipes

    try:
        changes = tuple(recipes.parse_setting(text) for text in arguments.set)
        recipes.load(settings=arguments.set)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    from gui.shell import app

    app.start_logging()
    options = app.Options(arguments.sample, arguments.theme, arguments.size, changes)
    if unseen:
        from gui.shell import unattended

        return unattended.run(options)
    return app.run(options)


if __name__ == "__main__":
    sys.exit(main())
