"""Lakes, ponds, streams and canals, as areas or lines."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import ENVIRONMENT

WATER = Layer(
    id="water",
    title=Text("Mặt nước, sông suối", "Water"),
    description=Text("Hồ, ao, sông, suối, kênh mương.", "Lakes, ponds, rivers, streams and canals."),
    group=ENVIRONMENT,
    shape="Geometry",
    display="name",
    fields=(
        Field("name", "text", Text("Tên", "Name"), folded=True, in_tiles=True),
        Field("water_kind", "text", Text("Loại", "Kind"), codes=codes("water_kind"), required=True, in_tiles=True),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    style=Style("#8ecae6", outline="#5fa8c9", label="name", opacity=0.9, width=1.2),
    tiles=Tiles(min_zoom=8, max_zoom=16),
    source=Source(columns={"water_kind": ("waterway", "water", "natural")}),
)
