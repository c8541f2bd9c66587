"""The public face: complete, sorted, and light until it is used."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import deepen


def modules() -> list[str]:
    found = pkgutil.walk_packages(deepen.__path__, "deepen.")
    return [m.name for m in found if not m.name.endswith("__main__")]


@pytest.mark.parametrize("name", ["deepen", *modules()])
def test_all_is_sorted_and_every_name_of_it_is_there(name: str) -> None:
    module = importlib.import_module(name)
    public = getattr(module, "__all__", [])
    assert list(public) == sorted(public, key=lambda n: (not n.isupper(), n[0].islower(), n)), name
    assert all(hasattr(module, n) for n in public)


def test_what_is_offered_is_listed_and_what_is_not_is_refused() -> None:
    assert dir(deepen) == sorted(deepen.__all__)
    with pytest.raises(AttributeError, match="tain"):
        deepen.tain  # noqa: B018


@pytest.mark.parametrize(
    "code", ["import deepen", "from deepen.cli import app", "import deepen.errors, deepen.records"]
)
def test_nothing_heavy_is_imported_before_it_is_used(code: str) -> None:
    heavy = "{'torch', 'numpy', 'pyarrow', 'sklearn', 'scipy', 'matplotlib', 'PIL'}"
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"
