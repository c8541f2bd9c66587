"""The machines that :func:`deepen.pretrain` knows, by name."""

from __future__ import annotations

import importlib
from typing import Any

from deepen.config import one_of
from deepen.errors import SettingError, nearest
from deepen.pretraining.features.patches import KMeansOfRows
from deepen.pretraining.machines.base import Unsupervised

__all__ = ["METHODS", "Machine", "class_of", "make"]

METHODS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "autoencoder": ("deepen.pretraining.machines.autoencoder", "DeepAutoencoder", (1000, 500, 250, 30)),
    "dbm": ("deepen.pretraining.machines.dbm", "DBM", (500, 1000)),
    "dbn": ("deepen.pretraining.machines.dbn", "DBN", (500, 500, 1000)),
    "kmeans": ("deepen.pretraining.features.patches", "KMeansOfRows", (400,)),
    "rbm": ("deepen.pretraining.machines.rbm", "RBM", (500,)),
}
"""The module, the class, and the units of its layers where the user names none (assumed)."""


Machine = Unsupervised | KMeansOfRows
"""What learns without labels from rows of a matrix."""


def class_of(method: str) -> type[Machine]:
    """Give a method's class; its module is imported only now."""
    one_of("--method", method, tuple(METHODS))
    module, name, _ = METHODS[method]
    found: type[Machine] = getattr(importlib.import_module(module), name)
    return found


def make(method: str, layers: tuple[int, ...], **settings: Any) -> Machine:
    """Make an estimator.

    Parameters
    ----------
    layers
        The units of its hidden layers, or how many centroids; empty for what is usual.

    Raises
    ------
    SettingError
        If there is no such method, it has no such setting, one is wrong, or it has not so many layers.

    Examples
    --------
    >>> make("rbm", (64,), k=3)
    RBM(k=3, n_hidden=64)
    """
    made = class_of(method)
    units: Any = layers or METHODS[method][2]
    if method in ("kmeans", "rbm"):
        if len(units) != 1:
            what = "one hidden layer" if method == "rbm" else "one layer of centroids"
            raise SettingError(f"has {what}", where="--layers", came=" ".join(map(str, units)))
        (units,) = units
    known = set(made._get_param_names())  # as scikit-learn names them
    for name in settings:
        if name not in known:
            raise SettingError(f"{name!r} is not a setting of {made.__name__}", mend=nearest(name, known))
    found = made(units, **settings)
    found.check_settings()
    return found
