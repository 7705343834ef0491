"""CQL2 filters (OGC 21-065r2), text and JSON, as SQL conditions over what a role may know of a layer.

The Rust package `cql2` parses; its JSON is translated node by node against a list of what is allowed, so that whatever
is not on the list, hidden properties included, is refused with the same sentence.
"""

from gis_core.cql2.conditions import filter_condition
from gis_core.cql2.parse import Language

__all__ = ["Language", "filter_condition"]
