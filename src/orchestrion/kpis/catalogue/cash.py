"""When money comes and goes, and how deep the purse must be."""

from __future__ import annotations

from orchestrion.kpis.cases import Running
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


@kpi(
    "cash_generated",
    label=("Cash generated", "Trésorerie dégagée"),
    unit="EUR",
    direction="more",
    definition=(
        "Payments without VAT behind the measured time, followed to the last one: customers, less refunds, suppliers "
        "and the stock there was at the beginning, carriers, labour, services and commissions; by day: what came "
        "and went until midnight.",
        "Paiements hors TVA nés du temps mesuré, suivis jusqu'au dernier : clients, moins remboursements, "
        "fournisseurs et stock du début, transporteurs, salaires, services et commissions ; par jour : ce qui est "
        "entré et sorti jusqu'à minuit.",
    ),
    open_orders="accepted",
    empty="zero",
)
def cash_generated(reading: Reading) -> Running:
    moves = reading.cash.moves
    return Running(moves.day, moves.amount, MICRO)


@kpi(
    "peak_cash_need",
    label=("Peak cash need", "Besoin maximal de trésorerie"),
    unit="EUR",
    direction="less",
    definition=(
        "How far below zero the running sum of all payments ever is at midnight, from the stock paid for at the "
        "beginning of the measured time to the last payment; by day: how far it is then.",
        "Jusqu'où la somme courante des paiements descend sous zéro à minuit, du stock payé au début du temps mesuré "
        "au dernier paiement ; par jour : où elle en est alors.",
    ),
    open_orders="accepted",
    empty="zero",
)
def peak_cash_need(reading: Reading) -> Running:
    moves = reading.cash.moves
    return Running(moves.day, moves.amount, MICRO, depth=True)
