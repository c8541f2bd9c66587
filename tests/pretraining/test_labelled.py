from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.errors import DataError, SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.labelled import codes, label_log_probabilities, with_labels


def test_the_probability_of_a_label_is_that_of_the_joint_states():
    torch.manual_seed(0)
    machine = RestrictedBoltzmannMachine(
        Joined((Units("binary", 4), Units("softmax", 3))), Units("binary", 5)
    )
    with torch.no_grad():
        for p in machine.parameters():
            p.normal_()
        v = torch.randint(0, 2, (6, 4)).float()
        joint = torch.stack(
            [-machine.free_energy(torch.cat([v, one.expand(6, -1)], dim=1)) for one in torch.eye(3)], dim=1
        )
        torch.testing.assert_close(label_log_probabilities(machine, v), joint.log_softmax(dim=1))


def test_classes_are_numbered_in_their_order_and_stand_beside_the_rows():
    classes, found = codes(["b", "a", "b"], 3)
    assert classes.tolist() == ["a", "b"]
    assert with_labels(np.zeros((3, 2), np.float32), found, 2).tolist() == [
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]


def test_label_units_without_labels_or_with_too_few_are_refused():
    with pytest.raises(SettingError, match="label units need labels"):
        codes(None, 3)
    with pytest.raises(DataError, match="as many labels as rows"):
        codes([0, 1], 3)
