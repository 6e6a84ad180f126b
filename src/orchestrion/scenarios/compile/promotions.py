"""Promotions: dates become days of the scenario, categories and keys become SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches

import numpy as np

from orchestrion.domain.promotions import Promotion
from orchestrion.domain.world import Skus
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.document.promotions import PromotionDocument


def make_promotions(documents: Mapping[str, PromotionDocument], skus: Skus, start: date) -> tuple[Promotion, ...]:
    """The promotions of a document.

    Raises
    ------
    InputError
        A category or SKU is none of the assortment.
    """
    problems: list[Problem] = []
    for key, document in documents.items():
        lists = (("categories", document.categories, skus.category), ("skus", document.skus, skus.key))
        for name, named, known in lists:
            problems += [
                Problem("scenario", None, f"demand.promotions.{key}.{name}", thing, _unknown(thing, known))
                for thing in named
                if thing not in known
            ]
    if problems:
        raise InputError(problems)
    category, own = np.array(skus.category, object), np.array(skus.key, object)
    return tuple(
        Promotion(
            key=key,
            label=document.label or key,
            first_day=(document.first - start).days,
            last_day=(document.last - start).days,
            skus=np.isin(category, document.categories) | np.isin(own, document.skus)
            if document.categories or document.skus
            else np.ones(len(skus), bool),
            online=document.uplift_online,
            store=document.uplift_store,
            price_off=document.price_off,
        )
        for key, document in documents.items()
    )


def _unknown(thing: str, known: list[str]) -> str:
    near = get_close_matches(thing, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    names = list(dict.fromkeys(known))
    return f"not in the assortment; {hint}Known: {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}."
