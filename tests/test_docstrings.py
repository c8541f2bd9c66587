"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import deepen

NAMES = [m.name for m in pkgutil.walk_packages(deepen.__path__, "deepen.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("name", ["deepen", *NAMES])
def test_the_examples_of(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Games against a tree search take two seconds, and no example shows against whom a player was tried.
    monkeypatch.setattr("deepen.selfplay.run._opponents", lambda rules: ("random",))
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
