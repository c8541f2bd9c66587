"""What a user can say of a training, checked before any work begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepen.config import Settings, between, one_of, whole
from deepen.data.names import read_form
from deepen.errors import SettingError
from deepen.learning.budget import Budget
from deepen.nets.readers import READERS
from deepen.nets.sizes import SIZES, dial

__all__ = ["ALL", "DEFAULT_MINUTES", "Options"]

DEFAULT_MINUTES = 5.0

ALL = "all"
"""The word for all levels but the head."""


class Options(Settings):
    """Every option of :func:`deepen.train` beside the data; plain data, so that a run can be resumed.

    Parameters
    ----------
    minutes, epochs, steps
        The budget: one of them; five minutes if none is named. ``minutes=inf`` is as long as the recipe wants,
        whatever the clock says.
    target, input, kinds, drop, keep, group, time, without
        What the columns are, see :class:`deepen.data.recognise.Wishes`.
    by
        Columns to score by, also those left out, or parts of the files' names (``name:1:_``); by default the group.
    label_from, group_from
        What of the files' names is the target, and what the group: ``name:0:_``, ``folder:0``, see
        :mod:`deepen.data.names`.
    header, delimiter, encoding
        How a text table is written, where that is not found out rightly.
    test_share, valid_share
        The shares held out, where the source has no parts of its own; 0 holds out none. Without a test part there
        is no score, without a validation part the last weights are kept and probabilities stay as they are.
    shallow_share
        The share of the clock in which shallow learners are fitted beside the net, for classes, labels and numbers; 0
        for none. With a clock of less than 20 seconds, and without one, a ridge regression alone stands there.
    forecast, horizon
        The columns to forecast, and how many steps ahead; ``time`` and ``group`` then name the column of dates
        and the one whose values part one series from the other.
    future
        Columns whose values are known ahead, such as prices or holidays.
    lookback, season
        Steps that a forecast looks back, and steps in a season; found from the training part unless they are said.
    allow_bad
        The share of pictures that may be unreadable and are then left out.
    reader
        By which net texts, recordings and series are read: bag, cnn, lstm, spectrogram; found out unless it is said.
    size, image_size, batch, rate
        The net's size, the pictures' longer side in pixels, examples in a step, and the peak learning rate;
        each is chosen from the data and the clock unless it is said.
    freeze
        How many of the lowest levels of a pretrained net stay as they are; ``all`` of them but the head.
    level_rate
        Each level of a pretrained net learns at this times the rate of the one above it; 1 for all alike.
    from_nothing_share
        The share of the clock in which a net from nothing is trained beside one that begins with a pretrained net; 0
        for none; by default a fifth, where that is ten seconds or more. Without a clock it makes as many passes or
        steps as the net.
    balance
        Whether every class counts alike in training, however many examples it has.
    class_weights
        How much an example of each class or label counts in training; 1 for those that are not named.
    mirror
        Whether pictures may be mirrored; found out from the training part unless it is said.
    seed
        From which everything random follows.
    device
        ``cpu``, ``cuda``...; the first GPU, if there is one, else the CPU.
    """

    minutes: float | None = None
    epochs: float | None = None
    steps: int | None = None
    target: str | Sequence[str] | None = None
    input: Sequence[str] = ()
    forecast: str | Sequence[str] | None = None
    kinds: Mapping[str, str] | None = None
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()
    group: str | None = None
    time: str | None = None
    without: Sequence[str] = ()
    by: str | Sequence[str] | None = None
    label_from: str | None = None
    group_from: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    test_share: float | None = None
    valid_share: float | None = None
    shallow_share: float = 0.1
    horizon: int | None = None
    future: Sequence[str] = ()
    lookback: int | None = None
    season: int | None = None
    allow_bad: float = 0.01
    reader: str | None = None
    size: str | float | None = None
    image_size: int | None = None
    batch: int | None = None
    rate: float | None = None
    freeze: str | int | None = None
    level_rate: float | None = None
    from_nothing_share: float | None = None
    balance: bool = False
    class_weights: Mapping[str, float] | None = None
    mirror: bool | None = None
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        if self.minutes is None and self.epochs is None and self.steps is None:
            object.__setattr__(self, "minutes", DEFAULT_MINUTES)
        self.budget  # noqa: B018 - refuses a wrong one
        for name, share in (("--test-share", self.test_share), ("--valid-share", self.valid_share)):
            if share is not None:
                between(name, share, 0, 0.9)
        between("--allow-bad", self.allow_bad, 0, 1)
        between("--shallow-share", self.shallow_share, 0, 0.9)
        self._check_names()
        for name, low, high in (
            ("image_size", 4, 4096), ("batch", 1, 10**7), ("seed", 0, 2**63 - 1),
            ("horizon", 1, 10**5), ("lookback", 1, 10**5), ("season", 1, 10**5),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None:
                whole(f"--{name.replace('_', '-')}", value, low, high)
        if self.rate is not None:
            between("--rate", self.rate, 0, 100, open_low=True)
        self._check_transfer()
        if self.reader is not None:
            one_of("--reader", self.reader, tuple(READERS))
        if self.size is not None:
            dial(self._size_number())
        for name in ("drop", "keep", "without", "input", "future"):
            if isinstance(getattr(self, name), str):
                raise SettingError("a list of names is needed", where=name, came=repr(getattr(self, name)))
        self._check_weights()
        self._check_forecast()

    def _check_transfer(self) -> None:
        if self.level_rate is not None:
            between("--level-rate", self.level_rate, 0, 1, open_low=True)
        if self.from_nothing_share is not None:
            between("--from-nothing-share", self.from_nothing_share, 0, 0.9)
        if self.freeze is None or self.freeze == ALL:
            return
        try:
            count = int(self.freeze)
            if count != float(self.freeze):
                raise ValueError
        except (TypeError, ValueError):
            raise SettingError(
                "not a number of levels",
                where="--freeze",
                allowed=f"{ALL}, or a number",
                came=repr(self.freeze),
            ) from None
        between("--freeze", count, 0, 10_000)
        object.__setattr__(self, "freeze", count)

    def _check_weights(self) -> None:
        if self.class_weights is None:
            return
        if self.balance:
            raise SettingError(
                "classes count alike or by their weights, not both", where="balance, class_weights"
            )
        if not isinstance(self.class_weights, Mapping):
            raise SettingError(
                "a weight by the name of each class is needed", where="class_weights", came=repr(self.class_weights)
            )  # fmt: skip
        for name, weight in self.class_weights.items():
            between(f"class_weights, {name!r}", weight, 0, 1e9)

    def _check_forecast(self) -> None:
        """Refuse a forecast without a horizon, and what belongs to forecasts where none is asked for."""
        if self.forecast is None:
            for name in ("horizon", "future", "lookback", "season"):
                if getattr(self, name):
                    raise SettingError(
                        "belongs to a forecast",
                        where=f"--{name}",
                        mend="Name the column to forecast with --forecast.",
                    )
            return
        if not self.forecasts:
            raise SettingError("names no column", where="--forecast")
        if self.horizon is None:
            raise SettingError(
                "how many steps ahead to forecast is missing", where="--forecast", mend="Add --horizon 12."
            )
        if self.target is not None:
            raise SettingError(
                "what is forecast is named by --forecast alone", where="--target", came=repr(self.target)
            )
        for name in (
            "by",
            "without",
            "input",
            "label_from",
            "group_from",
            "reader",
            "size",
            "image_size",
            "balance",
            "class_weights",
            "mirror",
            "freeze",
            "level_rate",
        ):
            if getattr(self, name):
                raise SettingError("does not belong to a forecast", where=f"--{name.replace('_', '-')}")
        for name in self.future:
            if name in self.forecasts:
                raise SettingError(
                    "what is to be forecast is not known ahead", where="--future", came=repr(name)
                )

    @property
    def forecasts(self) -> tuple[str, ...]:
        """The columns to forecast."""
        if self.forecast is None:
            return ()
        return (self.forecast,) if isinstance(self.forecast, str) else tuple(self.forecast)

    def _check_names(self) -> None:
        for option, said, other, named in (
            ("--label-from", self.label_from, "--target", self.target),
            ("--group-from", self.group_from, "--group", self.group),
        ):
            if said is None:
                continue
            read_form(said, option)
            if named is not None:
                raise SettingError(
                    "one column cannot be named and taken from the files' names too",
                    where=f"{option}, {other}",
                )
        if self.group_from is not None and self.time is not None:
            raise SettingError("rows are split by group or by time, not both", where="--group-from, --time")

    def _size_number(self) -> str | float:
        """The size: a name, or a number that may have come as text."""
        if isinstance(self.size, str) and self.size not in SIZES:
            try:
                return float(self.size)
            except ValueError:
                return self.size
        assert self.size is not None
        return self.size

    @property
    def net_size(self) -> str | float | None:
        """The size that was asked for, if any."""
        return None if self.size is None else self._size_number()

    @property
    def budget(self) -> Budget:
        """The budget."""
        return Budget(minutes=self.minutes, epochs=self.epochs, steps=self.steps)

    def reading(self) -> dict[str, Any]:
        """The options of reading alone."""
        return {"header": self.header, "delimiter": self.delimiter, "encoding": self.encoding}
