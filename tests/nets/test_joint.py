"""All inputs read at once by one stack of layers."""

import torch
from torch import nn

from deepen.nets import Assembled, NetSettings
from deepen.nets.bodies import JOINT, bodies_of, put_bodies, stacked
from deepen.nets.joint import Joint
from deepen.nets.stack import Stack
from deepen.shapes import Codes, Grid, Sequence, Vector

SHAPES = {
    "numbers": Vector(2),
    "codes": Codes((2, 3)),
    "image scan": Grid(1, 2, 2),
    "series wave": Sequence(2, 4, True),
}
GIVEN = {"sizes": [19, 5, 4], "activation": "sigmoid", "linear": False}


def _inputs() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "numbers": torch.randn(3, 2), "codes": torch.tensor([[0, 2], [1, 0], [1, 1]]),
        "image scan": torch.randn(3, 1, 2, 2), "series wave": torch.randn(3, 3, 2),
    }  # fmt: skip


def test_it_is_the_stack_of_the_inputs_side_by_side() -> None:
    inputs, net = _inputs(), Joint(SHAPES, None, GIVEN)
    hot = [nn.functional.one_hot(inputs["codes"][:, k], size) for k, size in enumerate((2, 3))]
    padded = torch.cat([inputs["series wave"].flatten(1), torch.zeros(3, 2)], dim=1)  # 3 steps of 4
    row = torch.cat([inputs["numbers"], *hot, inputs["image scan"].flatten(1), padded], dim=1)
    assert net(inputs).equal(net.stack(row))
    assert net.features_n == 4


def test_its_body_goes_from_net_to_net_level_by_level() -> None:
    settings = NetSettings(reader=JOINT, given=GIVEN)
    old, new = (Assembled(SHAPES, outputs, settings) for outputs in (2, 3))
    put_bodies(new, bodies_of(old))
    assert list(bodies_of(new)) == [JOINT]
    for name, weights in bodies_of(new)[JOINT].items():
        assert weights.equal(bodies_of(old)[JOINT][name]), name
    assert new(_inputs()).shape == (3, 3)
    levels = stacked(new, SHAPES)[JOINT]
    assert [any("layers.0." in name for name in level) for level in levels] == [True, False]
    assert not any("head" in name for level in levels for name in level)


def test_the_same_layers_read_one_picture_as_a_plain_stack_does() -> None:
    torch.manual_seed(0)
    joint, x = Joint({"image scan": Grid(1, 2, 2)}, 2, {"sizes": [4, 3]}), torch.randn(5, 1, 2, 2)
    plain = Stack([4, 3], 2)
    plain.load_state_dict(joint.stack.state_dict())
    assert plain(x).equal(joint({"image scan": x}))
