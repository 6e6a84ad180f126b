"""How the sourcing desk works, and its default policy."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from orchestrion.scenarios.document.base import Duration, Section, param


class SourcingDocument(Section):
    """How the sourcing desk works, whatever the policy."""

    review: Duration = param("0s", "Period of the reviews; 0s: each order at once", "duration")
    max_hops: int = param(3, "Re-sourcings before a line is cancelled", ge=0, le=20)
    hold: Duration = param("3d", "How long a line may wait for a node before it is cancelled", "duration")


class PolicyDocument(BaseModel):
    """A sourcing policy by name, with its parameters; checked by the family of policies."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    name: str = param("nearest", "Name of the policy (see `orchestrion policies`)")
