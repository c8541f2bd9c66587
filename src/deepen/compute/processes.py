"""Data-parallel training over several processes, on PyTorch's own engine.

The only file that asks for the rank. A run of one process is a world of size one, for which every function
here does nothing, so no caller needs two ways.

Each process holds the whole net and takes its share of every global batch; DistributedDataParallel averages
the gradients (Li et al. 2020, "PyTorch Distributed"), and batch norms take the statistics of the global batch.
Whatever depends on the time or on a measurement is decided by the first process and told to the others, so
that all take the same steps.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import ProcessExitedException, start_processes

from deepen.compute import seeds
from deepen.compute.batch_norm import over_all_processes
from deepen.errors import SettingError, TrainingError

__all__ = ["World", "alone", "joined", "launch", "speaks"]


@dataclass(frozen=True)
class World:
    """The processes of this run, as one of them sees it."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")  # noqa: RUF009 - it cannot be changed

    @property
    def first(self) -> bool:
        """Whether this process is the one that decides, writes and speaks."""
        return self.rank == 0

    def share(self, rows: Tensor) -> Tensor:
        """The share of one global batch's rows that is this process's."""
        return rows if self.size == 1 else rows[self.rank :: self.size]

    @contextlib.contextmanager
    def wrapped(self, net: nn.Module) -> Iterator[nn.Module]:
        """Give the net to train: itself, or wrapped so that the processes' shares count as one batch.

        Gradients are averaged, and batch norms take the statistics of the global batch, while the block runs.
        """
        if self.size == 1:
            yield net
            return
        devices = [self.device.index] if self.device.type == "cuda" else None
        with over_all_processes(net, self.total, self.size):
            yield nn.parallel.DistributedDataParallel(net, device_ids=devices)

    def total(self, tensor: Tensor) -> Tensor:
        """Sum a tensor over the processes."""
        if self.size == 1:
            return tensor
        summed = tensor.detach().clone()
        dist.all_reduce(summed)
        return summed

    def tell(self, value: Any) -> Any:
        """Give the first process's value to all."""
        if self.size == 1:
            return value
        box = [value if self.first else None]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def tell_numbers(self, *values: float) -> tuple[float, ...]:
        """Give the first process's numbers to all; quick enough for every step."""
        if self.size == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(tensor, src=0)
        return tuple(tensor.tolist())

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        if self.size == 1:
            return flag
        tensor = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
        return bool(tensor.item())

    def draw_apart(self, seed: int, step: int) -> None:
        """Let the global generators, from which dropout draws, give each process other numbers in this step.

        The first process's go on as in a world of one. The others' begin each step anew: what they draw follows
        from seed, rank and step, so a resumed run needs the first process's state alone.
        """
        if not self.first:
            seeds.begin(seeds.derive(seed, "apart", self.rank, step), self.device)

    @contextlib.contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """Let the first process do the block alone, then the others; for what the first one caches."""
        if self.size > 1 and not self.first:
            dist.barrier()
        try:
            yield
        finally:
            if self.size > 1 and self.first:
                dist.barrier()


def alone(device: torch.device) -> World:
    """The world of a run in one process."""
    return World(device=device)


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[World]:
    """Join the processes that ``torchrun`` or :func:`launch` started; without them, a world of one.

    Raises
    ------
    TrainingError
        If the other processes cannot be reached.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if dist.is_initialized():
        yield World(dist.get_rank(), dist.get_world_size(), device)
        return
    if size == 1:
        yield alone(device)
        return
    if device.type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", size))))
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        # Half an hour: the first process may read and encode a large set while the others wait (assumed).
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo", timeout=datetime.timedelta(minutes=30)
        )
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"the other processes cannot be reached ({error})", where="torch.distributed"
        ) from error
    try:
        yield World(dist.get_rank(), dist.get_world_size(), device)
    finally:
        dist.destroy_process_group()


def speaks() -> bool:
    """Whether this process is the one that may print: the first of its world, or alone.

    Known from the environment, so that it can be asked before the processes have joined.
    """
    return os.environ.get("RANK", "0") == "0"


def launch(work: Callable[..., None], processes: int, arguments: Sequence[Any]) -> None:
    """Run ``work(*arguments)`` in several processes of this machine, as one world.

    Raises
    ------
    SettingError
        If the number of processes is below one, or above what the GPUs here can carry.
    TrainingError
        If one of them died; the others are ended first.
    """
    devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if processes < 1 or (devices and processes > devices):
        most = f"1 to {devices} (one for each GPU)" if devices else "1 or more"
        raise SettingError(
            "cannot run so many processes", where="--processes", allowed=most, came=str(processes)
        )
    # It tells of every process it ends; the one message about the cause is enough.
    logging.getLogger("torch.multiprocessing.spawn").setLevel(logging.ERROR)
    context = start_processes(  # type: ignore[no-untyped-call]
        _work_in_world,
        args=(processes, _free_port(), work, tuple(arguments)),
        nprocs=processes,
        join=False,
        start_method="spawn",
    )
    with _signals_to(context):
        try:
            while not context.join():
                pass
        except ProcessExitedException as error:
            if error.exit_code == 2 and not error.signal_name:
                raise SystemExit(2) from None  # it has printed its one message itself
            how = (
                f"was killed by {error.signal_name}"
                if error.signal_name
                else f"ended with code {error.exit_code}"
            )
            raise TrainingError(
                f"process {error.error_index + 1} of {processes} {how}; the others were ended"
            ) from None


@contextlib.contextmanager
def _signals_to(context: Any) -> Iterator[None]:
    """Leave the end to the workers: they save first. Ctrl-C reaches them by itself, SIGTERM through us."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for process in context.processes:
            if process.pid and process.is_alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, number)

    before = signal.signal(signal.SIGTERM, pass_on), signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def _work_in_world(
    rank: int, size: int, port: int, work: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    _die_with_parent()
    os.environ.update(
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), LOCAL_RANK=str(rank),
        WORLD_SIZE=str(size), LOCAL_WORLD_SIZE=str(size),
    )  # fmt: skip
    work(*arguments)
    # About one run in ten was aborted ("terminate called without an active exception") while the interpreter
    # took PyTorch's threads down after its work was done (measured, torch 2.13, gloo): so that is left out.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _die_with_parent() -> None:
    """Ask Linux to end this process when its launcher is killed; else it would wait for the others for ever."""
    with contextlib.suppress(OSError, AttributeError):
        set_death_signal = 1  # PR_SET_PDEATHSIG in linux/prctl.h
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
