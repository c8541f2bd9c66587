import json

import pytest

from deepen.errors import FolderError
from deepen.shapes import Codes, Grid, Sequence, Tokens, Vector, from_dict, to_dict

SHAPES = [Vector(7), Codes((3, 4)), Grid(3, 16, 12), Sequence(5, 90, ragged=True), Tokens(400, 60)]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_survive_json(shape) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(shape)))) == shape


def test_an_unknown_shape_is_refused_by_name() -> None:
    with pytest.raises(FolderError, match="'torus'.*vector, codes, grid, sequence, tokens"):
        from_dict({"shape": "torus"})
