"""Footprints of buildings, with the days on which they were first and last seen."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import CONSTRUCTION

BUILDINGS = Layer(
    id="buildings",
    title=Text("Công trình", "Buildings"),
    description=Text(
        "Mặt bằng công trình, số tầng, ngày phát hiện lần đầu và lần gần nhất.",
        "Building footprints with storeys and the days of first and last sight.",
    ),
    group=CONSTRUCTION,
    shape="MultiPolygon",
    display="name",
    moment="first_seen_on",
    fields=(
        Field("name", "text", Text("Tên", "Name"), folded=True),
        Field(
            "building_kind",
            "text",
            Text("Loại công trình", "Kind of building"),
            codes=codes("building_kind"),
            in_tiles=True,
        ),
        Field("storeys", "integer", Text("Số tầng", "Storeys"), minimum=0, in_tiles=True),
        Field("height_m", "number", Text("Chiều cao", "Height"), unit="m", minimum=0),
        Field("footprint_m2", "number", Text("Diện tích mặt bằng", "Footprint"), unit="m2", minimum=0),
        Field("first_seen_on", "date", Text("Phát hiện lần đầu", "First seen on"), indexed=True),
        Field("last_seen_on", "date", Text("Thấy lần gần nhất", "Last seen on")),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("osm_id", "text", Text("Mã OpenStreetMap", "OpenStreetMap id")),
    ),
    access=Access(write=frozenset({"planner", "inspector", "administrator"})),
    style=Style("#c4b5a5", outline="#7d6f60", colour_by="building_kind", opacity=0.8, width=0.6),
    tiles=Tiles(min_zoom=14, max_zoom=18),
    source=Source(
        key=("osm_id",),
        columns={
            "building_kind": ("building",),
            "storeys": ("building:levels",),
            "height_m": ("height",),
            "first_seen_on": ("timestamp",),
        },
    ),
)
