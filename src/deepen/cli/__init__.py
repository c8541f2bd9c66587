"""The command ``deepen``: one file for each of its commands, which parses, calls one verb and prints.

Nothing heavy is imported before a command needs it, so that ``deepen --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated

import typer

from deepen.cli.check import check
from deepen.cli.encode import encode
from deepen.cli.evaluate import evaluate
from deepen.cli.gtp import gtp
from deepen.cli.match import match
from deepen.cli.play import play
from deepen.cli.predict import predict
from deepen.cli.pretrain import pretrain
from deepen.cli.report import report
from deepen.cli.sample import sample
from deepen.cli.see import see
from deepen.cli.study import study
from deepen.cli.think import think
from deepen.cli.train import train
from deepen.cli.watch import watch
from deepen.cli.write import write
from deepen.errors import DeepenError, Stopped

__all__ = ["app", "main"]

STARTED = time.monotonic()

app = typer.Typer(
    name="deepen",
    help="Raw data in, a trained deep net out, within a time you name, with the evidence beside it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(train)
app.command()(predict)
app.command()(evaluate)
app.command()(check)
app.command()(study)
app.command()(report)
app.command()(write)
app.command()(see)
app.command()(pretrain)
app.command()(encode)
app.command()(sample)
app.command()(play)
app.command()(watch)
app.command()(match)
app.command()(think)
app.command()(gtp)


def _version(asked: bool) -> None:
    if asked:
        import deepen

        typer.echo(f"deepen {deepen.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command, and turn errors into one message and an exit code.

    Exit codes: 0 done; 2 bad input or option; 130 stopped before there was a model; 1 a fault of deepen's own.
    """
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    try:
        app(arguments, standalone_mode=True)
    except Stopped as error:
        _say(str(error), debug)
        sys.exit(130)
    except DeepenError as error:
        _say(str(error), debug)
        sys.exit(2)
    except KeyboardInterrupt:
        _say("interrupted at once, by a second Ctrl-C", debug)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has gone: nothing is wrong, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        _say(
            f"a fault of deepen's own: {type(error).__name__}: {error}. Run again with --debug, and report it",
            debug,
        )
        sys.exit(1)


def _say(text: str, debug: bool) -> None:
    """Print one message, by the process that speaks for all."""
    from deepen.compute.processes import speaks

    if debug:
        import traceback

        traceback.print_exc()
    if speaks():
        sys.stderr.write(f"deepen: {text}\n")
