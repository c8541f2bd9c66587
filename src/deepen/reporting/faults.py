"""What a check found, written as a folder: JSON, CSV, and contact sheets of the pictures it is about."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepen.compute.folders import MANIFEST, check_writable, read_manifest, staged, write_json
from deepen.errors import FolderError
from deepen.findings import Finding, Findings
from deepen.reporting import contact_sheet

__all__ = ["KIND", "check_place", "write"]

KIND = "findings"
"""What the folder is, by its manifest."""

_MOST = 48  # pictures on a sheet: what a screen holds
_NAME = 22  # letters of a name above a picture


def check_place(folder: Path) -> None:
    """See before the work that findings can be written there, and that nothing else stands in the way.

    Raises
    ------
    FolderError
        If not.
    """
    mend = "Choose another --out."
    if (folder / MANIFEST).is_file():
        kind = read_manifest(folder)["deepen"]
        if kind != KIND:
            raise FolderError(f"stands in the way: it holds a {kind}", where=folder, mend=mend)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError("stands in the way: deepen did not write it", where=folder, mend=mend)
    check_writable(folder)


def write(found: Findings, folder: Path) -> Path:
    """Write ``findings.json``, ``findings.csv``, and a sheet for each kind that has pictures; whole or not at all.

    Raises
    ------
    FolderError
        If the folder cannot be written, or holds something that deepen did not write.
    """
    check_place(folder)
    with staged(folder, kind=KIND) as stage:
        write_json(stage / "findings.json", found.to_dict())
        found.write_csv(stage / "findings.csv")
        for kind in found.counts():
            pictures = _sheet(found, kind)
            if pictures:
                columns = 2 if "duplicate" in kind or "conflicting" in kind else 1
                name = f"{kind.replace(' ', '-')}.png"
                title = f"{kind}: {len(found.of(kind)):,} found, the worst first"
                contact_sheet.draw(pictures, stage / name, title, columns=8 if columns == 1 else 6)
    return folder


def _sheet(found: Findings, kind: str) -> list[tuple[np.ndarray | None, str]]:
    """The pictures of one kind; of duplicates two stand side by side."""
    pictures: list[tuple[np.ndarray | None, str]] = []
    for finding in found.of(kind):
        rows = [row for row in finding.rows if row in found.pictures][:2]
        if rows and len(pictures) + len(rows) <= _MOST:
            pictures += [(found.pictures[row], _caption(finding, finding.rows.index(row))) for row in rows]
            if len(finding.rows) > 1 and len(rows) == 1:
                pictures.append((None, ""))
    return pictures


def _caption(finding: Finding, at: int) -> str:
    place = finding.where[at] if at < len(finding.where) else ""
    name = place.rsplit("/", 1)[-1].rsplit(", ", 1)[-1]
    if finding.kind == "wrong label":
        labelled, _, likely = finding.text.partition(", looks like ")
        return f"{name[-_NAME:]}\n{labelled[:_NAME]}\nlike {likely.split(' (')[0][:_NAME]}"
    label = finding.shown[at].split("] ")[0].strip("[]") if at < len(finding.shown) else ""
    return f"{name[-_NAME:]}\n{label[:_NAME]}, {finding.parts[at]}"
