"""A material that has every part, with names that would do harm wherever they were not escaped."""

from __future__ import annotations

import base64
import dataclasses

import numpy as np
import pytest

from deepen.answers import Fan
from deepen.evaluation import (
    Answers,
    Bin,
    Confusion,
    Evaluation,
    Exhibit,
    Mistake,
    Mistakes,
    Pair,
    Reliability,
    Subgroup,
    Subgroups,
)
from deepen.evidence.match import Game, Match
from deepen.records import History, Measure, Moment, Score
from deepen.reporting.material import Material
from deepen.reporting.thumbnails import encoded

SCRIPT = "<script>alert(1)</script>"
QUOTED = "a\"b'c & d>.png"
ARABIC, HEBREW = "مرحبا بالعالم", "שלום \u202e עולם"
EMOJI = "👩‍👩‍👧 😀"
HOSTILE = (
    SCRIPT,
    QUOTED,
    ARABIC,
    HEBREW,
    EMOJI,
    "\x00\x07bell",
    "]]></style><img src=x onerror=alert(2)>",
    "javascript:alert(3)",
)


def picture(seed: int, *, side: int = 12) -> bytes:
    return encoded(
        np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8), side=side
    ).data


def score(labels=HOSTILE, *, value: float = 0.9) -> Score:
    k = len(labels)
    counts = np.eye(k, dtype=int) * 20 + np.triu(np.ones((k, k), dtype=int), 1)
    return Score(
        {
            "accuracy": Measure("accuracy", value, value - 0.02, value + 0.02, "wilson", int(counts.sum())),
            "log_loss": Measure("log_loss", 0.3, 0.25, 0.36, "stratified bootstrap", int(counts.sum())),
        },
        tuple(labels), tuple(tuple(row) for row in counts.tolist()),
    )  # fmt: skip


def history(count: int = 12) -> History:
    moments = [
        Moment(
            10 * k,
            k / 4,
            2.0 * k,
            1e-3,
            2 / (k + 1),
            {"loss": 2.2 / (k + 1), "score": 1 - 1 / (k + 2), "low": 0.2, "high": 0.9, "return": 9.0 * k},
        )
        for k in range(count)
    ]
    return History(tuple(moments), (f"loss spiked at {SCRIPT}",), "complete")


def fan(title: str = "sales") -> Fan:
    return Fan(
        title, tuple(f"2020-{m:02d}" for m in range(1, 13)), tuple(float(10 + k) for k in range(8)),
        (18.0, 19.0, float("nan"), 21.0), (0.05, 0.25, 0.5, 0.75, 0.95),
        tuple(tuple(18.0 + h + d for d in (-3.0, -1.0, 0.0, 1.0, 3.0)) for h in range(4)), {"naive": (17.0,) * 4},
    )  # fmt: skip


def model(**more) -> dict:
    columns = [
        {"name": name, "kind": "number", "role": "input", "why": f"because of {SCRIPT}", "part_of": ""}
        for name in HOSTILE
    ]
    return {
        "format": 1, "versions": {"deepen": "0.1.0"},
        "scores": {name: score(value=v).to_dict() for name, v in (("test", 0.9), ("majority", 0.3), ("linear", 0.8))},
        "history": history().to_dict(), "notes": [f"read {QUOTED}", ARABIC],
        "about": {"source": QUOTED, "seconds": 61.5, "seed": 0},
        "schema": {
            "columns": columns, "task": "many classes", "targets": [SCRIPT],
            "warnings": [f"{EMOJI} gives the target away"],
        },
        **more,
    }  # fmt: skip


def returned(value: float, low: float, high: float, method: str = "bootstrap", n: int = 100) -> Score:
    return Score({"return": Measure("return", value, low, high, method, n)}, part=f"{n} episodes")


def player(own=(21.0, 18.0, 24.0), returns=(2.0, 4.0, 9.0, 20.0, 19.0), **beside) -> Material:
    """One of an environment, its looks out of order as of a training that went back."""
    moments = [
        Moment(
            32 * k, k / 2, 3.0 * k, 1e-3, 1 / k,
            {"environment_steps": 1000.0 * k, "episodes": 7.0 * k, "return": value, "minus_return": -value,
             "training_return": value / 2},
        )
        for k, value in enumerate(returns, 1)
    ]  # fmt: skip
    scores = {"test": returned(*own), "at random": returned(1.0, 0.5, 1.5, n=20), **beside}
    return Material(model={
        "form": "player", "environment": SCRIPT, "method": "pqn", "notes": ["4 numbers and 2 actions"],
        "scores": {name: one.to_dict() for name, one in scores.items()},
        "history": History(tuple(moments[::-1])).to_dict(), "about": {"source": SCRIPT, "seconds": 15.0},
        "settings": {"discount": 0.99, "width": None}, "making": {"sticky": 0.25},
    })  # fmt: skip


def match(other: str, points: float, *, n: int = 20) -> Match:
    """Of n games ``points`` of all are won, the others lost."""
    won = round(points * n)
    games = tuple(Game(number=k, moves=(k, 1, 2), points=float(k < won), ending="rules") for k in range(n))
    return Match(rules="go:9", one="deepen", other=other, games=games)


def board_player(strong: float = 0.3, n: int = 20) -> Material:
    """One of Go, tried against a weak and a strong opponent."""
    matches = [match("random", 1.0, n=n), match("gnugo:1", strong, n=n)]
    weak, strongest = (Score({"points": m.score}, part=f"against {m.other}") for m in matches)
    looks = ({"against_chance": 0.6}, {"against_chance": 0.7, "against_last": 0.6}, {"against_last": 0.5})
    moments = [
        Moment(10 * k, k / 9, 4.0 * k, 1e-3, 3.0 / k, look) for k, look in enumerate((*looks, looks[1]), 1)
    ]
    return Material(model={
        "form": "board player", "game": "go:9", "method": "alphazero", "notes": ["82 moves"],
        "scores": {"test": strongest.to_dict(), "against random": weak.to_dict()},
        "history": History(tuple(moments)).to_dict(), "about": {"source": "go:9", "seconds": 60.0},
        "matches": [m.to_dict() for m in matches], "searching": {"simulations": 32},
    })  # fmt: skip


def expert() -> Material:
    """One of Go that learned from games of experts."""

    def scored(value: float) -> Score:
        return Score({
            "accuracy": Measure("accuracy", value, value - 0.01, value + 0.01, "bootstrap by game", 900),
            "top_5_accuracy": Measure("top_5_accuracy", 2 * value, 0.0, 1.0, "bootstrap by game", 900),
        })  # fmt: skip

    return Material(model={
        "form": "board player", "game": "go:19", "method": "experts", "about": {"source": "games.zip", "seconds": 60.0},
        "scores": {"test": scored(0.3).to_dict(), "commonest": scored(0.02).to_dict()}, "history": history().to_dict(),
        "notes": ["40 games"], "matches": [],
    })  # fmt: skip


def counts() -> dict:
    return {
        "parts": {"train": 800, "valid": 100, "test": 188},
        "classes": [{"name": name, "train": 100 - k, "valid": 10, "test": 23} for k, name in enumerate(HOSTILE)],
        "target": {"edges": [0.0, 1.0, 2.0], "train": [3, 4], "valid": [1, 0], "test": [1, 1]},
    }  # fmt: skip


def mistake(
    *shown: Exhibit, truth="a", answered="b", sure: float | None = 0.8, error=None, name="row 7"
) -> Mistake:
    return Mistake(7, name, truth, answered, sure, error, shown)


def image(data: bytes) -> Exhibit:
    return Exhibit("image", "image", {"png": base64.b64encode(data).decode()})


def evaluation(**more) -> Evaluation:
    """One of every kind of exhibit; two of eight classes are confused, two groups differ."""
    own = score()
    share = Measure("accuracy", 0.8, 0.7, 0.9, "wilson", 80)
    better = dataclasses.replace(share, value=0.9, high=0.95)
    groups = Subgroups(
        SCRIPT,
        "accuracy",
        own.measures["accuracy"],
        (
            Subgroup(EMOJI, 80, {"accuracy": share}, 0.01, "worse"),
            Subgroup("other", 108, {"accuracy": better}, 0.2, ""),
        ),
        "Fisher's exact test, each group against all others",
        (f"parted at {SCRIPT}",),
    )
    worst = (
        mistake(image(picture(0)), truth=SCRIPT, answered=ARABIC, sure=0.99, name=QUOTED),
        mistake(Exhibit("t", "text", {"text": f"a passage with {SCRIPT}", "cut": False})),
        mistake(Exhibit("", "row", {"values": {SCRIPT: "1", "b": EMOJI}, "more": 2})),
        mistake(Exhibit("s", "series", {"channels": [[0.0, None, 2.0, 1.0]], "steps": 4})),
        mistake(name="gone.png"),
    )
    bins = (Bin(0.5, 0.7, 0.6, 0.55, 0.5, 0.62, 50), Bin(0.8, 1.0, 0.9, 0.7, 0.6, 0.8, 50))
    turned = own.labels[::-1]
    flipped = tuple(tuple(row[::-1]) for row in own.confusion[::-1])
    parts = {
        "mistakes": Mistakes(worst, 28, 188),
        "reliability": Reliability(bins, None),
        "subgroups": (groups,),
        "ordered": Confusion(
            turned, flipped, (Pair(SCRIPT, QUOTED, 9, 1, 60), Pair(QUOTED, EMOJI, 1, 5, 50))
        ),
        "answers": Answers((0.0, 1.0, 2.0), (0.1, 0.9, 2.5), 30),
    }
    return Evaluation(own.measures, own.labels, own.confusion, **{**parts, **more})  # fmt: skip


def checked() -> dict:
    return {"found": [
        {"kind": SCRIPT, "text": QUOTED, "severity": 0.5, "where": ["a.csv, row 4"] * 6},
        {"kind": "duplicate", "text": "twice", "severity": 0.9, "where": []},
    ]}  # fmt: skip


def study() -> dict:
    cells = [
        {
            "learner": "net",
            "size": "tiny",
            "rows": n,
            "errors": [0.4 * (n / 100) ** -0.5],
            "test": 500,
            "length": 1.0,
        }
        for n in (100, 200, 400)
    ]
    cells += [
        {
            "learner": SCRIPT,
            "size": "",
            "rows": 400,
            "errors": [0.3],
            "test": 500,
            "length": 1.0,
            "spread": 0.01,
        }
    ]
    forecast = {"rows": 800.0, "error": 0.14, "low": 0.1, "high": 0.2}
    return {
        "cells": cells, "advice": [f"Boosting is as good; {SCRIPT}."], "forecasts": {"net tiny": [forecast]},
        "checks": {"net tiny": [{"fitted_to": 200.0, "forecast": forecast, "came": 0.15}]},
    }  # fmt: skip


def seen() -> dict:
    measure = {"name": "accuracy", "value": 0.8, "low": 0.7, "high": 0.9, "method": "wilson", "n": 80}
    return {
        "levels": [{"name": "level 1", "sentence": f"level 1 of 1: 16 units; {SCRIPT}"}],
        "probes": [
            {"name": SCRIPT, "task": "many classes", "chance": 0.1, "input": measure, "levels": {"level 1": measure}},
        ],
        "pictures": {"level-1.png": f"what {SCRIPT} sees", "probes.png": "probes"},
    }  # fmt: skip


@pytest.fixture
def everything() -> Material:
    """Every section has something to show."""
    return Material(
        model=model(fans=[fan(SCRIPT).to_dict()], sample=f"ROMEO: {SCRIPT}\n" + 900 * "a", counts=counts()),
        evaluation=evaluation(), study=study(), seen=seen(), checked=checked(),
        seen_pictures={"level-1.png": picture(1, side=400), "probes.png": picture(2)},
    )  # fmt: skip
