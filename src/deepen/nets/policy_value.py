"""AlphaZero's net: a tower of residual blocks on the board, a head for the policy and a head for the value.

As Silver et al. (2017, 2018) have it, in sizes that two cores can train; by choice with blocks that see the whole
board at once by global pooling, and with a value that tells wins, draws and losses apart (both Wu 2019, KataGo).

Legend: B positions, C planes, H rows, W columns, A moves, F channels, K outcomes: 1 for tanh, 3 for win, draw and loss.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from deepen.config import between, one_of
from deepen.errors import SettingError
from deepen.nets.sizes import dial
from deepen.shapes import Grid

__all__ = ["Block", "PolicyValue"]

# Planes that a head keeps of each place, and units behind the value's. AlphaGo Zero has 2, 1 and 256; on boards of few
# places more planes cost nothing (assumed).
_POLICY_PLANES, _VALUE_PLANES, _VALUE_UNITS = 4, 4, 64

# Of channels that a pooling block pools, and how large norm groups are (KataGo: about a third; assumed).
_POOLED, _GROUP = 0.25, 8


class PolicyValue(nn.Module):
    """Positions to the logits of moves, and to what the game will give to the player whose turn it is.

    Parameters
    ----------
    shape
        The planes.
    actions
        A.
    size
        One dial: tiny is 2 blocks of 32 channels, each step doubles the channels and adds 2 blocks.
    channels, blocks
        Instead of what ``size`` says.
    norm
        ``batch``, which is folded into the filters for playing, or ``group``, which does not depend on the batch.
    pooling
        Whether every second block pools over the board: for boards on which something far away matters.
    value
        ``tanh``, or ``outcomes``: win, draw and loss.
    policy
        ``dense``: every move's logit is of the whole board, as in AlphaGo Zero. ``places``: of what the tower says of
        its own place, and of a number of its own, as in AlphaGo (Silver et al. 2016); that of a move that is no place
        is of the board's mean. After 32,000 positions of 19x19 Go the one found 10 % of experts' moves, the other 28 %
        (measured).
    owners
        Whether it learns whose each place will be, too: a third head, which :meth:`with_owners` asks alone.

    Attributes
    ----------
    settings
        The keywords that build the same net anew, as plain data.

    Raises
    ------
    SettingError
        If an option is out of range or unknown.

    Examples
    --------
    >>> net = PolicyValue(Grid(3, 6, 7), 7, size="tiny")
    >>> logits, values = net(torch.zeros(5, 3, 6, 7))
    >>> logits.shape, values.shape
    (torch.Size([5, 7]), torch.Size([5]))
    """

    def __init__(
        self,
        shape: Grid,
        actions: int,
        *,
        size: str | float = "tiny",
        channels: int | None = None,
        blocks: int | None = None,
        norm: str = "batch",
        pooling: bool = False,
        value: str = "outcomes",
        policy: str = "dense",
        owners: bool = False,
    ) -> None:
        super().__init__()
        place = dial(size)
        channels = 8 * max(1, round(4 * 2**place)) if channels is None else channels
        blocks = round(2 + 2 * place) if blocks is None else blocks
        between("channels", channels, _GROUP, 4096)
        between("blocks", blocks, 0, 1000)
        one_of("norm", norm, ("batch", "group"))
        one_of("value", value, ("outcomes", "tanh"))
        one_of("policy", policy, ("dense", "places"))
        self.shape, self.actions, self.value = shape, actions, value
        self.settings: dict[str, Any] = {
            "channels": channels, "blocks": blocks, "norm": norm, "pooling": pooling, "value": value, "policy": policy,
            "owners": owners,
        }  # fmt: skip
        places = shape.h * shape.w
        self.stem = _Conv(shape.c, channels, 3, norm)
        self.tower = nn.Sequential(
            *(Block(channels, norm, pooling=pooling and at % 2 == 1) for at in range(blocks))
        )
        if policy == "places" and actions < places:
            raise SettingError(
                "this game's moves are no places", where="policy", allowed="dense", came=f"{actions} moves"
            )
        self.policy_planes: nn.Module
        self.policy_head: nn.Module
        if policy == "places":
            self.policy_planes, self.policy_head = nn.Identity(), _Places(channels, places, actions)
        else:
            self.policy_planes = nn.Sequential(
                _Conv(channels, _POLICY_PLANES, 1, norm), nn.ReLU(), nn.Flatten()
            )
            self.policy_head = nn.Linear(_POLICY_PLANES * places, actions)
        self.value_planes = _Conv(channels, _VALUE_PLANES, 1, norm)
        self.value_units = nn.Linear(_VALUE_PLANES * places, _VALUE_UNITS)
        self.value_head = nn.Linear(_VALUE_UNITS, 1 if value == "tanh" else 3)
        self.owners_head = nn.Conv2d(channels, 1, 1) if owners else None
        # So that a new net likes all moves alike and expects nothing.
        for head in (self.policy_head, self.value_head):
            for p in head.parameters():
                nn.init.zeros_(p)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits (B, A) and values (B,), from -1 to 1, of planes x (B, C, H, W)."""
        logits, outcome = self.heads(x)
        return logits, self.expected(outcome)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits (B, A), and of the value what :meth:`loss` asks for: (B, K)."""
        return self._heads(self.tower(self.stem(x).relu_()))

    def with_owners(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give what :meth:`heads` does, and the logits that each place will be the own side's: (B, H, W)."""
        assert self.owners_head is not None
        x = self.tower(self.stem(x).relu_())  # (B, F, H, W)
        return *self._heads(x), self.owners_head(x)[:, 0]

    def _heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.policy_head(self.policy_planes(x))
        units = self.value_units(self.value_planes(x).relu_().flatten(1)).relu_()
        return logits, self.value_head(units)

    def expected(self, outcome: Tensor) -> Tensor:
        """Turn what the value's head gives (B, K) into values (B,)."""
        if self.value == "tanh":
            return torch.tanh(outcome[:, 0])
        chances = torch.softmax(outcome.float(), 1)  # win, draw, loss
        return chances[:, 0] - chances[:, 2]

    def loss(self, outcome: Tensor, target: Tensor) -> Tensor:
        """Compare the value's head (B, K) with what came of the games, (B,) from -1 to 1: (B,).

        The squared error, or the cross-entropy with win, draw and loss. A target between two of them is a mixture.
        """
        if self.value == "tanh":
            return (torch.tanh(outcome[:, 0].float()) - target).square()
        chances = torch.stack([target.clamp(min=0), 1 - target.abs(), (-target).clamp(min=0)], 1)
        return -(chances * F.log_softmax(outcome.float(), 1)).sum(1)

    def for_playing(self, *, half: bool = False, channels_last: bool = False) -> PolicyValue:
        """Give a copy that only answers, and quicker: batch norms are folded into the filters.

        Parameters
        ----------
        half
            In bfloat16.
        channels_last
            With the channels last in memory.
        """
        net = copy.deepcopy(self).eval().requires_grad_(False)
        for module in net.modules():
            if isinstance(module, _Conv):
                module.fold()
        net = net.to(memory_format=torch.channels_last) if channels_last else net  # type: ignore[call-overload]
        return net.bfloat16() if half else net

    @torch.no_grad()
    def hand_on(self, copied: PolicyValue) -> None:
        """Give a copy that :meth:`for_playing` made the weights as they are now; quicker than a new one."""
        _hand_on(self, copied)


def _hand_on(net: nn.Module, copied: nn.Module) -> None:
    if isinstance(net, _Conv) and isinstance(copied, _Conv) and isinstance(net.norm, nn.BatchNorm2d):
        weight, bias = net.folded(net.norm)
        assert copied.conv.bias is not None
        copied.conv.weight.copy_(weight)
        copied.conv.bias.copy_(bias)
        return
    for own, other in zip(net.parameters(recurse=False), copied.parameters(recurse=False), strict=True):
        other.copy_(own)
    for child, theirs in zip(net.children(), copied.children(), strict=True):
        _hand_on(child, theirs)


class _Conv(nn.Module):
    """A convolution that keeps the sides, and its norm: (B, F, H, W) to (B, F', H, W)."""

    def __init__(self, channels: int, wider: int, side: int, norm: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, wider, side, padding=side // 2, bias=False)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        groups = max(1, wider // _GROUP)
        self.norm: nn.Module = nn.BatchNorm2d(wider) if norm == "batch" else nn.GroupNorm(groups, wider)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(self.conv(x))
        return out

    @torch.no_grad()
    def fold(self) -> None:
        """Let the filters do what the batch norm does."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv.weight, self.conv.bias = self.folded(self.norm)
            self.norm = nn.Identity()

    def folded(self, norm: nn.BatchNorm2d) -> tuple[nn.Parameter, nn.Parameter]:
        """Give the filters and biases that do what the batch norm does."""
        assert norm.running_mean is not None and norm.running_var is not None
        return fuse_conv_bn_weights(
            self.conv.weight, None, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )


class _Places(nn.Module):
    """Logits (B, A) of what the tower says of each place, (B, F, H, W)."""

    def __init__(self, channels: int, places: int, actions: int) -> None:
        super().__init__()
        self.each = nn.Conv2d(channels, 1, 1, bias=False)
        self.own = nn.Parameter(torch.zeros(places))
        self.others = nn.Linear(channels, actions - places) if actions > places else None

    def forward(self, x: Tensor) -> Tensor:
        # In half precision near moves would be alike: bfloat16 tells 8 from 8.06 at best.
        with torch.autocast(x.device.type, enabled=False):
            x = x.to(self.own.dtype)
            each = self.each(x).flatten(1) + self.own
            return each if self.others is None else torch.cat([each, self.others(x.mean((2, 3)))], 1)


class Block(nn.Module):
    """Two convolutions around a shortcut (He et al. 2015); its second scale begins at zero."""

    def __init__(self, channels: int, norm: str, *, pooling: bool) -> None:
        super().__init__()
        self.first = _Conv(channels, channels, 3, norm)
        self.pool = _Pool(channels) if pooling else None
        self.second = _Conv(channels, channels, 3, norm)
        assert isinstance(self.second.norm, nn.BatchNorm2d | nn.GroupNorm)
        nn.init.zeros_(self.second.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Give (B, F, H, W) of the same."""
        y = self.first(x).relu_()
        if self.pool is not None:
            y = self.pool(y)
        return self.second(y).add_(x).relu_()  # type: ignore[no-any-return]


class _Pool(nn.Module):
    """Some channels' mean and maximum over the board, added to every place of all channels (Wu 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pooled = max(1, round(_POOLED * channels))
        self.spread = nn.Linear(2 * self.pooled, channels)
        nn.init.zeros_(self.spread.weight)
        nn.init.zeros_(self.spread.bias)

    def forward(self, x: Tensor) -> Tensor:
        some = x[:, : self.pooled].flatten(2)  # (B, P, H * W)
        whole = torch.cat([some.mean(2), some.amax(2)], 1)
        out: Tensor = torch.relu(x + self.spread(whole)[:, :, None, None])
        return out
