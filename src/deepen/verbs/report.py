"""``deepen.report``: one page with all that is known of a model."""

from __future__ import annotations

from pathlib import Path

from deepen.trained import Trained

__all__ = ["report"]


def report(
    model: Trained | str | Path,
    path: str | Path,
    *,
    study: str | Path | None = None,
    seen: str | Path | None = None,
    checked: str | Path | None = None,
) -> Path:
    """Write one HTML page with all that is known of a model; it needs no other file and no network.

    Parameters
    ----------
    model
        What :func:`train` gave, or its folder, of which no net is built.
    path
        The file to write; one that stands there is replaced.
    study, seen, checked
        Folders of ``deepen study``, ``deepen see`` and ``deepen check``, to be shown on the page too.

    Raises
    ------
    FolderError
        If the file cannot be written, or a folder is missing or not what it should be.

    Examples
    --------
    >>> import tempfile
    >>> import deepen
    >>> from sklearn.datasets import load_iris
    >>> place = Path(tempfile.mkdtemp()) / "iris.html"
    >>> report(deepen.train(*load_iris(return_X_y=True), epochs=5), place).name
    'iris.html'
    """
    from deepen.reporting.material import Material
    from deepen.reporting.page import write

    if isinstance(model, Trained):
        return model.report(path, study=study, seen=seen, checked=checked)
    return write(Material.of_folder(model).with_folders(study=study, seen=seen, checked=checked), Path(path))
