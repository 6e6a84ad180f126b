"""Geocoders of geopy, for stores only and only when one is named: nothing leaves this machine unasked."""

from __future__ import annotations

from functools import lru_cache

from orchestrion.errors import UnknownName


@lru_cache(maxsize=10_000)
def geocoded(name: str, where: str) -> tuple[float, float] | None:
    """Latitude and longitude of a postcode and town in France; None where the service knows no such place.

    Raises
    ------
    UnknownName
        geopy has no geocoder of this name, or it needs a key.
    """
    import geopy.geocoders
    from geopy.exc import ConfigurationError, GeocoderNotFound, GeopyError

    try:
        service = geopy.geocoders.get_geocoder_for_service(name)(user_agent="orchestrion", timeout=10)
    except GeocoderNotFound as error:
        raise UnknownName(str(error)) from None
    except (ConfigurationError, TypeError) as error:
        raise UnknownName(f"the geocoder {name!r} cannot be used without a key ({error}); try nominatim.") from None
    try:
        found = service.geocode(f"{where}, France")
    except GeopyError:
        return None
    return None if found is None else (float(found.latitude), float(found.longitude))
