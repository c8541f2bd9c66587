import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.forecaster import BASES, ENCODERS, ForecastNetSettings, QuantileNet

B, L, H, C = 5, 12, 4, 2


def build(**more):
    torch.manual_seed(0)
    settings = {
        "lookback": L,
        "horizon": H,
        "targets": C,
        "ahead": 3,
        "past": 2,
        "series": 6,
        "seasonal": True,
        **more,
    }
    return QuantileNet(ForecastNetSettings(**settings))


def inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {
        "window": torch.randn(B, L, C, generator=g), "seasonal": torch.randn(B, H, C, generator=g),
        "ahead": torch.randn(B, H, 3, generator=g), "past": torch.randn(B, L, 2, generator=g),
        "series": torch.tensor([0, 1, 2, 3, 6]),
    }  # fmt: skip


def stirred(net):
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(1)))
    return net.eval()


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("members", [1, 3])
def test_quantiles_never_cross(encoder, base, members):
    net = stirred(build(encoder=encoder, base=base, members=members))
    found = net(**inputs())
    assert found.shape == (B, members, H, C, 7)
    assert (found.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_it_begins_at_its_base(encoder):
    given = inputs()
    last = build(encoder=encoder, base="last").eval()(**given)[..., 3]
    assert torch.allclose(last, given["window"][:, -1][:, None, None].expand(B, 1, H, C))
    season = build(encoder=encoder, base="season").eval()(**given)[..., 3]
    assert torch.allclose(season[:, 0], given["seasonal"])


@pytest.mark.parametrize("encoder", ENCODERS)
def test_it_begins_at_the_linear_forecast_that_is_given(encoder):
    net, given = build(encoder=encoder, members=2).eval(), inputs()
    weights, bias = torch.randn(C, L + H, H), torch.randn(C, H)
    spread = torch.tensor([-3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 4.0]).expand(C, H, 7)
    net.start_from(weights, bias, spread)
    found = net(**given)
    last = given["window"][:, -1:]
    reads = torch.cat([given["window"] - last, given["seasonal"] - last], dim=1)  # (B, D, C)
    expected = torch.einsum("bdc,cdh->bhc", reads, weights) + bias.T + last
    assert torch.allclose(found[:, 0, ..., 3], expected, atol=1e-5)
    assert torch.allclose(found - found[..., 3:4], spread.transpose(0, 1).expand(B, 2, H, C, 7), atol=1e-4)


@pytest.mark.parametrize("encoder", ["mlp", "lstm"])
def test_each_target_is_forecast_from_its_own_window(encoder):
    net, given = stirred(build(encoder=encoder)), inputs()
    other = {**given, "window": given["window"].clone()}
    other["window"][..., 1] += torch.randn(B, L)
    a, b = net(**given), net(**other)
    assert torch.allclose(a[..., 0, :], b[..., 0, :], atol=1e-6)
    assert not torch.allclose(a[..., 1, :], b[..., 1, :])


@pytest.mark.parametrize("encoder", ["mlp", "lstm"])
@pytest.mark.parametrize("name", ["window", "seasonal", "ahead", "past", "series"])
def test_every_input_counts(encoder, name):
    net, given = stirred(build(encoder=encoder)), inputs()
    other = {**given, name: inputs(1)[name] if name != "series" else torch.tensor([5, 4, 1, 1, 1])}
    assert not torch.allclose(net(**given), net(**other))


def test_the_step_that_is_known_ahead_speaks_for_itself():
    net, given = stirred(build(encoder="linear")), inputs()
    other = {**given, "ahead": given["ahead"].clone()}
    other["ahead"][:, 2] += 1
    moved = (net(**given) != net(**other)).any(dim=-1).any(dim=-1).any(dim=0).any(dim=0)
    assert moved.tolist() == [False, False, True, False]


def test_everything_learns():
    for encoder in ENCODERS:
        net = build(encoder=encoder, series=3)
        given = {**inputs(), "series": torch.tensor([1, 1, 2, 3, 3])}
        net(**given).square().mean().backward()
        # The last layer starts at zero, so nothing before it has a gradient until it has moved.
        head = net.head.weight.grad
        assert head is not None and head.abs().sum() > 0
        assert net.change.grad.abs().sum() > 0
        stirred(net).train()
        net.zero_grad()
        net(**given).square().mean().backward()
        still = [n for n, p in net.named_parameters() if p.grad is None or p.grad.abs().sum() == 0]
        assert still == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"encoder": "mpl"}, "mlp"), ({"base": "first"}, "base"), ({"lookback": 0}, "lookback")],
)
def test_wrong_settings_are_refused(wrong, named):
    with pytest.raises(SettingError, match=named):
        build(**wrong)


def test_settings_are_written_and_read():
    settings = build(encoder="lstm", members=2).settings
    assert ForecastNetSettings.from_dict(settings.to_dict()) == settings
