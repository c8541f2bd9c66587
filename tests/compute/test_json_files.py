from pathlib import Path

import pytest

from deepen.compute.json_files import read_json, write_json
from deepen.errors import FolderError


def test_json_errors_name_the_file(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"é": [1, None, float("inf")]})
    assert read_json(tmp_path / "x.json") == {"é": [1, None, float("inf")]}
    assert "é" in (tmp_path / "x.json").read_text(encoding="utf-8")
    for data in (b"{", b"\xff\xfe"):
        (tmp_path / "x.json").write_bytes(data)
        with pytest.raises(FolderError, match=r"x\.json: is damaged: it is not JSON"):
            read_json(tmp_path / "x.json")
    with pytest.raises(FolderError, match=r"y\.json: is missing"):
        read_json(tmp_path / "y.json")
