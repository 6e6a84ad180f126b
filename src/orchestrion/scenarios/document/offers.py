"""What promises and fees do to the option picked, and to the sale."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from orchestrion.scenarios.defaults import sourced, table
from orchestrion.scenarios.document.base import Section, param, section

_OFFERS, _USUAL = "demand/offers.csv", "demand/usual_offers.csv"


class ChoiceDocument(Section):
    """Customers weigh the options on offer: a multinomial logit that has the shares observed at the usual offers."""

    on: bool = param(False, "The option picked answers to fee, promise and availability", source="")
    fee_weight: float = sourced(_OFFERS, "fee_weight", "Logit that one euro of fee takes from an option", gt=0)
    day_value: float = sourced(_OFFERS, "day_value", "Euros of fee that one business day is worth", ge=0)


class ConversionDocument(Section):
    """Some buy only at better offers than the usual: the number of orders a day is that at the usual ones.

    The others come too, so that every scenario has the same customers; they are recorded as lost to promise or fee.
    """

    on: bool = param(False, "The sale answers to promise and fee", source="")
    per_day: float = sourced(_OFFERS, "per_day", "Sales gained by a promise one business day sooner", ge=0, le=1)
    per_euro: float = sourced(_OFFERS, "per_euro", "Sales gained by a fee one euro lower", ge=0, le=1)


class UsualOffer(Section):
    """Fee and promise of an option under which its share was observed."""

    fee_eur: float = Field(description="Fee", json_schema_extra={"unit": "EUR", "source": ""}, ge=0)
    days: float = Field(
        description="Business days from ordering to the promise shown, on average over the week",
        json_schema_extra={"unit": "business days", "source": ""},
        ge=0,
    )


def _usual() -> dict[str, UsualOffer]:
    return {
        row["option"]: UsualOffer(fee_eur=row.number("fee_eur", 0), days=row.number("days", 0)) for row in table(_USUAL)
    }


def _sources(schema: dict[str, Any]) -> None:
    told = dict.fromkeys(f"{row['confidence']}: {row['source']}" for row in table(_USUAL))
    schema.update(unit="", source=f"{'; '.join(told)} (data/{_USUAL})")


class OffersDocument(Section):
    """What customers are shown beside the goods, and what they make of it."""

    choice: ChoiceDocument = section(ChoiceDocument, "Which option is picked")
    conversion: ConversionDocument = section(ConversionDocument, "Whether it is bought")
    usual: dict[str, UsualOffer] = Field(
        default_factory=_usual,
        description="Usual offers; an option not named is usual as the scenario offers it",
        json_schema_extra=_sources,
    )
