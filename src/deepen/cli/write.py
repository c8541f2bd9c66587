"""``deepen write``: let a language model go on after a prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Device
from deepen.errors import SettingError

__all__ = ["write"]


def write(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="What stands before.")] = "",
    length: Annotated[int, typer.Option("--length", "-n", help="Characters to write.")] = 500,
    temperature: Annotated[
        float, typer.Option("--temperature", "-t", help="0: always the likeliest; above 1: more daring.")
    ] = 0.8,
    top_p: Annotated[
        float, typer.Option(help="Draw from the likeliest tokens that have this much of the probability.")
    ] = 0.95,
    seed: Annotated[int, typer.Option(help="The same seed writes the same text.")] = 0,
    device: Device = None,
) -> None:
    """Write on after a prompt, character by character."""
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.load import load

    loaded: Any = load(model, device=device)
    if not hasattr(loaded, "stream"):
        raise SettingError("not a language model: it answers, and does not write", where=str(model),
                           mend="Use deepen predict.")  # fmt: skip
    unknown = loaded.tokeniser.unknown_in(prompt)
    if unknown:
        what = "character of the prompt is" if unknown == 1 else "characters of the prompt are"
        sys.stderr.write(f"{unknown} {what} not known to the model\n")
    stop = StopFlag()
    with listening(stop):
        sys.stdout.write(prompt)
        for text in loaded.stream(prompt, length, temperature=temperature, top_p=top_p, seed=seed, stop=stop):
            sys.stdout.write(text)
            sys.stdout.flush()
    sys.stdout.write("\n")
