import numpy as np
import torch

from deepen.forecasting.windows import WindowBatches, Windows

CPU = torch.device("cpu")


def windows(season=None, values=None):
    values = np.arange(40.0)[:, None] if values is None else values
    starts, code = np.repeat([0, 20], 20), np.repeat([1, 2], 20)
    return Windows(
        values, values, values * 10, np.zeros((40, 0)), starts, code, lookback=3, horizon=2, season=season, device=CPU
    )  # fmt: skip


def test_a_window_ends_before_its_origin_and_what_came_begins_there():
    stage = windows(season=4).cut(torch.tensor([10, 30]))
    assert stage.inputs["window"][..., 0].tolist() == [[7, 8, 9], [27, 28, 29]]
    assert stage.target[..., 0].tolist() == [[10, 11], [30, 31]]
    assert stage.inputs["seasonal"][..., 0].tolist() == [[6, 7], [26, 27]]
    assert stage.inputs["ahead"][..., 0].tolist() == [[100, 110], [300, 310]]
    assert stage.inputs["series"].tolist() == [1, 2]
    assert "past" not in stage.inputs


def test_nothing_is_read_of_another_series():
    stage = windows(season=4).cut(torch.tensor([21]))
    assert stage.inputs["window"][..., 0].tolist() == [[20, 20, 20]]
    assert stage.inputs["seasonal"][..., 0].tolist() == [[20, 20]]


def test_poisoning_the_future_changes_no_input():
    poisoned = np.where(np.arange(40) < 10, np.arange(40), np.nan)[:, None]
    at = torch.tensor([10])
    for name in ("window", "seasonal"):
        a, b = (windows(4, v).cut(at).inputs[name] for v in (None, poisoned))
        assert torch.equal(a, b)


def test_an_epoch_has_every_origin_once_and_the_next_another_order():
    batches = WindowBatches(windows(), np.arange(3, 15), size=4, seed=0)
    assert batches.steps == 3
    first, second = ([b for _ in range(3) for b in batches.next().target[:, 0, 0].tolist()] for _ in range(2))
    assert sorted(first) == sorted(second) == [float(i) for i in range(3, 15)]
    assert first != second


def test_they_go_on_from_where_they_stood():
    one, other = (WindowBatches(windows(), np.arange(3, 15), size=4, seed=0) for _ in range(2))
    for _ in range(4):
        one.next()
    other.load_state_dict(one.state_dict())
    for _ in range(5):
        assert torch.equal(one.next().target, other.next().target)


def test_they_can_be_halved_to_one():
    batches = WindowBatches(windows(), np.arange(3, 15), size=4, seed=0)
    sizes = []
    while batches.halve():
        sizes.append(len(batches.next().target))
    assert sizes == [2, 1]
