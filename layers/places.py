"""Named places of all kinds: settlements, hills, sights, schools, clinics, offices, parks."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import CITY_LIFE

PLACES = Layer(
    id="places",
    title=Text("Địa danh, địa điểm", "Places"),
    description=Text(
        "Khu phố, thôn, đồi, hồ, điểm du lịch, trường học, cơ sở y tế, cơ quan, công viên.",
        "Neighbourhoods, villages, hills, lakes, sights, schools, clinics, offices and parks.",
    ),
    group=CITY_LIFE,
    shape="Geometry",
    display="name",
    fields=(
        Field("name", "text", Text("Tên", "Name"), folded=True, in_tiles=True),
        Field("name_en", "text", Text("Tên tiếng Anh", "English name")),
        Field(
            "place_kind",
            "text",
            Text("Loại địa điểm", "Kind of place"),
            codes=codes("place_kind"),
            required=True,
            in_tiles=True,
        ),
        Field("opening_hours", "text", Text("Giờ mở cửa", "Opening hours")),
        Field("phone", "text", Text("Điện thoại công khai", "Public phone")),
        Field("osm_id", "text", Text("Mã OpenStreetMap", "OpenStreetMap id")),
    ),
    access=Access(write=frozenset({"operator", "administrator"})),
    style=Style("#00838f", outline="#ffffff", colour_by="place_kind", label="name", opacity=0.9, width=3),
    tiles=Tiles(min_zoom=10, max_zoom=17),
    source=Source(columns={"name": ("name_vi", "label", "ten"), "place_kind": ("category", "leisure", "amenity")}),
)
