"""A scenario document becomes a World."""

from __future__ import annotations

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.money import CashTerms, SaleCredit
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import (
    Economics,
    Emissions,
    Geography,
    Node,
    Places,
    Sourcing,
    World,
)
from orchestrion.errors import Together
from orchestrion.geometry import distance_matrix_m
from orchestrion.logistics.ademe import Factors, compile_emissions, read_factors
from orchestrion.scenarios.compile.assortment import make_range
from orchestrion.scenarios.compile.calendars import business_days
from orchestrion.scenarios.compile.claiming import make_claiming, make_second_thoughts
from orchestrion.scenarios.compile.delivery import make_collecting, make_options, make_pickup_points, make_services
from orchestrion.scenarios.compile.demand import make_demand, make_dispersion, make_patience
from orchestrion.scenarios.compile.first_look import first_look
from orchestrion.scenarios.compile.nodes import check_positions, make_node, read_spots
from orchestrion.scenarios.compile.offers import make_offers
from orchestrion.scenarios.compile.places import Agencies, Communes, read_agencies, read_communes
from orchestrion.scenarios.compile.products import make_products, make_returns
from orchestrion.scenarios.compile.promotions import make_promotions
from orchestrion.scenarios.compile.reactions import make_reactions, make_tablet
from orchestrion.scenarios.compile.records import make_records
from orchestrion.scenarios.compile.replay import replay_demand, replay_places, replay_range
from orchestrion.scenarios.compile.stock import make_stock
from orchestrion.scenarios.compile.supply import make_supply
from orchestrion.scenarios.compile.visibility import make_feed, make_visibility
from orchestrion.scenarios.document import WEEKDAYS, ScenarioDocument
from orchestrion.scenarios.document.carbon import EmissionsDocument
from orchestrion.scenarios.document.money import EconomicsDocument
from orchestrion.scenarios.history import replayed
from orchestrion.units import DAY, WEEK, duration_s, micro

_OUVRABLES = WEEKDAYS[:6]  # Monday to Saturday, as promises in France count


def compile_world(
    document: ScenarioDocument, name: str, title: str, hash: str, replay: Requests | None = None
) -> World:
    """The World that a document describes.

    Raises
    ------
    InputError
        If a table named by the document is missing or wrong; what does not depend on each other is told together.
    """
    time, network = document.time, document.network
    warm_up = time.warm_up_weeks * WEEK
    horizon = warm_up + time.measured_weeks * WEEK
    days = horizon // DAY + time.run_off_days
    together = Together()
    together.problems += first_look(document)
    with together:
        communes = read_communes(network.communes_table, network.corsica)
    together.tell()
    history = None if document.demand.history is None else replayed(document, communes)
    if history is not None:
        communes = replay_places(communes, history)
    agencies = read_agencies(network.agencies_table)
    spots = read_spots(network)
    lat, lon = np.array([s.lat for s in spots]), np.array([s.lon for s in spots])
    node_agency, to_agency = agencies.nearest(lat, lon)
    # one address is one stretch of memory, for quotes too
    node_place = distance_matrix_m(lat, lon, communes.lat, communes.lon, "F")
    home = np.argmin(node_place, axis=1)
    near = [(communes.label[p], float(communes.lat[p]), float(communes.lon[p])) for p in home]
    check_positions(spots, near, node_place.min(axis=1))
    zone_of = communes.departement[home]
    nodes = []
    sees: list[str] = list(document.visibility.web_sees)
    for i, spot in enumerate(spots):
        with together:
            node = make_node(i, spot, network, sees, int(zone_of[i]), int(node_agency[i]), time.start, days)
            nodes.append(node)
    together.tell()
    visibility, nodes = make_visibility(document.visibility, nodes)
    with together:
        services = make_services(document, nodes, days, communes.departements, agencies.key)
    with together:
        if history is None:
            assortment = make_range(document.assortment, spots, document.economics.vat)
        else:
            assortment = replay_range(document.assortment, spots, history)
    with together:
        records = make_records(document, nodes)
    with together:
        claiming = make_claiming(document.sourcing.claiming, network, nodes)
    together.tell()
    options = make_options(document, services, nodes)
    places, geography = _geography(communes, agencies, node_place, to_agency, lat, lon)
    demand = make_demand(document, spots, nodes, options, geography, communes.population, assortment, days, replay)
    if history is not None:
        demand = replay_demand(demand, options, history)
    stocked = make_stock(document, spots, nodes, demand, assortment, geography.node_node)
    emissions = document.emissions
    return World(
        name=name,
        title=title,
        hash=hash,
        start=time.start,
        warm_up_s=warm_up,
        horizon_s=horizon,
        run_off_s=time.run_off_days * DAY,
        nodes=tuple(nodes),
        skus=assortment.skus,
        places=places,
        zones=communes.departements,
        options=options,
        services=services,
        geography=geography,
        business_days=business_days(time.start, days, _OUVRABLES),
        opening_stock=stocked.opening,
        protected=stocked.protected,
        ranged=assortment.ranged,
        demand=demand,
        reactions=make_reactions(document.reactions, assortment.skus, assortment.online),
        replenishment=stocked.replenishment,
        sourcing=Sourcing(
            review_s=duration_s(document.sourcing.review),
            max_hops=document.sourcing.max_hops,
            hold_s=duration_s(document.sourcing.hold),
            feed=make_feed(document.sourcing.feed),
            cool_down_s=duration_s(document.sourcing.cool_down),
            promise_sees_capacity=document.sourcing.promise_sees_capacity,
        ),
        economics=_economics(document.economics),
        emissions=emissions_of(emissions, read_factors(table_path(emissions.factors_table)), nodes),
        policy=document.policy.model_dump(),
        claiming=claiming,
        second_thoughts=make_second_thoughts(document.sourcing.second_thoughts),
        visibility=visibility,
        records=records,
        dispersion=make_dispersion(document.demand.dispersion),
        promotions=make_promotions(document.demand.promotions, assortment.skus, time.start),
        offers=make_offers(document.demand.offers, options, demand),
        tablet=make_tablet(document.reactions),
        patience=make_patience(document.demand.patience),
        collecting=make_collecting(document),
        pickup_points=make_pickup_points(document, services, days),
        products=make_products(document, assortment.skus),
        returns=make_returns(document, assortment.skus, nodes, services),
        **make_supply(document, nodes, assortment.skus, stocked, geography.node_place, days),
    )


def emissions_of(plan: EmissionsDocument, factors: Factors, nodes: list[Node]) -> Emissions:
    """The factors as the document uses them."""
    return compile_emissions(
        factors,
        [node.role for node in nodes],
        method=plan.method,
        detour=plan.detour,
        round_km=plan.round_km,
        stops=round(plan.stops),
        trip_share=plan.trip_share,
        courier=plan.courier,
        inbound=plan.inbound,
    )


def _geography(
    communes: Communes,
    agencies: Agencies,
    node_place: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    node_agency: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    lat: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    lon: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[Places, Geography]:
    agency, to_agency = agencies.nearest(communes.lat, communes.lon)
    places = Places(
        key=communes.key,
        label=communes.label,
        lat=communes.lat,
        lon=communes.lon,
        zone=communes.departement,
        agency=agency,
    )
    geography = Geography(
        node_place=node_place,
        node_node=distance_matrix_m(lat, lon, lat, lon),
        place_agency=to_agency,
        node_agency=node_agency,
        agency_agency=distance_matrix_m(agencies.lat, agencies.lon, agencies.lat, agencies.lon),
        agencies=agencies.label,
    )
    return places, geography


def _economics(money: EconomicsDocument) -> Economics:
    return Economics(
        vat=money.vat,
        packaging_parcel=micro(money.packaging_parcel_eur),
        packaging_unit=micro(money.packaging_unit_eur),
        care=micro(money.care_eur),
        shuttle_parcel=micro(money.shuttle_parcel_eur),
        transfer_parcel=micro(money.transfer_parcel_eur),
        capital_rate=money.capital_rate,
        salvage_share=money.salvage_share,
        season_end_s=round(money.season_weeks * WEEK),
        marketplace_commission=money.marketplace_commission,
        franchise_commission=money.franchise_commission,
        credit=SaleCredit(**money.sale_credit.model_dump()),
        cash=CashTerms(
            **money.cash.model_dump(exclude={"capture"}), capture_at_hand_over=money.cash.capture == "hand_over"
        ),
    )
