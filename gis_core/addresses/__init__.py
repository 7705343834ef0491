"""The address search of the platform: `find`, `suggest` and `reverse`.

Every step is a small function: a text is cut into `tokens`, recognised as one of the other `forms` or understood as
`readings` of the names in the `gazetteer`; the layers are asked for what was `found`; `rank` says how probable each
candidate is, `explain` why, and `answers` makes features of them.
"""

from sqlalchemy import Connection

from gis_core.addresses.loading import gazetteer
from gis_core.addresses.reverse import around
from gis_core.addresses.search import Answer, find
from gis_core.addresses.suggest import suggest
from gis_core.db import Identity

__all__ = ["find", "reverse", "suggest"]


def reverse(
    connection: Connection, who: Identity, longitude: float, latitude: float, *, language: str = "vi"
) -> Answer:
    """What is at and near a place in WGS 84, as `who` may know it. Raises `BadRequest` for what is no place."""
    return around(connection, gazetteer(connection, who), longitude, latitude, language)
