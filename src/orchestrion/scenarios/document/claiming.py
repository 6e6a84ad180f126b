"""Whether nodes must accept what they are given, and customers who change their mind."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from orchestrion.scenarios.defaults import sourced, value
from orchestrion.scenarios.document.base import Duration, Section, Share, param, section

_CLAIMING = "service/claiming.csv"


class ClaimingKind(Section):
    """How nodes of one kind answer."""

    asked: bool = param(True, "Must accept a shipment before it is picked; else it is taken at once", source="")
    acceptance: Share = sourced(_CLAIMING, "acceptance", "Probability that a node accepts what it is offered")
    response_minutes: float = sourced(
        _CLAIMING, "response", "Mean time until a node answers, yes or no, in its opening hours", ge=0
    )
    request_minutes: float = sourced(
        _CLAIMING, "request", "Labour of looking at one request, at the node's wage, whatever the answer", ge=0
    )


def _not_asked(meaning: str) -> Any:
    return Field(default_factory=lambda: ClaimingKind(asked=False), description=meaning)


class ClaimingDocument(Section):
    """Nodes are offered shipments and accept them, or are passed over; units stay reserved while they think."""

    on: bool = param(False, "Nodes are asked; off: they take what they are given", source="")
    timeout: Duration = Field(
        default_factory=lambda: f"{value(_CLAIMING, 'timeout'):g}min",
        validate_default=True,
        description="Opening hours after which a node that has not answered is passed over",
        json_schema_extra={
            "unit": "duration", "source": "assumed (data/service/claiming.csv)", "default": "120min",
        },
    )  # fmt: skip
    at_once: int = param(
        1, "Nodes asked at the same time; the first to accept has it. 1: one after the other", "nodes", ge=1, le=100
    )
    answers: Literal["exponential", "fixed"] = param("exponential", "Law of the time to answer")
    warehouses: ClaimingKind = _not_asked("How warehouses answer")
    stores: ClaimingKind = section(ClaimingKind, "How stores answer")
    dark_stores: ClaimingKind = _not_asked("How dark stores answer")
    suppliers: ClaimingKind = section(ClaimingKind, "How suppliers answer")


class SecondThoughtsDocument(Section):
    """Customers who change their mind a while after ordering, whatever we do; too late once picking began."""

    on: bool = param(False, "Some customers change their mind", source="")
    share: Share = sourced(_CLAIMING, "second_thoughts", "Share of orders whose customer changes their mind")
    mean_minutes: float = sourced(
        _CLAIMING, "second_thoughts_after", "Mean time from ordering to the change of mind, exponential", gt=0
    )
