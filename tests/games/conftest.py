"""What tests of games share: random positions, boards drawn by hand, and the comparison with OpenSpiel."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from deepen.games import Boards, Go, GoBoards, Rules

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "play" / "rules.py"


@pytest.fixture(scope="session")
def against() -> ModuleType:
    """The comparison with OpenSpiel, as the benchmark makes it."""
    pytest.importorskip("pyspiel", reason="the rules are compared with OpenSpiel's")
    spec = importlib.util.spec_from_file_location("rules_benchmark", BENCHMARK)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wander() -> Callable[..., Any]:
    """Play moves at random on every board: ``wander(rules, boards, steps, seed)``."""

    def play(rules: Rules[Any], boards: Boards, steps: int, seed: int = 0) -> Boards:
        generator = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            legal = rules.legal(boards)
            drawn = torch.where(legal, torch.rand(legal.shape, generator=generator), -1.0)
            boards = rules.play(boards, drawn.argmax(1))
        return boards

    return play


@pytest.fixture
def drawn() -> Callable[..., tuple[Go, GoBoards]]:
    """Set up a board of Go from rows of ``X`` (who began), ``O`` and ``.``."""

    def set_up(*rows: str, turn: int = 1, komi: float = 7.5) -> tuple[Go, GoBoards]:
        stones = torch.tensor([[".XO".index(c) for c in row.replace(" ", "")] for row in rows])
        stones = torch.where(stones == 2, -1, stones).to(torch.int8)
        rules = Go(len(rows), komi)
        return rules, rules.set_up(stones[None], torch.tensor([turn], dtype=torch.int8))

    return set_up
