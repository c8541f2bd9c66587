import json

import pytest

from deepen.errors import FolderError
from deepen.shapes import Codes, Grid, Vector, from_dict, to_dict


@pytest.mark.parametrize("shape", [Vector(7), Codes((3, 4)), Grid(3, 16, 12)])
def test_shapes_survive_json(shape) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(shape)))) == shape


def test_an_unknown_shape_is_refused_by_name() -> None:
    with pytest.raises(FolderError, match="'torus'.*vector, codes, grid"):
        from_dict({"shape": "torus"})
