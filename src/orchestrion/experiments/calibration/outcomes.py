"""What became of the orders: a file of shipments, read into figures that the model has, too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.experiments.calibration.estimates import Z, shares
from orchestrion.experiments.calibration.services import COLUMNS, moments_of, numbers_of
from orchestrion.experiments.inference import t_quantile
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.nodes import read_spots
from orchestrion.scenarios.history.dates import NO_TIME
from orchestrion.scenarios.history.replay import option_of
from orchestrion.scenarios.history.rows import like
from orchestrion.scenarios.importers.headers import OPTION_WORDS, recognised
from orchestrion.scenarios.importers.tables import Records, key_of
from orchestrion.scenarios.sheets import open_sheet
from orchestrion.units import DAY, HOUR

_COLUMNS = COLUMNS | {
    "order": ("order", "orderid", "ordernumber", "commande", "ncommande", "numerocommande", "idcommande"),
    "ordered": ("ordered", "orderdate", "datecommande", "createdat", "orderedat", "t"),
    "promised": ("promised", "promise", "promisedt", "promisedat", "promis", "datepromise", "datepromesse", "eta"),
    "option": ("option", "mode", "modelivraison", "modedelivraison", "deliverymode", "shippingmethod"),
    "status": ("status", "statut", "etat", "state"),
    "cost": ("cost", "costeur", "costtoserve", "cout", "couteur", "coutdeservice", "couttotal"),
    "fee": ("fee", "deliveryfee", "fraisdeport", "port", "shippingprice", "fraislivraison"),
    "ready": (
        "ready", "readyat", "readyt", "readyforpickup", "readyforcollection", "pret", "pretle", "pretauretrait",
        "misadisposition", "disponible", "datemiseadisposition", "datedisponibilite",
    ),
    "parcels": ("parcels", "colis", "nbcolis", "packages"),
}  # fmt: skip
CANCELLED = ("cancel*", "annul*", "void*", "refus*", "withdrawn")


@dataclass(frozen=True, slots=True)
class Told:
    """A figure of what became of the orders: the KPI that it is held against, and where to look if they differ.

    Attributes
    ----------
    needs
        The columns that tell it.
    """

    kpi: str
    name: str
    unit: str
    adjust: str
    needs: tuple[str, ...] = ()


OUTCOMES = (
    Told("split_rate", "Orders in several shipments", "share", "stock by node, policy, visibility.web_sees"),
    Told("parcels_per_order", "Parcels of an order", "parcels", "parcel sizes, policy, stock by node", ("parcels",)),
    Told("share_from_stores", "Shipments from stores", "share", "policy, stock by node, visibility", ("node",)),
    Told(
        "delivery_time_days", "Delivery time to the home", "days", "services.*.transit, pick times, collections",
        ("received",),
    ),
    Told(
        "delivery_time_p90", "Delivery time, 9 orders in 10", "days", "services.*.transit: its tail; sourcing.review",
        ("received",),
    ),
    Told(
        "ready_time_hours", "Ready time, click and collect", "hours", "network.stores: pick times, pickers, opening",
        ("ready", "option"),
    ),
    Told(
        "promises_kept", "Promises kept", "share", "services.*.transit, cut-offs, pickers, what is promised",
        ("received", "promised"),
    ),
    Told(
        "cancellation_rate", "Orders cancelled, at least in part", "share",
        "network.*.pick_success, records, stock by node, demand.patience", ("status",),
    ),
    Told(
        "cost_to_serve", "Cost to serve", "EUR/order",
        "services.*: rate cards; assortment.skus_table: mass; wages, pick times", ("cost",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the orders.

    Attributes
    ----------
    figures
        KPI -> (value, half-width of its 95 % interval).
    notes
        What the file does not tell, and so is not checked.
    """

    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_outcomes(path: Path, scenario: Scenario, first: date, last: date) -> Outcomes:
    """Figures of the orders placed from `first` to `last`; a row is a shipment, or goods that were cancelled.

    `order` and `ordered` must be there; `node`, `promised`, `received`, `ready`, `option`, `status`, `cost`, `parcels`
    each tell more. A row whose status is a cancellation is no shipment. Without `option` every order is one sent home.
    An order that is collected is there when it is `ready`: when it was `received` tells when its customer came, so that
    without `ready` neither ready times are checked nor, where orders are collected, promises. `cost` is all that
    serving it cost without VAT, returns included, less the delivery fee, which a column `fee` may tell apart; what
    orders cost that were cancelled in full is spread over those sent, as the KPI spreads it.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column, or has no order of these days.
    """
    sheet = open_sheet(path)
    names = recognised(sheet.header, _COLUMNS)
    missing = [key for key in ("order", "ordered") if key not in names]
    if missing:
        raise InputError(
            Problem(sheet.file, sheet.header_line, key, "", f"is missing; the file has: {', '.join(sheet.header)}.")
            for key in missing
        )
    rows = list(Records(sheet).rows())
    columns = {key: [row[name] for row in rows] for key, name in names.items()}
    when = moments_of(sheet.file, names, columns)
    ordered = when["ordered"]
    day, epoch = ordered // DAY, date(1970, 1, 1)
    mine = (ordered != NO_TIME) & (day >= (first - epoch).days) & (day <= (last - epoch).days)
    if not mine.any():
        raise InputError([Problem(sheet.file, None, "", "", f"no order from {first} to {last}.")])
    columns = {key: [t for t, here in zip(texts, mine.tolist(), strict=True) if here] for key, texts in columns.items()}
    found = Outcomes(_figures(columns, {key: seconds[mine] for key, seconds in when.items()}, scenario))
    for one in OUTCOMES:
        lacking = [column for column in one.needs if column not in columns]
        if lacking:
            found.notes.append(f"{one.name}: not checked, the file has no column {' or '.join(lacking)}.")
    if {"received", "promised", "option"} <= columns.keys() and "promises_kept" not in found.figures:
        found.notes.append(
            "Promises kept: not checked, orders are collected and no column ready tells since when they could be."
        )
    if "cost" in columns and "cost_to_serve" not in found.figures:
        found.notes.append("Cost to serve: not checked, no shipment has a readable cost.")
    return found


def _figures(
    columns: Mapping[str, list[str]], when: Mapping[str, Ints], scenario: Scenario
) -> dict[str, tuple[float, float]]:
    _, order = np.unique(np.array(columns["order"]), return_inverse=True)
    order = order.reshape(-1)
    count = int(order.max()) + 1
    cancelled = np.zeros(len(order), bool)
    if "status" in columns:
        withdrawn = like(CANCELLED)
        cancelled = np.array([withdrawn(text.casefold()) for text in columns["status"]])
    sent = ~cancelled
    shipments = np.bincount(order[sent], minlength=count)
    some = shipments > 0
    found: dict[str, tuple[float, float]] = {}
    if some.any():
        found["split_rate"] = _share(int((shipments > 1).sum()), int(some.sum()))
    if "node" in columns and sent.any():
        stores = {spot.key for spot in read_spots(scenario.document.network) if spot.role == Role.STORE}
        from_store = np.array([key_of(text) in stores for text in columns["node"]])
        found["share_from_stores"] = _share(int(from_store[sent].sum()), int(sent.sum()))
    if "parcels" in columns:
        parcels = numbers_of(columns["parcels"])
        told = sent & np.isfinite(parcels)
        whole = some & (np.bincount(order[told], minlength=count) == shipments)
        _put(found, "parcels_per_order", np.bincount(order[told], parcels[told], minlength=count)[whole])
    if "status" in columns:
        found["cancellation_rate"] = _share(int((np.bincount(order[cancelled], minlength=count) > 0).sum()), count)
    if "cost" in columns:
        cost = numbers_of(columns["cost"])
        told = np.isfinite(cost)
        if "fee" in columns:
            cost = cost - np.nan_to_num(numbers_of(columns["fee"]))
        # what a cancelled row cost (care, rework) belongs to its order; orders with an unreadable cost tell nothing
        whole = np.bincount(order[~told & sent], minlength=count) == 0
        spent = np.bincount(order[told], cost[told], minlength=count)
        _put_ratio(found, "cost_to_serve", spent[whole], some[whole])
    if "received" in columns or "ready" in columns:
        _in_time(found, when, order, sent, _collected(columns, order, count, scenario))
    return found


def _collected(columns: Mapping[str, list[str]], order: Ints, count: int, scenario: Scenario) -> Flags:
    """Orders that are collected in a store; none where the file tells no options."""
    found = np.zeros(count, bool)
    if "option" in columns:
        options = scenario.document.options
        words = {key.casefold(): key for key in options} | dict(OPTION_WORDS)
        meant = {text: option_of(text, words) for text in dict.fromkeys(columns["option"])}
        is_collect = {text for text, key in meant.items() if key in options and options[key].collect}
        found[order[np.array([text in is_collect for text in columns["option"]])]] = True
    return found


def _in_time(
    found: dict[str, tuple[float, float]],
    when: Mapping[str, Ints],
    order: Ints,
    sent: Flags,
    collected: Flags,
) -> None:
    """Delivery and ready times, and promises kept; an order is there when its last shipment is received, or ready."""
    count = len(collected)
    untold = np.full(len(order), NO_TIME)
    received = np.where(collected[order], when.get("ready", untold), when.get("received", untold))
    last_one = np.full(count, NO_TIME)
    np.maximum.at(last_one, order[sent], received[sent])
    begun = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(begun, order, when["ordered"])
    some = np.bincount(order[sent], minlength=count) > 0
    whole = some.copy()
    whole[order[sent & (received == NO_TIME)]] = False  # something has not come yet
    home, ready = whole & ~collected, whole & collected
    taken = (last_one - begun).astype(np.float64)
    _put(found, "delivery_time_days", taken[home] / DAY)
    if home.sum() >= 20:
        found["delivery_time_p90"] = _quantile(taken[home] / DAY, 0.9)
    _put(found, "ready_time_hours", taken[ready] / HOUR)
    untold_ready = "ready" not in when and bool((some & collected).any())
    if "promised" in when and "received" in when and not untold_ready:
        due = np.full(count, NO_TIME)
        np.maximum.at(due, order, when["promised"])
        judged = some & (due != NO_TIME)  # cancelled in full: no promise is left
        if judged.any():
            # what never came was promised, too
            found["promises_kept"] = _share(int((whole & (last_one <= due))[judged].sum()), int(judged.sum()))


def _put(found: dict[str, tuple[float, float]], kpi: str, sample: Floats) -> None:
    """The mean of a sample, and the half-width of Student's interval."""
    if len(sample) > 1:
        half = t_quantile(0.975, len(sample) - 1) * float(sample.std(ddof=1)) / math.sqrt(len(sample))
        found[kpi] = float(sample.mean()), half


def _put_ratio(found: dict[str, tuple[float, float]], kpi: str, spent: Floats, shipped: Flags) -> None:
    """What all orders cost over how many were sent, with the interval of a ratio (Cochran, *Sampling*, 1977, 6.4)."""
    n, sent = len(spent), int(shipped.sum())
    if sent > 1:
        ratio = float(spent.sum()) / sent
        left = spent - ratio * shipped  # sums to nothing
        half = t_quantile(0.975, n - 1) * math.sqrt(n / (n - 1) * float((left**2).sum())) / sent
        found[kpi] = ratio, half


def _quantile(sample: Floats, p: float) -> tuple[float, float]:
    """A quantile, and half the distance of the order statistics that hold it with 95 % (binomial ranks)."""
    ordered = np.sort(sample)
    n = len(ordered)
    half = Z * math.sqrt(n * p * (1 - p))
    low, high = (ordered[min(max(round(n * p + side), 0), n - 1)] for side in (-half, half))
    return float(np.quantile(ordered, p)), float(high - low) / 2


def _share(count: int, total: int) -> tuple[float, float]:
    one = shares([count, total - count])[0]
    return one.value, (one.high - one.low) / 2
