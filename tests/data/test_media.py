"""Files of a column: one at a time, and all their names at once."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from deepen.data.media import Media


def column(*values, type=None):
    return pa.chunked_array([pa.array(list(values), type)])


def test_all_names_at_once_are_the_names_one_by_one():
    for folder in (Path("photos"), Path("/data/photos"), None):
        media = Media(column("a.png", "b/c.png", "/elsewhere/d.png"), folder, "picture")
        assert media.paths() == [str(media[row]) for row in range(3)]


def test_what_is_not_files_alone_has_no_names():
    for given in (
        column("a.png", None),
        column(b"png"),
        column({"bytes": b"", "path": "a.png"}),
        np.zeros((2, 4, 4)),
    ):
        assert Media(given, None, "picture").paths() is None
