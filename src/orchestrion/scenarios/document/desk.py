"""How the sourcing desk works, and its default policy."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from orchestrion.scenarios.document.base import Duration, Section, param, section
from orchestrion.scenarios.document.claiming import ClaimingDocument, SecondThoughtsDocument
from orchestrion.scenarios.document.visibility import FeedDocument


class SourcingDocument(Section):
    """How the sourcing desk works, whatever the policy."""

    review: Duration = param("0s", "Period of the reviews; 0s: each order at once", "duration")
    max_hops: int = param(3, "Re-sourcings before a line is cancelled", ge=0, le=20)
    hold: Duration = param("3d", "How long a line may wait for a node before it is cancelled", "duration")
    cool_down: Duration = param(
        "0s", "How long an order waits before it is sourced; its customer may withdraw it at no cost", "duration"
    )
    promise_sees_capacity: bool = param(
        False, "The promise counts the days for which the network's daily orders are booked up; too many: refused"
    )
    feed: FeedDocument = section(
        FeedDocument,
        "How the nodes' records come to the order management system. It knows at once what it reserved itself; what "
        "the tills sold since the last snapshot it may promise a second time",
    )
    claiming: ClaimingDocument = section(ClaimingDocument, "Whether nodes must accept what they are given")
    second_thoughts: SecondThoughtsDocument = section(SecondThoughtsDocument, "Customers who change their mind")


class PolicyDocument(BaseModel):
    """A sourcing policy by name, with its parameters; checked by the family of policies."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    name: str = param("nearest", "Name of the policy (see `orchestrion policies`)")
