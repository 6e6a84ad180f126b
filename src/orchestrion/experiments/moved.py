"""Customer by customer: what became of each wish under one alternative, and of the same wish under another.

Every alternative of a replication meets the same wishes, row by row, so the difference in sales is told wish by wish:
what was won, what was lost, what merely moved within the house. Sales here are prices paid, VAT included, of the units
sold (accepted and not cancelled, or carried out of a store): whole micro-euros, whose sum over the movements is the
difference in sales exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, EventKind, Outcome
from orchestrion.domain.facts import Facts, Table
from orchestrion.errors import StudyError
from orchestrion.experiments.cohorts import cohorts
from orchestrion.experiments.inference import student
from orchestrion.experiments.levels import at_least
from orchestrion.units import HOUR, MICRO

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CUSTOMERS = ("all", "online")
_TABLES = ("orders", "lines", "events", "shipments")  # that say where a wish ended
_SAME_WISHES = ("request", "t", "basket", "channel", "sku", "qty", "value")
OVER_THE_COUNTER = (
    Outcome.SERVED, Outcome.SERVED_LATER, Outcome.MOVED_TO_OTHER_STORE, Outcome.MOVED_TO_STORE, Outcome.SUBSTITUTED,
)  # fmt: skip


class State(IntEnum):
    """Where a wish ended."""

    LOST = 0  # turned away, or cancelled to the last unit
    WAITING = 1  # not resolved when the replication ended
    WEB = 2  # in an order
    STORE = 3  # carried out of a store


# in this order; a wish belongs to the first that fits
MOVEMENTS = {
    "lost to served": "lost before, sold now",
    "served to lost": "sold online before, lost now",
    "walk-in displaced": "sold to a walk-in before, lost now",
    "waiting to served": "still waiting at the end before, sold now",
    "served to waiting": "sold before, still waiting at the end now",
    "store to web": "sold over a counter before, in an order now",
    "web to store": "sold in an order before, over a counter now",
    "store to other store": "sold over another store's counter now",
    "more units": "more units of the wish are sold now",
    "fewer units": "fewer units of the wish are sold now",
    "sooner": "sold the same way, received earlier now",
    "later": "sold the same way, received later now",
    "received to open": "sold the same way, not yet received at the end now",
    "open to received": "sold the same way, received by the end only now",
    "same": "no change for the customer",
    "unserved": "sold neither before nor now",
}


def moves(
    study: Study, before: str, after: str, *, replication: int = 0, customers: Literal["all", "online"] = "all"
) -> pd.DataFrame:
    """The wishes behind `moved`, one row each, of one replication; sales in micro-euros, moments in seconds."""
    if customers not in CUSTOMERS:
        raise StudyError(f"customers = {customers!r}: write one of {', '.join(CUSTOMERS)}")
    import pandas as pd

    labels = study[before].label, study[after].label
    both = met(study, labels, replication, customers)
    parts = [_moves(here, there, *labels, customers) for here, there in both]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _moves(here: Facts, there: Facts, before: str, after: str, customers: str) -> pd.DataFrame:
    import pandas as pd

    rows, other = measured_wishes(here, there, before, after, customers)
    a, b = ends_of(here, rows), ends_of(there, other)
    movement = movement_of(rows["channel"], a, b)
    keys = np.array(list(MOVEMENTS), object)
    states = np.array([state.name.lower() for state in State], object)
    return pd.DataFrame(
        {
            "request": rows["request"],
            "t": rows["t"],
            "channel": rows["channel"],
            "node": rows["node"],
            "sku": rows["sku"],
            "qty": rows["qty"],
            "movement": keys[movement],
            "before": states[a.state],
            "after": states[b.state],
            "sales_before": a.sales,
            "sales_after": b.sales,
            "received_before": a.received,
            "received_after": b.received,
        }
    )


def moved(study: Study, before: str, after: str, *, customers: Literal["all", "online"] = "all") -> pd.DataFrame:
    """What became of the customers of one alternative under another, in wishes and euros.

    Walk-in customers need a study run with `facts="full"`; online customers alone, "orders".

    Parameters
    ----------
    before, after
        Alternatives with the same demand.

    Returns
    -------
    DataFrame
        A row for each movement ("lost to served", "walk-in displaced", "store to web", "sooner", ...) and one for
        "all": meaning, wishes, units wished, sales_before, sales_after, difference (list prices with VAT over all
        replications [€]; the movements add up to "all"), per_replication with its interval low and high, hours
        (mean change in the moment of receipt).
    """
    return moved_from(study, before, [after], customers=customers)[study[after].label]


def moved_from(
    study: Study, before: str, others: Sequence[str], *, customers: Literal["all", "online"] = "all"
) -> dict[str, pd.DataFrame]:
    """As `moved`, from one alternative to several: label -> table. Customers are read some at a time, once each."""
    if customers not in CUSTOMERS:
        raise StudyError(f"customers = {customers!r}: write one of {', '.join(CUSTOMERS)}")
    before = study[before].label
    labels = [study[after].label for after in others]
    both = study.replications_of(before, *labels)
    if not both:
        raise StudyError(f"{before} and {', '.join(labels)} have no finished replication in common")
    sums = {label: np.zeros((len(both), len(_SUMMED), len(MOVEMENTS)), np.int64) for label in labels}
    for r, replication in enumerate(both):
        for here, *others_ in met(study, [before, *labels], replication, customers):
            for label, there in zip(labels, others_, strict=True):
                sums[label][r] += _sums(here, there, before, label, customers)
    return {label: _summed(found, before, label, customers) for label, found in sums.items()}


_SUMMED = ("wishes", "units", "sales before", "sales after", "seconds later", "wishes received both times")


def _sums(here: Facts, there: Facts, before: str, after: str, customers: str) -> Ints:
    """What `_SUMMED` says of some customers, by movement."""
    wishes, other = measured_wishes(here, there, before, after, customers)
    a, b = ends_of(here, wishes), ends_of(there, other)
    code, size = movement_of(wishes["channel"], a, b), len(MOVEMENTS)
    known = (a.received >= 0) & (b.received >= 0)
    return np.array(
        [
            np.bincount(code, minlength=size),
            *(_added(values, code, size) for values in (wishes["qty"], a.sales, b.sales)),
            _added((b.received - a.received)[known], code[known], size),
            np.bincount(code[known], minlength=size),
        ]
    )


def _summed(sums: Ints, before: str, after: str, customers: str) -> pd.DataFrame:
    """One row for each movement, over the replications; sums in shape (replications, `_SUMMED`, `MOVEMENTS`)."""
    import pandas as pd

    wishes, units, sold_before, sold_after, seconds, timed = sums.transpose(1, 0, 2)
    rows = []
    for i, (name, meaning) in enumerate([*MOVEMENTS.items(), ("all", "every wish")]):
        which = slice(None) if name == "all" else slice(i, i + 1)
        change = (sold_after[:, which] - sold_before[:, which]).sum(axis=1)
        per_run = student(change / MICRO)
        count = int(timed[:, which].sum())
        rows.append(
            {
                "movement": name,
                "meaning": meaning,
                "wishes": int(wishes[:, which].sum()),
                "units": int(units[:, which].sum()),
                "sales_before": int(sold_before[:, which].sum()) / MICRO,
                "sales_after": int(sold_after[:, which].sum()) / MICRO,
                "difference": int(change.sum()) / MICRO,
                "per_replication": per_run.mean,
                "low": per_run.low,
                "high": per_run.high,
                "hours": int(seconds[:, which].sum()) / count / HOUR if count else float("nan"),
            }
        )
    frame = pd.DataFrame(rows)
    frame.attrs |= {"before": before, "after": after, "replications": len(sums), "customers": customers}
    return frame


@dataclass(frozen=True, slots=True)
class Ends:
    """Where each wish ended; one entry per request row.

    Attributes
    ----------
    state
        A `State`.
    sales, units
        Micro-euros with VAT, and units sold.
    received
        The moment of the last unit; -1 when some are open.
    counter
        The store over whose counter it was sold; -1 for none.
    """

    state: NDArray[np.intp]
    sales: Ints
    units: Ints
    received: Ints
    counter: Ints


def ends_of(facts: Facts, requests: Table) -> Ends:
    """Where the wishes of one side ended."""
    outcome, order = requests["outcome"], requests["order"]
    counter = np.isin(outcome, OVER_THE_COUNTER) & (order < 0)
    online, units, received = _ordered(facts, requests["request"])
    paid = np.where(requests["paid"] >= 0, requests["paid"], requests["value"])
    state = np.full(outcome.size, State.LOST, np.intp)
    state[outcome == Outcome.WAITING] = State.WAITING
    state[online > 0] = State.WEB
    state[counter] = State.STORE
    return Ends(
        state=state,
        sales=np.where(counter, paid, 0).astype(np.int64) + online,
        units=np.where(counter, requests["qty"], 0).astype(np.int64) + units,
        received=np.where(counter, requests["resolved_t"], received).astype(np.int64),
        counter=np.where(counter, requests["served_at"], -1).astype(np.int64),
    )


def _ordered(facts: Facts, requests: Ints) -> tuple[Ints, Ints, Ints]:
    """Micro-euros and units sold in orders, and the moment the last one was received (-1 open), for each request."""
    lines, events = facts["lines"], facts["events"]
    price, units = lines["price"].astype(np.int64), lines["qty"].astype(np.int64)
    key = _line_key(lines["order"], lines["line"])
    by_key = np.argsort(key, kind="stable")

    def at(kind: EventKind) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows = np.flatnonzero(events["kind"] == kind)
        wanted = _line_key(events["order"][rows], events["line"][rows])
        return by_key[np.searchsorted(key[by_key], wanted)], rows

    cancelled, picked, there = np.zeros_like(units), np.zeros_like(units), np.full_like(units, -1)
    line, rows = at(EventKind.CANCELLED)
    np.add.at(cancelled, line, events["qty"][rows])
    line, rows = at(EventKind.PICKED)
    shipments = facts["shipments"]
    arrival = np.full(int(shipments["shipment"].max(initial=-1)) + 1, -1, np.int64)
    arrival[shipments["shipment"]] = shipments["received_t"]
    arrived = arrival[events["shipment"][rows]]
    np.add.at(picked, line[arrived >= 0], events["qty"][rows][arrived >= 0])
    np.maximum.at(there, line, arrived)
    sold = units - cancelled
    there = np.where((sold > 0) & (picked >= sold), there, -1)  # all of it, or still open
    where = np.searchsorted(requests, lines["request"])
    sales, count = np.zeros(requests.size, np.int64), np.zeros(requests.size, np.int64)
    received = np.full(requests.size, -1, np.int64)
    if not requests.size:
        return sales, count, received
    known = np.flatnonzero(requests[np.minimum(where, requests.size - 1)] == lines["request"])
    sales[where[known]] = (price * sold)[known]
    count[where[known]] = sold[known]
    received[where[known]] = there[known]
    return sales, count, received


def _line_key(order: NDArray[np.int32], line: NDArray[np.int16]) -> Ints:
    return np.asarray(order.astype(np.int64) << 16 | line.astype(np.int64))


def movement_of(channel: NDArray[np.int16], a: Ends, b: Ends) -> NDArray[np.intp]:
    """Which of `MOVEMENTS` each wish made, by its place in them."""
    sold_a, sold_b = a.sales > 0, b.sales > 0
    waits_a, waits_b = a.state == State.WAITING, b.state == State.WAITING
    web_a, web_b = a.state == State.WEB, b.state == State.WEB
    store_a, store_b = a.state == State.STORE, b.state == State.STORE
    # whoever walked in and was told to order on the web is a walk-in no more
    walked = (channel == Channel.WALK_IN) & store_a
    known = (a.received >= 0) & (b.received >= 0)
    rules = {
        "lost to served": ~sold_a & ~waits_a & sold_b,
        "walk-in displaced": walked & ~sold_b & ~waits_b,
        "served to lost": sold_a & ~sold_b & ~waits_b,
        "waiting to served": waits_a & sold_b,
        "served to waiting": sold_a & waits_b,
        "store to web": store_a & web_b,
        "web to store": web_a & store_b,
        "store to other store": store_a & store_b & (a.counter != b.counter),
        "more units": sold_a & sold_b & (b.sales > a.sales),
        "fewer units": sold_a & sold_b & (b.sales < a.sales),
        "sooner": sold_a & sold_b & known & (b.received < a.received),
        "later": sold_a & sold_b & known & (b.received > a.received),
        "received to open": sold_a & sold_b & (a.received >= 0) & (b.received < 0),
        "open to received": sold_a & sold_b & (a.received < 0) & (b.received >= 0),
        "same": sold_a & sold_b,
    }
    names = list(MOVEMENTS)
    codes = [names.index(name) for name in rules]
    return np.asarray(np.select(list(rules.values()), codes, names.index("unserved")), np.intp)


def met(
    study: Study, labels: Sequence[str], replication: int, customers: str, tables: Sequence[str] = _TABLES
) -> Iterator[tuple[Facts, ...]]:
    """The customers of several alternatives, some at a time; see `cohorts`.

    Raises
    ------
    StudyError
        If one of them did not keep the wishes of these customers.
    """
    for label in labels:
        done = study.folder.done(study.cell(label, replication))
        level = done.level if done is not None else "none"
        if level == "none":
            raise StudyError(f"{label}: no facts were kept; run the study again with facts=\"full\"")
        if not at_least(level, "full") and customers == "all":
            raise StudyError(
                f"{label}: the study keeps facts = {level!r}, without the wishes of walk-in customers; run it again "
                'with facts="full", or look at customers="online" alone'
            )
    return cohorts(study, labels, replication, tables)


def measured_wishes(
    here: Facts, there: Facts, before: str, after: str, customers: str = "all"
) -> tuple[Table, Table]:
    """The wishes of the measured time on both sides, row by row the same.

    Raises
    ------
    StudyError
        If they are not.
    """
    rows, other = (_measured(facts, customers) for facts in (here, there))
    for column in _SAME_WISHES:
        if not np.array_equal(rows[column], other[column]):
            raise StudyError(
                f"{before} and {after} do not meet the same potential customers (requests.{column} differs): only "
                "alternatives with the same demand, assortment, prices and dates can be compared customer by customer"
            )
    return rows, other


def _measured(facts: Facts, customers: str) -> Table:
    """Wishes of the measured time, ordered by request."""
    requests = facts["requests"]
    kept = (requests["t"] >= facts.warm_up_s) & (requests["t"] < facts.horizon_s)
    if customers == "online":
        kept &= requests["channel"] != Channel.WALK_IN
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(requests["request"][rows], kind="stable")]
    return {name: column[rows] for name, column in requests.items()}


def _added(values: Ints, code: NDArray[np.intp], size: int) -> Ints:
    """Whole numbers added up by code, exactly."""
    total = np.zeros(size, np.int64)
    np.add.at(total, code, values.astype(np.int64))
    return total
