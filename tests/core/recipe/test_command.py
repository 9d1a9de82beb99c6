"""The line to copy: a shell and the command line make the same recipe of it again."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli import main as cli
from core.cli import options as cli_options
from core.recipe import files as recipes
from core.recipe.command import command, settings
from core.recipe.config import RunConfig
from core.recipe.files import RecipeError
from core.recipe.presets import PRESETS

FOLDER = PurePosixPath("/data/my signs")


def recipe_of(words: list[str]) -> tuple[str, RunConfig]:
    """The folder and the recipe that the program makes of a line's words."""
    assert words[:3] == ["python", "main.py", "train"]
    options = cli.parser().parse_args(words[2:])
    assert not options.as_is
    assert options.labels is None
    return str(options.folder), cli_options.read_recipe(options)


def test_only_what_departs_from_the_default_is_in_it() -> None:
    assert command(FOLDER, RunConfig(), system="linux") == "python main.py train '/data/my signs'"
    config = recipes.load([], ["stages.1.thawed=[4,5]", "dataset.image_size=96", "seed=0"])
    line = command(PurePosixPath("/signs"), config, system="linux")
    assert line == (
        "python main.py train /signs --set dataset.image_size=96 --set 'stages.1.thawed=[4,5]'"
    )
    words = shlex.split(command(PurePosixPath("-x"), RunConfig(), system="linux"))
    assert recipe_of(words)[0] == "-x", "a folder is never taken for an option"


def test_other_stages_are_added_and_filled_in() -> None:
    config = recipes.load([], ['stages=[{"epochs":3},{"thawed":[5]},{"optimizer":"sgd"}]'])
    assert settings(config, RunConfig()) == [
        "stages=[{},{},{}]",
        "stages.0.epochs=3",
        "stages.1.thawed=[5]",
        "stages.2.optimizer=sgd",
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_need_no_quotation_marks_inside_an_argument(name: str) -> None:
    config = PRESETS[name].apply(RunConfig())
    line = command(PureWindowsPath("C:/signs"), config, system="win32")
    assert "\\" + '"' not in line
    assert "^" not in line
    assert recipe_of(words_of_cmd(line))[1] == config


def test_a_saved_file_is_named_and_only_what_was_changed_since_is_told(tmp_path: Path) -> None:
    saved = recipes.load([], ["seed=4", "model.weights=a/b.pth", "model.normalization=caffe"])
    file = tmp_path / "my recipe.json"
    file.write_text(json.dumps(saved.to_data()), "utf-8")
    numbers = '{"mean":[0,0,0],"std":[1,1,1]}'
    config = recipes.changed(saved, "model.normalization", json.loads(numbers))
    line = command(FOLDER, config, saved=file, system="linux")
    assert "seed" not in line
    assert shlex.quote(str(file)) in line
    assert recipe_of(shlex.split(line)) == (str(FOLDER), config)


SPECIAL = st.text(st.sampled_from("ab c&|<>()^%!$`'\"\\=,;#*?~[]{}é\t"), min_size=1, max_size=8)


OWN = st.builds(
    lambda std, more: {"mean": [0.4, 0.5, 0.6], "std": std, **more},
    st.lists(st.floats(0.1, 9), min_size=3, max_size=3),
    st.sampled_from([{}, {"order": "rgb"}, {"order": "bgr"}]),
)
STAGE = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.integers(1, 99),
        "thawed": st.lists(st.integers(1, 5), max_size=3),
        "learning_rate": st.none() | st.floats(1e-9, 10),
        "augment": st.booleans(),
        "schedule": st.sampled_from(["cosine", "one-cycle"]),
    },
)
WEIGHTS = st.sampled_from(["none", "0.5", "[.]", "./x" + "[" * 999])
FIELDS = {
    "model.weights": WEIGHTS | SPECIAL.map(lambda text: f"./{text}"),
    "model.normalization": st.sampled_from(["vggface", None]) | OWN,
    "model.head": st.just({"kind": "fc", "hidden": [4096, 4096], "dropout": 0.5}),
    "dataset.group_by": SPECIAL.map(lambda text: f"prefix:{text}"),
    "dataset.image_size": st.sampled_from([32, 96]),
    "augmentation.rotation": st.floats(0, 180),
    "threads": st.none() | st.integers(1, 64),
    "stages": st.lists(STAGE, min_size=1, max_size=4),
}
VALUES = st.one_of(*(st.tuples(st.just(key), value) for key, value in FIELDS.items()))


def made(changes: list[tuple[str, Any]]) -> RunConfig:
    config = RunConfig()
    for key, value in changes:
        try:
            config = recipes.changed(config, key, value)
        except RecipeError:
            continue
    return config


@given(st.lists(VALUES, max_size=6), SPECIAL)
def test_a_shell_and_the_command_prompt_give_the_recipe_back(
    changes: list[tuple[str, Any]], name: str
) -> None:
    config = made(changes)
    posix, windows = PurePosixPath("/data") / name, PureWindowsPath("C:/data") / name
    words = shlex.split(command(posix, config, system="linux"))
    assert recipe_of(words) == (str(posix), config)
    words = words_of_cmd(command(windows, config, system="win32"))
    assert recipe_of(words) == (str(windows), config)


@given(st.lists(VALUES, max_size=6))
def test_powershell_finds_nothing_of_its_own_in_usual_lines(changes: list[tuple[str, Any]]) -> None:
    line = command(PureWindowsPath("C:/data/my signs (old)"), made(changes), system="win32")
    if not re.search(r'[%$`]|\^|\\"', line):
        outside = re.sub(r'"[^"]*"', "", line)
        assert not re.search(r"[,;()\[\]{}<>|&@#']", outside)


@pytest.mark.skipif(sys.platform == "win32", reason="asks a POSIX shell")
def test_a_real_shell_agrees() -> None:
    settings = ["model.weights=./a $HOME `b` 'c' \"d\".pth", "dataset.group_by=prefix:*"]
    config = recipes.load([], settings)
    line = command(FOLDER, config, system="linux").replace("python main.py", "printf '%s\\n'", 1)
    found = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    words = ["python", "main.py", *found.stdout.splitlines()]
    assert recipe_of(words) == (str(FOLDER), config)


# -- how Windows takes a line apart ---------------------------------------------------------


def words_of_cmd(line: str, variables: Mapping[str, str] = {"b": "B", "a": "A"}) -> list[str]:
    """The arguments that a program is given for a ``line`` typed into the Command Prompt."""

    def value(name: re.Match[str]) -> str:
        return variables.get(name[1], name[0])

    return _argv(_without_carets(re.sub("%([^%]+)%", value, line)))


def _without_carets(line: str) -> str:
    """What cmd hands on: outside quotation marks a caret escapes the next character."""
    handed, quoted, escaped = "", False, False
    for character in line:
        if escaped:
            handed, escaped = handed + character, False
        elif character == "^" and not quoted:
            escaped = True
        else:
            assert quoted or character not in "&|<>", "cmd would end the command here"
            quoted ^= character == '"'
            handed += character
    return handed


def _argv(line: str) -> list[str]:
    """The C runtime's rules: 2n backslashes and a quotation mark are n backslashes and the start
    or end of a quoted part, 2n + 1 are n and the mark itself."""
    words, word, quoted = [], "", False
    began = False
    for slashes, character in re.findall(r"(\\*)(.|$)", line):
        if character == '"':
            word += slashes[: len(slashes) // 2]
            if len(slashes) % 2:
                word += '"'
            else:
                quoted = not quoted
            began = True
        elif character in (" ", "\t", "") and not quoted:
            word += slashes
            if began or word:
                words.append(word)
            word, began = "", False
        else:
            word += slashes + character
    return words
