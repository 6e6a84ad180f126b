"""Numbers, units and dates as a French or an English reader expects them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

NARROW = "\u202f"  # narrow no-break space: French thousands and the space before %
NO_BREAK = "\u00a0"
MINUS = "\u2212"
LANGUAGES = ("en", "fr")
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}


@dataclass(frozen=True, slots=True)
class Unit:
    """How values of one unit are shown: multiplied by `factor`, then written between `prefix` and `suffix`."""

    factor: float
    prefix: str
    suffix: str
    difference: str  # suffix of a difference: 3 % more and 3 points more are two things
    axis: str

    def shown(self, value: float) -> float:
        """The value on the scale a reader sees."""
        return value * self.factor


# words in which KPI units are written -> (French, English) symbols
_SYMBOLS = {
    "days": ("jours", "days"),
    "hours": ("h", "h"),
    "kg": ("kg", "kg"),
    "km": ("km", "km"),
    "units": ("unités", "units"),
    "parcels": ("colis", "parcels"),
    "hops": ("relances", "hops"),
    "shipments": ("expéditions", "shipments"),
    "orders": ("commandes", "orders"),
    "a year": ("par an", "a year"),
}
_PER = {
    "order": "commande",
    "shipment": "expédition",
    "line": "ligne",
    "day": "jour",
    "parcel": "colis",
    "week": "semaine",
}


def decimals_for(precision: float) -> int:
    """Decimals at which a half-width shows its first digit, or two when that digit is a 1.

    >>> decimals_for(0.03), decimals_for(0.014), decimals_for(25.0)
    (2, 3, 0)
    """
    if not math.isfinite(precision) or precision <= 0:
        return 2
    exponent = math.floor(math.log10(precision))
    leading = precision / 10**exponent
    return max(0, min(4, -exponent + (1 if leading < 1.95 else 0)))


class Format:
    """Writes numbers in one language.

    >>> Format("fr").number(-1234.5, 1)
    '−1\\u202f234,5'
    >>> Format("en").quantity(0.0462, "share", 1), Format("en").quantity(8.9, "EUR", 2)
    ('4.6%', '€8.90')
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"no report language {lang!r}; choose one of {', '.join(LANGUAGES)}")
        self.lang = lang

    @property
    def separators(self) -> str:
        """Decimal and thousands separator, as Plotly wants them."""
        return "," + NARROW if self.lang == "fr" else ".,"

    @property
    def comma(self) -> str:
        """What parts two numbers in a list: a semicolon where the comma is the decimal mark."""
        return NARROW + "; " if self.lang == "fr" else ", "

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A number with separators, the true minus sign, and a dash when there is none."""
        from babel.numbers import format_decimal

        if value is None or not math.isfinite(value):
            return "–"
        rounded = round(float(value), decimals) + 0.0  # no "-0"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = str(format_decimal(abs(rounded), format=pattern, locale=_LOCALES[self.lang]))
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text

    def unit(self, unit: str, magnitude: float = 0.0) -> Unit:
        """How a KPI's unit is written for values of about this size; large sums of euros become k€ or M€."""
        french = self.lang == "fr"
        base, _, per = unit.partition("/")
        base, per = base.strip(), per.strip()
        if base in ("share", "%"):
            factor = 100.0 if base == "share" else 1.0
            return Unit(factor, "", self.percent_sign, NO_BREAK + "pt", "%")
        if base == "EUR":
            size, letter = (1e-6, "M") if abs(magnitude) >= 2e7 else (1e-3, "k") if abs(magnitude) >= 2e4 else (1.0, "")
            axis = letter + "€" if french else "€" + letter
            if french:
                return Unit(size, "", NO_BREAK + letter + "€", NO_BREAK + letter + "€", axis)
            return Unit(size, "€", letter, letter, axis)
        if base in ("", "1", "index", "number"):
            return Unit(1.0, "", "", "", "")
        symbols = _SYMBOLS.get(base)
        symbol = symbols[0 if french else 1] if symbols else base
        if base == "days" and french and abs(magnitude) < 2:
            symbol = "jour"  # French counts in the plural from two on
        axis = symbol
        if per and per != "order":
            axis += ("/" + _PER.get(per, per)) if french else "/" + per
        return Unit(1.0, "", NO_BREAK + symbol, NO_BREAK + symbol, axis)

    def quantity(self, value: float, unit: str, decimals: int | None = None, *, magnitude: float | None = None) -> str:
        """A value with its unit."""
        how = self.unit(unit, value if magnitude is None or unit == "days" else magnitude)
        if value is None or not math.isfinite(value):
            return "–"
        shown = how.shown(value)
        text = self.number(shown, decimals_for(abs(shown) / 100) if decimals is None else decimals)
        if text.startswith(MINUS):
            return MINUS + how.prefix + text[1:] + how.suffix
        return how.prefix + text + how.suffix

    def change(self, value: float, unit: str, decimals: int, *, magnitude: float = 0.0, bare: bool = False) -> str:
        """A signed difference; `bare` leaves out its unit."""
        how = self.unit(unit, value if unit == "days" else magnitude)
        text = self.number(how.shown(value), decimals, signed=True)
        if bare or text == "–":
            return text
        if text[0] in (MINUS, "+"):
            return text[0] + how.prefix + text[1:] + how.difference
        return how.prefix + text + how.difference

    def percent(self, share: float, decimals: int = 1, *, signed: bool = False) -> str:
        """A share as a percentage."""
        text = self.number(share * 100, decimals, signed=signed)
        return text if text == "–" else text + self.percent_sign

    @property
    def percent_sign(self) -> str:
        """The percent sign with the space that goes before it."""
        return NARROW + "%" if self.lang == "fr" else "%"

    def day_month(self, day: date) -> str:
        """A day without its year: "14 Sept", "14 sept."."""
        from babel.dates import format_date

        return str(format_date(day, format="d MMM", locale=_LOCALES[self.lang]))

    def date(self, day: date, form: str = "long") -> str:
        """A date: "22 November 2026", "22 novembre 2026"."""
        from babel.dates import format_date

        return str(format_date(day, format=form, locale=_LOCALES[self.lang]))

    def join(self, parts: list[str]) -> str:
        """ "a, b and c"."""
        from babel.lists import format_list

        return str(format_list(parts, locale=_LOCALES[self.lang])) if parts else ""
