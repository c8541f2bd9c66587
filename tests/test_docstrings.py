"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import deepen

HOME = Path(deepen.__file__).parent
WITH_EXAMPLES = [
    ".".join(("deepen", *path.relative_to(HOME).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted(HOME.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Games against a tree search take two seconds, and no example shows against whom a player was tried.
    monkeypatch.setattr("deepen.selfplay.run._opponents", lambda rules: ("random",))
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert (failed, tried > 0) == (0, True)
