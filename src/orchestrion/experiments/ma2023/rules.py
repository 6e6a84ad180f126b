"""The rules that are compared, by name; any of them can be replaced by yours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrion.experiments.ma2023.ahead import Batched, BidPrice, CheapestOrder, FollowPlans, SampledPrice
from orchestrion.experiments.ma2023.instances import Setting
from orchestrion.experiments.ma2023.protocol import Rule
from orchestrion.experiments.ma2023.published import Nearest, Rounded
from orchestrion.policies.lookahead import rounding

RULES: Mapping[str, Rule] = {
    "nearest": Nearest(),
    "independent rounding": Rounded(rounding.independent),
    "Jasin-Sinha rounding": Rounded(rounding.jasin_sinha),
    "dilated rounding": Rounded(rounding.dilated),
    "forced opening": Rounded(rounding.forced_opening),
    "cheapest order": CheapestOrder(),
    "static bid price": BidPrice(),
    "bid price x 10": BidPrice(solves=10),
    "whole-order bid price x 10": BidPrice(solves=10, whole_orders=True),
    "whole-order plans x 10": FollowPlans(solves=10),
    "whole-order plans x 20": FollowPlans(solves=20),
    "whole-order plans x 50": FollowPlans(solves=50),
    "whole-order plans x 100": FollowPlans(solves=100),
    "whole-order plans x 50, late": FollowPlans(solves=50, late=True),
    "sampled bid price x 20": SampledPrice(solves=20),
}
PUBLISHED = tuple(RULES)[:5]
BEST = "sampled bid price x 20"
"""The one that is asked again with orders that wait."""


def waiting(hours: Iterable[float], setting: Setting) -> dict[str, Rule]:
    """For each longest wait, in hours, the rule that looks ahead and the one that does not; at 0 those of `RULES`."""
    rules: dict[str, Rule] = {}
    for longest in hours:
        every = round(longest * setting.hourly)
        if every < 1:
            rules |= {name: RULES[name] for name in ("cheapest order", BEST)}
        else:
            rules[f"cheapest order, reviews every {longest:g} h"] = Batched(every)
            rules[f"{BEST}, reviews every {longest:g} h"] = Batched(every, SampledPrice(solves=20))
    return rules
