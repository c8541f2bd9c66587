"""What a run was asked, kept beside its checkpoints, so that a later call goes on only with what it asks itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepen.compute.folders import read_json, write_json
from deepen.errors import SettingError

__all__ = ["begin"]

_ASKED = "asked.json"


def begin(folder: Path, standing: int, asked: Mapping[str, Any]) -> str:
    """Keep what a run is asked; or, where one was interrupted in its folder, see that it was asked the same.

    Parameters
    ----------
    standing
        The steps after which the run was kept; 0 where none stands there.
    asked
        All that decides what its checkpoints hold.

    Returns
    -------
    str
        A sentence on where it goes on; empty for a new run.

    Raises
    ------
    SettingError
        If that run was asked something else.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> begin(folder, 0, {"world": "go:9"})
    ''
    >>> begin(folder, 20, {"world": "go:9"})
    'going on after step 20, where it was interrupted'
    """
    told = json.loads(json.dumps(asked, default=str))
    kept = folder / _ASKED
    if standing and kept.is_file():
        before, told = _flat(read_json(kept)), _flat(told)
        for name in {**before, **told}:
            if before.get(name) != told.get(name):
                raise SettingError(
                    "an interrupted run stands there that was asked something else", where=str(folder),
                    allowed=f"{name}: {before.get(name)}", came=str(told.get(name)),
                    mend="Ask the same to go on, name another folder, or begin anew: --replace.",
                )  # fmt: skip
        return f"going on after step {standing:,}, where it was interrupted"
    folder.mkdir(parents=True, exist_ok=True)
    write_json(kept, told)
    return ""


def _flat(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The settings within what was asked, each by its own name, so that one that differs can be named."""
    found: dict[str, Any] = {}
    for name, value in asked.items():
        found |= value if isinstance(value, dict) else {name: value}
    return found
