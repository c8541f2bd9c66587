from __future__ import annotations

import torch

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.of_labels import free_energy_without_labels, label_log_probabilities


def test_labels_are_summed_over_as_the_joint_states_say():
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
        torch.testing.assert_close(free_energy_without_labels(machine, v), -joint.logsumexp(dim=1))
