"""JSON files that a person can read too, with one error for what is not JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deepen.errors import FolderError

__all__ = ["read_json", "write_json"]


def read_json(path: Path) -> Any:
    """Read JSON, with a clear error for what is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderError("is missing", where=path) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FolderError(f"is damaged: it is not JSON ({error})", where=path) from None


def write_json(path: Path, data: Any) -> None:
    """Write JSON that a person can read too."""
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=True) + "\n", encoding="utf-8")
