"""Days are those of Paris: the day on which a file came, on which a night is due, at which people read a moment."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def day_of(moment: datetime) -> date:
    """The day of a moment, which has a time zone, on the clocks of Paris."""
    return moment.astimezone(PARIS).date()
