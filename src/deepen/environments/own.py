"""A user's own environment: any class, or function, that gives something with Gymnasium's ``reset`` and ``step``.

Nothing need be inherited, and Gymnasium need not be installed. ``action_space`` may be a number of actions;
``observation_space`` may be left out, and is then read off what ``reset`` shows first. It may say what the numbers that
it shows and its actions are called: ``observation_names`` and ``action_names``, a list of words each.

Legend: S the shape of one observation.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepen.environments.gym import LONGEST, Gym
from deepen.errors import SettingError, nearest

__all__ = ["load", "make"]


def make(
    factory: Callable[..., Any],
    copies: int,
    *,
    name: str = "",
    device: torch.device | str = "cpu",
    pictures: bool = False,
    longest: int = LONGEST,
    **settings: Any,
) -> Gym:
    """Make copies of one's own environment.

    Parameters
    ----------
    factory
        A class or a function; called once for each copy.
    copies, device, longest
        As in :class:`~deepen.environments.gym.Gym`.
    name
        What it is called; ``module:Class`` where none is given.
    pictures
        Let the first copy be drawn: it gets ``render_mode="rgb_array"``, if it takes it, and ``render`` is called.
    settings
        Passed on to the factory.

    Raises
    ------
    SettingError
        If it is no class or function, fails to be made, or lacks ``reset``, ``step`` or its actions.

    Examples
    --------
    >>> class Corridor:
    ...     action_space = 2
    ...     def reset(self, seed=None):
    ...         self.at = 0
    ...         return [0.0], {}
    ...     def step(self, action):
    ...         self.at += 2 * action - 1
    ...         return [float(self.at)], -1.0, self.at == 3, False, {}
    >>> environment = make(Corridor, 2, name="corridor")
    >>> seen = environment.begin(0)
    >>> environment.step(torch.tensor([0, 1])).seen
    tensor([[-1.],
            [ 1.]])
    """
    if not callable(factory):
        raise SettingError(
            "is an environment already, and several are needed",
            where=type(factory).__name__,
            allowed="a class, or a function that makes one",
            mend=f"Give {type(factory).__name__} itself, or lambda: {type(factory).__name__}(...).",
        )
    name = name or f"{factory.__module__}:{getattr(factory, '__qualname__', type(factory).__name__)}"
    drawn = "rgb_array" if pictures else None

    def build(way: str | None) -> Any:
        given = dict(settings)
        if way is not None and "render_mode" in _parameters(factory):
            given["render_mode"] = way
        try:
            made = factory(**given)
        except Exception as error:
            came = f"{type(error).__name__}: {error}"
            raise SettingError("the environment could not be made", where=name, came=came) from error
        return _fitted(made, name)

    return Gym(build, name=name, copies=copies, device=device, drawn=drawn, longest=longest)


def load(path: str) -> Callable[..., Any]:
    """Find a class or function by ``module:Name``; the working folder's modules are found too.

    Raises
    ------
    SettingError
        If there is no such module, or nothing of that name in it.

    Examples
    --------
    >>> load("fractions:Fraction")
    <class 'fractions.Fraction'>
    >>> load("fractions:Fracton")
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: fractions: has no 'Fracton'. Did you mean 'Fraction'?
    """
    module_name, _, name = path.partition(":")
    module_name = module_name.removesuffix(".py")
    try:
        with _working_folder_too():
            module = importlib.import_module(module_name)
    except Exception as error:
        came = f"{type(error).__name__}: {error}"
        raise SettingError("cannot be imported", where=module_name, came=came) from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n in dir(found) if not n.startswith("_")]
            raise SettingError(f"has no {part!r}", where=module_name, mend=nearest(part, known))
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]  # make() refuses what cannot be called


class _Adapted:
    """An environment with what was left out: the space it shows, or a seed that ``reset`` does not take."""

    def __init__(self, made: Any, observation_space: Any, takes_seed: bool) -> None:
        self._made, self._takes_seed = made, takes_seed
        self.observation_space, self.action_space, self.step = observation_space, made.action_space, made.step

    def reset(self, seed: int | None = None) -> Any:
        return self._made.reset(seed=seed) if self._takes_seed and seed is not None else self._made.reset()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class Box:
    """The space of a first observation (*S)."""

    def __init__(self, like: Any) -> None:
        array = np.asarray(like)
        self.shape, self.dtype = array.shape, array.dtype

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


def _fitted(made: Any, name: str) -> Any:
    """See that it has what is needed, and fill in what may be left out."""
    lacking = [part for part in ("reset", "step", "action_space") if not hasattr(made, part)]
    if lacking:
        raise SettingError(
            f"{type(made).__name__} has no {' and no '.join(lacking)}",
            where=name,
            allowed="Gymnasium's reset(seed=...) and step(action), and action_space, which may be a number of actions",
        )
    takes_seed = "seed" in _parameters(made.reset)
    if takes_seed and hasattr(made, "observation_space"):
        return made
    space = getattr(made, "observation_space", None)
    if space is None:
        try:
            space = Box(made.reset()[0])
        except Exception as error:
            came = f"{type(error).__name__}: {error}"
            raise SettingError("what is seen cannot be read off reset()", where=name, came=came) from error
    return _Adapted(made, space, takes_seed)


def _parameters(call: Any) -> set[str]:
    """What arguments can be given by name; where any can, those that matter here too."""
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):  # written in C
        return set()
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters)
    return {p.name for p in parameters} | ({"seed", "render_mode"} if any_name else set())


@contextlib.contextmanager
def _working_folder_too() -> Iterator[None]:
    """Let modules be found in the working folder, as ``python -m`` does and an installed command does not."""
    here = str(Path.cwd())
    added = here not in sys.path and "" not in sys.path
    if added:
        sys.path.append(here)
    try:
        yield
    finally:
        if added:
            sys.path.remove(here)
