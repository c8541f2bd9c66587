"""From raw data to a trained model: the stages of one run, in their order.

Each stage is a method, takes what the ones before it found, and can be told to stop between two pieces of
work. What is found out on the way is told to the watch, and kept in the model's notes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.device import steady_memory, summary
from deepen.compute.folders import read_json, write_json
from deepen.compute.precision import Precision
from deepen.compute.processes import World
from deepen.compute.signals import StopFlag
from deepen.data import prepare, sources
from deepen.data.batches import ShuffledBatches
from deepen.data.cache import Cache
from deepen.data.columns import codes_of, missing, strings
from deepen.data.fingerprints import rows_of
from deepen.data.kinds import Image, Number
from deepen.data.kinds.image import Sources
from deepen.data.kinds.mirror import keeps_meaning
from deepen.data.kinds.number import parse
from deepen.data.prepare import Preparation, target_values, without_target
from deepen.data.recognise import Wishes, recognise
from deepen.data.schema import Schema
from deepen.data.split import Split, split
from deepen.data.table import Table
from deepen.errors import DataError, TrainingError
from deepen.evidence import baseline
from deepen.evidence.calibration import temperature
from deepen.evidence.measures import score as measure
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.losses import Loss
from deepen.learning.plan import Plan, choose, side_for, timed
from deepen.learning.recipe import Recipe, recipe_for
from deepen.learning.supervised import SupervisedStep, figures_of, scores_of
from deepen.learning.watch import Watch
from deepen.model import Model, check_own, versions
from deepen.nets.assemble import Assembled, NetSettings, OwnNet, start_from_prior
from deepen.nets.sizes import flops, parameters
from deepen.options import Options
from deepen.records import History, Mistakes, Score

__all__ = ["Run"]

_ROWS_FOR_MIRROR = 5000
_MOST_MISTAKES = 40  # pictures kept to look at: what a page holds


@dataclass(kw_only=True)
class Run:
    """One training, from its source to the model.

    Parameters
    ----------
    source, y, test, valid
        The data, and further ones that are the test and validation part.
    options
        What the user said.
    net
        The user's own module, if any.
    folder
        Where checkpoints are kept, if anywhere.
    clock, watch, stop, world, cache
        The clock that began with the run, and the usual companions.
    """

    source: Any
    y: Any
    test: Any
    valid: Any
    options: Options
    net: nn.Module | None
    folder: Path | None
    clock: Clock
    watch: Watch
    stop: StopFlag
    world: World
    cache: Cache

    notes: list[str] = field(default_factory=list)
    begun: dict[str, float] = field(default_factory=dict)

    def all(self) -> Model:
        """Do every stage, and give the model."""
        steady_memory()
        if self.net is not None:
            check_own(self.net)
        device = self.world.device
        with self.world.first_goes_first():
            table = self._read()
            schema = self._understand(table)
            rows, hashes = self._divide(table, schema)
            preparation = prepare.fit(table, schema, rows.train, side=self._side(table, schema, rows, device))
            arrays, rows, preparation = self._encode(table, preparation, rows, hashes)
        used = np.concatenate([rows.train, rows.valid, rows.test])
        target = target_values(table, preparation, used)
        data = _Data(arrays, target, rows, preparation, schema)
        beside = self._baselines(data)
        plan = self._plan(data, device)
        net = self._build(data, plan.recipe)
        history = self._learn(net, data, plan)
        return self._finish(net, data, plan, history, beside, table.origin)

    # -- data

    def _read(self) -> Table:
        self.watch.stage("reading")
        reading = self.options.reading()
        workspace = self.cache.workspace("archives")
        single = self.options.target if isinstance(self.options.target, str) else None
        table = sources.read(
            self.source, self.y, target=single, workspace=workspace, stop=self.stop, **reading
        )
        for part, more in (("test", self.test), ("valid", self.valid)):
            if more is not None:
                pair = more if isinstance(more, tuple) else (more, None)
                table = table.join(sources.read(*pair, workspace=workspace, stop=self.stop, **reading), part)
        self.stop.check("reading")
        self._tell(*table.notes)
        return table

    def _understand(self, table: Table) -> Schema:
        self.watch.stage("recognising")
        o = self.options
        wishes = Wishes(
            target=o.target,
            kinds=o.kinds or {},
            drop=o.drop,
            keep=o.keep,
            group=o.group,
            time=o.time,
            without=o.without,
        )
        schema = recognise(table, wishes)
        self.watch.understood(schema, len(table))
        for warning in schema.warnings:
            self.watch.note(warning)
        return schema

    def _divide(self, table: Table, schema: Schema) -> tuple[Split, np.ndarray]:
        self.watch.stage("comparing rows")
        inputs = {c.name: (table[c.name], c.kind) for c in schema.inputs}
        hashes = rows_of(
            inputs, table.folder, self.cache, workers=torch.get_num_threads(), stop=self.stop,
            progress=lambda done, of: self.watch.stage("comparing rows", done, of),
        )  # fmt: skip
        self.stop.check("comparing rows")
        blank = without_target(table, schema.targets)
        if blank.any():
            self._tell(f"{int(blank.sum()):,} rows without a value for the target were left out")
        out = self._without(table, schema) | blank
        o = self.options
        divided = split(
            ~out, hashes=hashes, seed=seeds.derive(o.seed, "split") % 2**32, strata=_strata(table, schema),
            groups=_groups(table, schema), times=_times(table, schema), parts=table.parts,
            test_share=o.test_share or (0.2 if len(table) < 20_000 else 0.1), valid_share=o.valid_share or (0.1 if len(table) < 2000 else 0.15),
        )  # fmt: skip
        _check_classes(table, schema, divided)
        sizes = f"{len(divided.train):,} rows to train, {len(divided.valid):,} to validate, {len(divided.test):,} to test"
        self._tell(f"split {divided.how}: {sizes}", *divided.notes)
        return divided, hashes

    def _without(self, table: Table, schema: Schema) -> np.ndarray:
        """Which rows belong to classes that the user leaves out."""
        if not self.options.without:
            return np.zeros(len(table), dtype=bool)
        values = np.array(strings(table[schema.targets[0]]).to_pylist(), dtype=object)
        return np.isin(values.astype(str), list(self.options.without))

    def _side(self, table: Table, schema: Schema, rows: Split, device: torch.device) -> int | None:
        """The pictures' side: the user's, or what data and clock allow."""
        if self.options.image_size is not None:
            return self.options.image_size
        pictures = [c.name for c in schema.inputs if c.kind == "image"]
        if not pictures or math.isinf(self._seconds()):
            return None
        own = [Image.fit(Sources(table[name], table.folder), rows.train, side=None) for name in pictures]
        longest = max(max(kind.height, kind.width) for kind in own)
        return side_for(
            longest, own[0].channels, len(rows.train), 10, seconds=0.8 * self.clock.left, device=device
        )

    def _encode(
        self, table: Table, preparation: Preparation, rows: Split, hashes: np.ndarray
    ) -> tuple[Mapping[str, np.ndarray], Split, Preparation]:
        encoded = preparation.encode(
            table, workers=torch.get_num_threads(), cache=self.cache, content=hashes.tobytes(), stop=self.stop,
            progress=lambda done, of: self.watch.stage("encoding pictures", done, of),
        )  # fmt: skip
        self.stop.check("encoding")
        if encoded.bad:
            rows = self._leave_out(table, preparation, dict(encoded.bad), rows)
        for name, kind in preparation.images.items():
            column = name.removeprefix("image ")
            preparation = preparation.with_kind(
                column, kind.with_statistics(encoded.arrays[name], rows.train)
            )
            self._tell(
                f"pictures in {column!r}: {kind.height} x {kind.width}, {'colour' if kind.channels == 3 else 'grey'}"
            )
        return encoded.arrays, rows, preparation

    def _leave_out(self, table: Table, preparation: Preparation, bad: dict[int, str], rows: Split) -> Split:
        """Leave out pictures that cannot be read, unless they are too many; each is named."""
        column = next(iter(preparation.images)).removeprefix("image ")
        names = Sources(table[column], table.folder)
        listed = [f"{names.name(row)}: {why}" for row, why in bad.items()]
        share = len(bad) / len(table)
        if share > self.options.allow_bad and len(bad) > 1:
            raise DataError(
                f"{len(bad):,} of {len(table):,} pictures cannot be read ({share:.1%})", where=table.origin,
                allowed=f"{self.options.allow_bad:.1%}", came="; ".join(listed[:5]) + ("; ..." if len(listed) > 5 else ""),
                mend="Mend or remove them, or allow more with --allow-bad.",
            )  # fmt: skip
        self._tell(*(f"left out, as it cannot be read: {text}" for text in listed))
        return rows.without(set(bad))

    # -- evidence, before and after

    def _baselines(self, data: _Data) -> dict[str, Score]:
        """Score the majority's answer and a linear model's, within seconds."""
        self.watch.stage("a linear model first")
        kinds = data.preparation.shapes.get("codes")
        sizes = getattr(kinds, "sizes", ())
        x = baseline.features(data.arrays, data.rows.train, sizes)
        x_test = baseline.features(data.arrays, data.rows.test, sizes)
        y = data.hot(data.rows.train)
        answers = {"majority": baseline.majority(y, len(x_test)), "linear": baseline.ridge(x, y, x_test)}
        scores = {name: self._measure_plain(data, answer) for name, answer in answers.items()}
        self.watch.note(
            f"a linear model has {scores['linear'].headline}, the majority {scores['majority'].headline}"
        )
        return scores

    def _measure_plain(self, data: _Data, answer: np.ndarray) -> Score:
        """Measure answers that are no probabilities: cut to 0..1 and brought to a sum of one."""
        if data.schema.task == "number":
            answer = answer[:, 0]
        else:
            answer = answer.clip(1e-6, 1 - 1e-6)
            if data.schema.task != "several labels":
                answer = answer / answer.sum(axis=1, keepdims=True)
        truth = data.target[data.rows.test]
        return measure(
            data.schema.task, truth, answer, data.preparation.labels, "test", seed=self.options.seed
        )

    def _finish(
        self, net: nn.Module, data: _Data, plan: Plan, history: History, beside: dict[str, Score], origin: str
    ) -> Model:
        """Calibrate, score on the test part, and put the model together."""
        self.watch.stage("scoring")
        recipe = plan.recipe
        model = Model(
            net=net, preparation=data.preparation, schema=data.schema,
            net_settings=recipe.net if self.net is None else None, mirror=recipe.mirror, nudge=recipe.nudge, history=history,
            notes=tuple(self.notes), precision=Precision(plan.half, plan.channels_last),
        )  # fmt: skip
        if data.schema.task != "number":
            logits = model.scores_of_arrays(data.arrays, data.rows.valid)
            model.temperature = temperature(logits, data.target[data.rows.valid])
        answers = model.answers(model.scores_of_arrays(data.arrays, data.rows.test))
        truth = data.target[data.rows.test]
        found = measure(
            data.schema.task, truth, answers, data.preparation.labels, "test", seed=self.options.seed
        )
        model.scores = {"test": found, **beside}
        model.mistakes = _mistakes(data, answers)
        model.about = {
            "source": origin,
            "net": f"{type(net).__name__}, {parameters(net):,} parameters, {_flops(net, data):,} FLOPs for each example",
            "training": f"{history.moments[-1].step if history.moments else 0:,} steps of {recipe.batch}",
            "augmentation": str(recipe.augmentation),
            "precision": str(plan.precision),
            "device": summary(self.world.device),
            "seconds": round(self.clock.elapsed, 1),
            "seed": self.options.seed,
            **versions(),
        }
        return model

    # -- training

    def _seconds(self) -> float:
        """What the clock has left; infinity for a budget in epochs or steps."""
        return self.clock.left

    def _plan(self, data: _Data, device: torch.device) -> Plan:
        """Choose, or on a resumed run read again, what fits the clock."""
        kept = self.folder / "plan.json" if self.folder is not None else None
        if kept is not None and kept.is_file():
            return Plan.from_dict(read_json(kept))
        self.watch.stage("measuring this machine")
        o = self.options
        mirror = o.mirror if o.mirror is not None else data.mirror()
        recipe = recipe_for(data.preparation.shapes, len(data.rows.train), data.schema.task, mirror=mirror)
        if o.net_size is not None:
            recipe = recipe.at_size(o.net_size)
        changed = {k: v for k, v in (("batch", o.batch), ("rate", o.rate)) if v is not None}
        recipe = Recipe.from_dict({**recipe.to_dict(), **changed})
        seconds = 0.9 * self.clock.left
        plan: Plan = self.world.tell(
            choose(
                recipe, data.preparation.shapes, data.preparation.outputs, len(data.rows.train), seconds=seconds,
                device=device, trial=lambda *way: self._trial(data, recipe, *way),
                fixed_size=o.net_size is not None or self.net is not None, own=self.net,
            )
            if self.world.first
            else None
        )  # fmt: skip
        if kept is not None and self.world.first:
            write_json(kept, plan.to_dict())
        net = plan.recipe.net
        self._tell(f"net of size {net.size}, batches of {plan.recipe.batch}, {plan.precision}")
        return plan

    def _trial(self, data: _Data, recipe: Recipe, settings: NetSettings, way: Precision, batch: int) -> float:
        """Measure one step of a net that is thrown away after it."""
        device = self.world.device
        own = None if self.net is None else OwnNet(self.net)
        kept = {k: v.clone() for k, v in own.state_dict().items()} if own is not None else None
        net = own or Assembled(data.preparation.shapes, data.preparation.outputs, settings)
        net = way.apply(net.to(device)).train()
        trained = torch.compile(net) if way.compiled else net
        batches = self._batches(data, batch)
        step = self._step(data, recipe)
        optimiser = optimisers.make(recipe.optimiser, net, rate=0.0, decay=0.0)

        def one() -> None:
            with way.autocast(device):
                loss = step(trained, batches.next())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()

        try:
            return timed(one, device)
        finally:
            if own is not None and kept is not None:
                own.load_state_dict(kept)

    def _batches(self, data: _Data, size: int) -> ShuffledBatches:
        if data.batches is None:
            data.batches = ShuffledBatches(
                data.arrays, data.encoded_target, data.rows.train, size=size,
                seed=seeds.derive(self.options.seed, "batches"), device=self.world.device, world=self.world,
            )  # fmt: skip
        data.batches.load_state_dict({"epoch": 0, "at": 0, "size": size})
        return data.batches

    def _step(self, data: _Data, recipe: Recipe) -> SupervisedStep:
        generator = seeds.generator(self.options.seed, "augmentation", device=self.world.device)
        weights = data.class_weights().to(self.world.device) if self.options.balance else None
        loss = Loss(data.schema.task, smoothing=recipe.smoothing, weights=weights)
        return SupervisedStep(data.preparation, loss, recipe.augmentation, generator)

    def _build(self, data: _Data, recipe: Recipe) -> nn.Module:
        torch.manual_seed(seeds.derive(self.options.seed, "weights"))
        if self.net is not None:
            return OwnNet(self.net).to(self.world.device)
        net = Assembled(data.preparation.shapes, data.preparation.outputs, recipe.net)
        target = torch.from_numpy(data.encoded_target[data.rows.train])
        start_from_prior(net, Loss(data.schema.task).prior(target))
        return net.to(self.world.device)

    def _learn(self, net: nn.Module, data: _Data, plan: Plan) -> History:
        recipe, device = plan.recipe, self.world.device
        plan.precision.apply(net)
        batches = self._batches(data, recipe.batch)
        evaluate, cost = self._evaluator(net, data, plan)
        if self.net is not None:
            evaluate(net)
        horizon = self._horizon(
            batches.steps, plan, reserve=cost * (len(data.rows.test) / len(data.rows.valid) + 1.0)
        )
        return fit(
            net, batches, self._step(data, recipe), horizon,
            optimiser=optimisers.make(recipe.optimiser, net, rate=recipe.rate, decay=recipe.decay),
            schedule=recipe.rate_by_progress(), average=Average(net, window=recipe.window), clip=recipe.clip,
            precision=plan.precision, stop=self.stop, world=self.world, watch=self.watch,
            looks=Looks(evaluate, by=recipe.by),
            checkpoints=Checkpoints(self.folder / "checkpoints") if self.folder is not None else None,
        )  # fmt: skip

    def _horizon(self, steps_in_epoch: int, plan: Plan, reserve: float) -> Horizon:
        budget = self.options.budget
        if budget.steps is not None:
            return Horizon(budget.steps, self.clock)
        if budget.epochs is not None:
            return Horizon(max(1, math.ceil(budget.epochs * steps_in_epoch)), self.clock)
        most = plan.recipe.most_epochs * steps_in_epoch
        # A second for the intervals' bootstrap and for writing the model (measured: 0.3 to 0.8 s).
        return Horizon(most, self.clock, reserve=1.0 + 1.2 * reserve, began=self.clock.elapsed)

    def _evaluator(
        self, net: nn.Module, data: _Data, plan: Plan
    ) -> tuple[Callable[[nn.Module], Mapping[str, float]], float]:
        """The look at the validation part, and the seconds it takes."""
        loss = Loss(data.schema.task)
        target = torch.from_numpy(data.encoded_target[data.rows.valid])

        def scores(of: nn.Module, rows: np.ndarray) -> Tensor:
            return scores_of(
                of, data.arrays, rows, preparation=data.preparation, loss=loss, precision=plan.precision,
                device=self.world.device,
            )  # fmt: skip

        def evaluate(of: nn.Module) -> Mapping[str, float]:
            return figures_of(scores(of, data.rows.valid), target, loss)

        some = data.rows.valid[:512]
        net.eval()
        seconds = (
            timed(lambda: scores(net, some), self.world.device, steps=1) * len(data.rows.valid) / len(some)
        )
        net.train()
        return evaluate, seconds

    def _tell(self, *texts: str) -> None:
        for text in texts:
            self.notes.append(text)
            self.watch.note(text)


@dataclass
class _Data:
    """What the stages after encoding work on."""

    arrays: Mapping[str, np.ndarray]
    target: np.ndarray
    rows: Split
    preparation: Preparation
    schema: Schema
    batches: ShuffledBatches | None = None

    @property
    def encoded_target(self) -> np.ndarray:
        """The target as the loss reads it: classes (N,), labels (N, K), or standardised numbers (N, 1)."""
        kind = self.preparation.target
        return kind.standardise(self.target) if isinstance(kind, Number) else self.target

    def mirror(self) -> bool:
        """Whether mirrored pictures keep their meaning, as far as the training part tells."""
        images = self.preparation.images
        if len(images) != 1 or self.schema.task not in ("two classes", "many classes"):
            return any(kind.channels == 3 for kind in images.values())
        (name,) = images
        some = self.rows.train[:: -(-len(self.rows.train) // _ROWS_FOR_MIRROR)]
        return keeps_meaning(self.arrays[name][some], self.target[some])

    def hot(self, rows: np.ndarray) -> np.ndarray:
        """The target of some rows as numbers (N, K): ones and zeros for classes and labels."""
        values = self.target[rows]
        if self.schema.task == "number":
            return np.asarray(values[:, None], dtype=np.float64)
        if self.schema.task == "several labels":
            return values
        return np.eye(self.preparation.outputs, dtype=np.float32)[values]

    def class_weights(self) -> Tensor:
        """How much each class or label must count for all to count alike: (K,)."""
        shares = torch.from_numpy(self.hot(self.rows.train).mean(axis=0)).float().clamp_min(1e-6)
        if self.schema.task == "several labels":
            return (1 - shares) / shares
        if self.schema.task == "number":
            raise TrainingError("only classes and labels can be balanced", where="--balance")
        return 1 / (shares * len(shares))


def _mistakes(data: _Data, answers: np.ndarray) -> Mistakes | None:
    """Pick out the pictures of which the net was surest and wrong."""
    if data.schema.task not in ("two classes", "many classes") or len(data.preparation.images) != 1:
        return None
    truth, answered = data.target[data.rows.test], answers.argmax(axis=1)
    wrong = np.flatnonzero(answered != truth)
    surest = wrong[np.argsort(-answers[wrong].max(axis=1), kind="stable")][:_MOST_MISTAKES]
    (name,) = data.preparation.images
    labels = data.preparation.labels
    return Mistakes(
        np.asarray(data.arrays[name][data.rows.test[surest]]), tuple(labels[k] for k in truth[surest]),
        tuple(labels[k] for k in answered[surest]), tuple(answers[surest].max(axis=1).tolist()), len(wrong), len(truth),
    )  # fmt: skip


def _flops(net: nn.Module, data: _Data) -> int:
    ready = data.preparation.to_net({k: torch.from_numpy(np.array(a[:1])) for k, a in data.arrays.items()})

    class _Named(nn.Module):
        """Takes the inputs by position, as the counter gives them."""

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, *inputs: Tensor) -> Tensor:
            """Give what the net gives."""
            return self.net(dict(zip(ready, inputs, strict=True)))  # type: ignore[no-any-return]

    return flops(_Named(), *ready.values())


def _strata(table: Table, schema: Schema) -> np.ndarray | None:
    """The classes, or the target in ten steps."""
    if len(schema.targets) > 1:
        return codes_of(table[schema.targets[0]])[0]
    column = table[schema.targets[0]]
    if schema.task == "number":
        values = parse(column, schema.targets[0], table.where)
        edges = np.unique(np.nanquantile(values, np.linspace(0, 1, 11)[1:-1]))
        return np.searchsorted(edges, values)
    return codes_of(column)[0] if schema.task != "several labels" else None


def _groups(table: Table, schema: Schema) -> np.ndarray | None:
    name = schema.column("group")
    if name is None:
        return None
    if missing(table[name]).any():
        at = int(np.argmax(missing(table[name])))
        raise DataError(
            "the group is missing", where=f"{table.where(at)}, column {name!r}", mend="Fill it in."
        )
    return codes_of(table[name])[0]


def _times(table: Table, schema: Schema) -> np.ndarray | None:
    name = schema.column("time")
    if name is None:
        return None
    column = table[name]
    try:
        return parse(column, name, table.where)
    except DataError:
        import pyarrow as pa

        try:
            return parse(column.cast(pa.timestamp("s")), name, table.where)
        except pa.ArrowInvalid:
            raise DataError(
                "neither numbers nor dates", where=f"{table.origin}, column {name!r}", came=repr(column[0].as_py()),
                allowed="numbers, or dates such as 2024-05-31 12:00",
            ) from None  # fmt: skip


def _check_classes(table: Table, schema: Schema, rows: Split) -> None:
    """Refuse classes that are tested but never learned."""
    if schema.task not in ("two classes", "many classes"):
        return
    column = strings(table[schema.targets[0]])
    seen = set(column.take(rows.train).to_pylist())
    for name, part in (("test", rows.test), ("valid", rows.valid)):
        # "yes." is read as "yes", see deepen.data.prepare
        new = sorted(v for v in set(column.take(part).to_pylist()) - seen if v.rstrip(".") not in seen)
        if new:
            raise DataError(
                f"classes that stand in the {name} part only, and so cannot be learned",
                where=f"{table.origin}, column {schema.targets[0]!r}", came=", ".join(map(repr, new[:5])),
                mend="Give examples of them to train on, or leave them out with --without.",
            )  # fmt: skip
