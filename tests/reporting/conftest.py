"""A material that has every part, with names that would do harm wherever they were not escaped."""

from __future__ import annotations

import numpy as np
import pytest

from deepen.records import Fan, History, Measure, Moment, Score
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
            {"loss": 2.2 / (k + 1), "score": 1 - 1 / (k + 2), "low": 0.2, "high": 0.9},
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


def evidence() -> dict:
    measure = {"name": "accuracy", "value": 0.8, "low": 0.7, "high": 0.9, "method": "wilson", "n": 80}
    return {
        "parts": {"train": 800, "valid": 100, "test": 188},
        "classes": [{"name": name, "train": 100 - k, "valid": 10, "test": 23} for k, name in enumerate(HOSTILE)],
        "target": {"edges": [0.0, 1.0, 2.0], "train": [3, 4], "valid": [1, 0], "test": [1, 1]},
        "answers": {"truth": [0.0, 1.0, 2.0], "answered": [0.1, 0.9, 2.5], "of": 30},
        "reliability": [
            {"said": 0.6, "happened": 0.55, "low": 0.5, "high": 0.62, "n": 50},
            {"said": 0.9, "happened": 0.7, "low": 0.6, "high": 0.8, "n": 50},
        ],
        "mistakes": {"total": 28, "of": 188, "shown": [
            {"picture": "mistake-01.png", "truth": SCRIPT, "answered": ARABIC, "sure": 0.99, "name": QUOTED},
            {"text": f"a passage with {SCRIPT}", "truth": "a", "answered": "b", "sure": 0.8},
            {"row": {SCRIPT: 1, "b": EMOJI}, "truth": "a", "answered": "b", "sure": 0.7},
            {"picture": "gone.png", "truth": "a", "answered": "b", "sure": 0.6},
        ]},
        "subgroups": {SCRIPT: {EMOJI: measure, "other": {**measure, "value": 0.9, "high": 0.95}}},
        "findings": [
            {"what": SCRIPT, "where": QUOTED, "severity": 0.5, "detail": "x"}, {"what": "duplicate", "severity": 0.9},
        ],
    }  # fmt: skip


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
        model=model(fans=[fan(SCRIPT).to_dict()], sample=f"ROMEO: {SCRIPT}\n" + 900 * "a"), evidence=evidence(),
        pictures={"mistake-01.png": picture(0)}, study=study(), seen=seen(),
        seen_pictures={"level-1.png": picture(1, side=400), "probes.png": picture(2)},
    )  # fmt: skip
