"""One replication from start to finish, in whatever process it happens to run."""

from __future__ import annotations

import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from orchestrion.domain.facts import Facts, empty
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments.archive import DuckArchive
from orchestrion.experiments.cache import Cache, recalled
from orchestrion.experiments.files import told
from orchestrion.experiments.locks import CLAIMS, claimed
from orchestrion.experiments.reasons import Recorder
from orchestrion.experiments.stopwatch import Stopwatch
from orchestrion.experiments.store import Cell, StudyFolder
from orchestrion.experiments.under_way import Teller
from orchestrion.kpis import definitions, measure, measure_parts
from orchestrion.memory import give_back
from orchestrion.simulation import dimensions, simulate, simulate_to
from orchestrion.units import DAY

LONG = 200_000  # wishes from which on facts stream to disk: some 300 MB of them
LONG_ROWS = 5_000_000  # rows of facts from which on a finished replication is copied unread
WORLDS_KEPT = 8  # compiled worlds a process remembers; a France of 60 stores takes some tens of megabytes

_worlds: OrderedDict[str, World] = OrderedDict()
_compiling = threading.Lock()


@dataclass(frozen=True, slots=True)
class Task:
    """A cell to run, ready to travel: scenario and policy are pickled by value where their module cannot travel."""

    cell: Cell
    label: str
    scenario: bytes  # cloudpickle of a Scenario: opened only by a process that has not compiled it yet
    policy: bytes  # cloudpickle of the policy: classes of a notebook travel with it
    level: str
    folder: str
    durable: bool = True
    cache: str | None = None  # where replications are known by content, if anywhere
    twin: Cell | None = None  # the same work under other names, finished in this folder
    patient: bool = False  # wait for another process that is at it, rather than coming back later


@dataclass(frozen=True, slots=True)
class Ran:
    """What a worker reports.

    Attributes
    ----------
    seconds
        Wall time.
    found
        The work was there already: done by another process, by another study, or under another name.
    busy
        Another process is at it: nothing was done.
    decide_seconds, orders
        Processor time of the policy, and the orders it was asked about; zero where nothing was simulated.
    """

    seconds: float
    found: bool = False
    busy: bool = False
    decide_seconds: float = 0.0
    orders: int = 0


def run_cell(task: Task) -> Ran:
    """Simulate one replication, measure its KPIs, write both into the study folder.

    Does nothing when another process has finished the same cell meanwhile, or is at it; copies what is known.
    """
    folder = StudyFolder(task.folder, durable=task.durable)
    begin = time.perf_counter()

    def finished() -> bool:
        return folder.finished(task.cell, task.level)

    if finished():
        return Ran(time.perf_counter() - begin, found=True)
    if not task.durable:  # nobody else knows the folder
        watch = _make(task, folder)
        return _ran(begin, watch)
    with ExitStack() as stack:
        with told(folder.path, "claim a replication"):
            claim = claimed(folder.path / CLAIMS, task.cell.key, until=finished if task.patient else None)
            mine = stack.enter_context(claim)
        if finished():
            return Ran(time.perf_counter() - begin, found=True)
        if not mine:
            return Ran(time.perf_counter() - begin, busy=True)
        return _ran(begin, _make(task, folder))


def _ran(begin: float, watch: Stopwatch | None) -> Ran:
    seconds = time.perf_counter() - begin
    if watch is None:
        return Ran(seconds, found=True)
    return Ran(seconds, decide_seconds=watch.seconds, orders=watch.orders)


def _make(task: Task, folder: StudyFolder) -> Stopwatch | None:
    """Write the cell; how long its policy thought, or nothing when its contents were known."""
    import cloudpickle

    cache = None if task.cache is None else Cache(task.cache, durable=False)
    if _taken_over(task, folder, cache):
        return None
    world = _world(task)
    if _long(world):
        return _make_long(task, folder, world, cache)
    watch = Stopwatch(cloudpickle.loads(task.policy))
    recorder = Recorder(watch, watch.policy) if task.level == "reasons" else None
    with quiet_collector():
        facts = simulate(world, recorder or watch, seed=task.cell.seed, replication=task.cell.replication)
        if recorder is not None:
            facts = replace(facts, tables={**facts.tables, "candidates": recorder.table()})
        kpis = measure(facts)
    folder.write_cell(task.cell, facts, kpis, task.level)
    if cache is not None:
        cache.keep(task.cell, facts, kpis, task.level)
    return watch


def _taken_over(task: Task, folder: StudyFolder, cache: Cache | None) -> bool:
    """Whether the same work was known, under another name or from another study, and is here now."""
    known = None
    if task.twin is not None and _is_long(folder, task.twin):
        if folder.copy_cell(task.cell, task.level, folder, task.twin):
            return True
    elif task.twin is not None:
        known = recalled(folder, task.twin, task.level, discard=False)
    if known is None and cache is not None:
        if _is_long(cache, task.cell):  # what is damaged there goes, and is made anew
            return folder.copy_cell(task.cell, task.level, cache, task.cell, discard=True)
        known = cache.found(task.cell, task.level)
    if known is None:
        return False
    folder.write_cell(task.cell, *known, task.level)
    return True


def _is_long(folder: StudyFolder, cell: Cell) -> bool:
    done = folder.done(cell)
    return done is not None and sum(done.rows.values()) > LONG_ROWS


def _long(world: World) -> bool:
    """Whether a replication has more facts than belong into memory together."""
    demand = world.demand
    if demand.replay is not None:
        online = float(len(demand.replay.sku))
    else:
        online = demand.online_per_day * world.horizon_s / DAY
    return online + float(demand.walk_ins_per_day.sum()) * world.horizon_s / DAY > LONG


def _make_long(task: Task, folder: StudyFolder, world: World, cache: Cache | None) -> Stopwatch:
    """The same for a replication whose facts stream to disk."""
    import cloudpickle

    whole = [member.key for member in definitions() if not member.in_parts]
    if whole:
        raise StudyError(
            f"{', '.join(whole)}: facts of so long a replication are read in parts, and nobody said that this may be "
            "measured so; write @kpi(..., in_parts=True) where sums over customers are all it is, or run fewer weeks"
        )

    watch = Stopwatch(cloudpickle.loads(task.policy))
    teller = Teller(folder.path, task.label, task.cell.replication)

    def run(archive: DuckArchive) -> Mapping[str, Any]:
        recorder = Recorder(watch, watch.policy, archive) if task.level == "reasons" else None
        parts = simulate_to(
            archive,
            world,
            recorder or watch,
            seed=task.cell.seed,
            replication=task.cell.replication,
            told=lambda t: teller.tell("simulating", t / world.end_s),
        )
        kpis = measure_parts(_told(parts, teller))
        teller.tell("writing", 0.0)
        if recorder is None:
            archive.add("candidates", empty("candidates"))
        else:
            recorder.sheet.put_aside()
        return kpis

    with quiet_collector():
        times = world.warm_up_s, world.horizon_s, world.end_s
        try:
            folder.write_long_cell(task.cell, dimensions(world), times, task.level, run)
        finally:
            teller.done()
    if cache is not None and not cache.finished(task.cell, task.level):
        cache.copy_cell(task.cell, task.level, folder, task.cell)
    return watch


def _told(parts: Iterator[Facts], teller: Teller) -> Iterator[Facts]:
    """The parts as they come; customers are told by when they came, who are the most of it."""
    share = 0.0
    for part in parts:
        if part.part == "customers" and len(part["requests"]["t"]):
            share = float(part["requests"]["t"][-1]) / part.horizon_s
        teller.tell("closing the books", share)
        yield part


def _world(task: Task) -> World:
    import cloudpickle

    key = task.cell.scenario_hash
    with _compiling:  # an executor of threads compiles each world once, too
        world = _worlds.get(key)
        if world is None:
            scenario: Any = cloudpickle.loads(task.scenario)
            world = _worlds[key] = scenario.compile()
            give_back()  # tables that were read, distances on the way: as much as the world itself
            while len(_worlds) > WORLDS_KEPT:
                _worlds.popitem(last=False)
        _worlds.move_to_end(key)
        return world


class _Collector:
    """Python's garbage collector, put to rest by the first simulation of a process and woken by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # an executor of threads runs several simulations at once
        self._resting = 0
        self._thresholds = gc.get_threshold()
        self._frozen = False
        self._theirs = False  # somebody else froze something: found once, for much takes long to count

    def rest(self) -> None:
        with self._lock:
            self._resting += 1
            if self._resting > 1:
                return
            self._thresholds = gc.get_threshold()
            self._theirs = self._theirs or gc.get_freeze_count() > 0
            self._frozen = gc.isenabled() and not self._theirs  # what somebody else froze stays frozen
            if self._frozen:
                gc.freeze()
            gc.set_threshold(max(self._thresholds[0], 200_000), 50, 100)

    def wake(self) -> None:
        with self._lock:
            self._resting -= 1
            if self._resting:
                return
            gc.set_threshold(*self._thresholds)
            if self._frozen:
                gc.unfreeze()


_collector = _Collector()


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Let Python's garbage collector rest while a simulation makes slips by the million; then all is as before."""
    _collector.rest()
    try:
        yield
    finally:
        _collector.wake()
