"""Streets, alleys and paths as centre lines, with what a motorbike or a car may do on them."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import TRANSPORT

ROADS = Layer(
    id="roads",
    title=Text("Đường, hẻm", "Roads and alleys"),
    description=Text(
        "Tim đường, hẻm và lối đi với loại đường, chiều, mặt đường.",
        "Centre lines of roads, alleys and paths with class, direction and surface.",
    ),
    group=TRANSPORT,
    shape="MultiLineString",
    validity=True,
    display="street_name",
    fields=(
        Field("street_name", "text", Text("Tên đường", "Street name"), folded=True, in_tiles=True),
        Field("ref", "text", Text("Số hiệu đường", "Road number"), in_tiles=True),
        Field(
            "road_class",
            "text",
            Text("Loại đường", "Road class"),
            codes=codes("road_class"),
            required=True,
            in_tiles=True,
        ),
        Field(
            "oneway",
            "integer",
            Text("Chiều đi (1 xuôi, -1 ngược, 0 hai chiều)", "Direction (1 forward, -1 backward, 0 both)"),
            minimum=-1,
            maximum=1,
        ),
        Field("surface", "text", Text("Mặt đường", "Surface"), codes=codes("road_surface")),
        Field("width_m", "number", Text("Bề rộng", "Width"), unit="m", minimum=0),
        Field("lanes", "integer", Text("Số làn", "Lanes"), minimum=0),
        Field("max_speed_kmh", "number", Text("Tốc độ tối đa", "Speed limit"), unit="km/h", minimum=0),
        Field("car", "boolean", Text("Ô tô đi được", "Open to cars")),
        Field("motorbike", "boolean", Text("Xe máy đi được", "Open to motorbikes")),
        Field("bridge", "boolean", Text("Cầu", "Bridge")),
        Field("tunnel", "boolean", Text("Hầm", "Tunnel")),
        Field("osm_id", "bigint", Text("Mã OpenStreetMap", "OpenStreetMap id"), indexed=True),
        Field("osm_tags", "json", Text("Thẻ OpenStreetMap", "OpenStreetMap tags")),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    style=Style("#8c8c8c", colour_by="road_class", label="street_name", opacity=1.0, width=2),
    tiles=Tiles(min_zoom=9, max_zoom=17),
    source=Source(
        key=("osm_id",),
        columns={
            "street_name": ("name", "ten_duong"),
            "road_class": ("highway",),
            "max_speed_kmh": ("maxspeed",),
            "width_m": ("width",),
        },
    ),
)
