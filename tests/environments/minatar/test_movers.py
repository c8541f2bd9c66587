import torch

from deepen.environments.minatar.movers import Movers, mover


def test_movers_go_cell_by_cell_until_they_leave():
    row, column = torch.tensor([3, 3, 8]), torch.tensor([0, 9, 4])
    right = torch.tensor([True, False, False])
    some = Movers.of(mover(row, column, right)[:, :, None])
    cells = []
    while bool((some.left > 0).any()):
        cells.append((some.codes() - some.skip)[:, 0].tolist())
        some.left.sub_(1).clamp_(min=0)
    assert [c[0] for c in cells] == list(range(30, 40))
    assert [c[1] for c in cells] == list(range(39, 29, -1))
    assert [c[2] for c in cells[:5]] == [84, 83, 82, 81, 80]


def test_what_is_gone_is_at_nobodys_place():
    row, column = torch.arange(9).repeat(2), torch.full((18,), 5)
    some = Movers.of(mover(row, column, torch.arange(18) < 9)[:, :, None])
    some.left.zero_()
    places = {12 * r + c + 1 for r in range(9) for c in range(10)}
    assert not places & set(some.codes()[:, 0].tolist())
