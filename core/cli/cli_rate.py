"""``rate`` on the command line: the loss at growing rates, and the rate to train with."""

import argparse
import json
import sys

from tqdm import tqdm

from core.cli import cli_recipe, cli_weights
from core.cli import options as cli_options
from core.cli.main import OK
from core.cli.train import stopped_by_signals
from core.common import lazy
from core.common.messages import InputError, sentence
from core.runs.events import CacheProgress, Event, Notice
from core.training.rate_curve import RateFound, RateTried
from core.training.rates import learning_rates


def run_rate(options: argparse.Namespace) -> int:
    """Try rates for a stage as the options say. Raises ``InputError``, ``ThawError``."""
    config = cli_recipe.read(options)
    if options.stage > len(config.stages):
        raise InputError("rate_stage_unknown", stage=options.stage, stages=len(config.stages))
    dataset = cli_options.read(options, max_megapixels=config.dataset.max_megapixels)
    cli_options.tell(dataset.notes)
    cli_weights.make_ready(config.model)
    tried: list[RateTried] = []
    finder = lazy.load("training.rate_finder")
    with stopped_by_signals() as stop, tqdm(dynamic_ncols=True, file=sys.stderr) as bar:
        for told in finder.find(config, dataset.summary, options.stage - 1, stop):
            if isinstance(told, RateTried):
                tried.append(told)
            _show(bar, told)
    assert isinstance(told, RateFound)
    present = learning_rates(config, options.stage - 1)[0]
    if options.json:
        print(_json(tried, told, present))
    else:
        _print(tried, told, present)
    return OK


def _show(bar: "tqdm[None]", told: RateTried | RateFound | Event) -> None:
    match told:
        case CacheProgress():
            bar.set_postfix_str(f"frozen blocks {told.done}/{told.total} pictures")
        case RateTried():
            bar.total = told.steps
            bar.set_postfix_str(f"rate {told.rate:.1e}, loss {told.smoothed:.3f}", refresh=False)
            bar.update()
        case Notice():
            bar.write(sentence(told.code, told.values), file=sys.stderr)
        case _:
            pass


def _json(tried: list[RateTried], found: RateFound, present: float) -> str:
    steps = [{"rate": one.rate, "loss": one.loss, "smoothed": one.smoothed} for one in tried]
    about = {"stage": found.stage, "suggested": found.rate, "recipe": present}
    return json.dumps({**about, "from_start": found.from_start, "steps": steps}, indent=2)


def _print(tried: list[RateTried], found: RateFound, present: float) -> None:
    print("     rate      loss  smoothed")
    for one in tried:
        print(f"{one.rate:9.1e}{one.loss:10.4f}{one.smoothed:10.4f}")
    if found.from_start:
        print(sentence("rate_from_start", {"stage": found.stage}))
    values = {"stage": found.stage, "present": f"{present:g}"}
    if found.rate is None:
        print(sentence("rate_none", values))
        return
    field = f"stages.{found.stage - 1}.learning_rate"
    setting = f"--set {field}={found.rate:g}"
    print(sentence("rate_found", {**values, "rate": f"{found.rate:g}", "setting": setting}))
