"""Trees of tensors and plain values, as a safetensors file beside a JSON file; never pickle.

``pack`` takes a state such as an optimizer's apart: the tensors go to safetensors, what is left is JSON.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from deepen.compute.folders import read_json, write_json
from deepen.errors import FolderError

__all__ = ["load_into", "load_state", "load_tree", "pack", "save_state", "save_tree", "unpack"]


def pack(tree: Any, tensors: dict[str, Tensor], path: str = "") -> Any:
    """Take a tree apart into JSON, which is returned, and ``tensors``, which is filled.

    Examples
    --------
    >>> import torch
    >>> tensors = {}
    >>> pack({"step": 3, 0: [torch.ones(2)]}, tensors)
    {'dict': [['step', 3], [0, {'list': [{'tensor': '/0/0'}]}]]}
    >>> list(tensors)
    ['/0/0']
    """
    if isinstance(tree, Tensor):
        while path in tensors:  # the keys 0 and "0" meet in one path, and so do "a/b" and "a", "b"
            path += "'"
        tensors[path] = tree.detach().cpu().contiguous().clone()
        return {"tensor": path}
    if isinstance(tree, dict):
        return {"dict": [[k, pack(v, tensors, f"{path}/{k}")] for k, v in tree.items()]}
    if isinstance(tree, list | tuple):
        name = "list" if isinstance(tree, list) else "tuple"
        return {name: [pack(v, tensors, f"{path}/{i}") for i, v in enumerate(tree)]}
    assert tree is None or isinstance(tree, bool | int | float | str), (
        f"{path}: {type(tree)} is not plain data"
    )
    return tree


def unpack(tree: Any, tensors: dict[str, Tensor]) -> Any:
    """Put together again what :func:`pack` took apart."""
    if not isinstance(tree, dict):
        return tree
    ((name, value),) = tree.items()
    if name == "tensor":
        return tensors[value]
    if name == "dict":
        return {k: unpack(v, tensors) for k, v in value}
    items = [unpack(v, tensors) for v in value]
    return items if name == "list" else tuple(items)


def save_tree(folder: Path, name: str, tree: Any) -> None:
    """Write ``name.safetensors`` and ``name.json`` into ``folder``."""
    tensors: dict[str, Tensor] = {}
    skeleton = pack(tree, tensors)
    save_state(folder / f"{name}.safetensors", tensors)
    write_json(folder / f"{name}.json", skeleton)


def save_state(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write named tensors, wherever they are, as a safetensors file.

    Raises
    ------
    OSError
        If the disk is full, which safetensors reports as an error of its own.
    """
    try:
        save_file({name: t.detach().cpu().contiguous().clone() for name, t in state.items()}, path)
    except SafetensorError as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def load_state(path: Path) -> dict[str, Tensor]:
    """Read named tensors.

    Raises
    ------
    FolderError
        If the file is missing or damaged.
    """
    try:
        return load_file(path)
    except FileNotFoundError:
        raise FolderError("is missing", where=path) from None
    except (SafetensorError, OSError, ValueError) as error:
        raise FolderError(f"is damaged ({error})", where=path) from None


def load_tree(folder: Path, name: str) -> Any:
    """Read what :func:`save_tree` wrote.

    Raises
    ------
    FolderError
        If a file is missing or damaged.
    """
    tensors = load_state(folder / f"{name}.safetensors")
    skeleton = read_json(folder / f"{name}.json")
    try:
        return unpack(skeleton, tensors)
    except (KeyError, ValueError, TypeError) as error:
        raise FolderError(f"is damaged ({error})", where=folder / f"{name}.json") from None


def load_into(net: nn.Module, state: dict[str, Tensor], *, where: Path) -> None:
    """Load a state into a net, and say in one sentence which tensors do not fit.

    Raises
    ------
    FolderError
        If a tensor is missing, left over, or of another shape.
    """
    own = net.state_dict()
    wrong = [f"{k} is missing" for k in own.keys() - state.keys()]
    wrong += [f"{k} is not known to the net" for k in state.keys() - own.keys()]
    wrong += [
        f"{k} has shape {tuple(state[k].shape)} where the net has {tuple(own[k].shape)}"
        for k in own.keys() & state.keys()
        if own[k].shape != state[k].shape
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise FolderError(
            f"its weights do not fit the net: {'; '.join(sorted(wrong)[:3])}{more}", where=where
        )
    net.load_state_dict(state)
