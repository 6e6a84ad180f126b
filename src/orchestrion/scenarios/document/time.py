"""When the rehearsal takes place."""

from __future__ import annotations

from datetime import date

from orchestrion.scenarios.document.base import Section, param


class Time(Section):
    """When the rehearsal takes place."""

    start: date = param(date(2026, 9, 7), "First day, from midnight local time", "date")
    warm_up_weeks: int = param(2, "Weeks before measuring begins", "weeks", ge=0, le=52)
    measured_weeks: int = param(8, "Weeks measured", "weeks", ge=1, le=104)
    run_off_days: int = param(
        10, "Days after the last measured one in which orders in progress are finished", "days", ge=0, le=60
    )
