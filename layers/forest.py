"""Forest by dataset: forest planning, forest inventory and cadastral forest land are three facts, never one."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import ENVIRONMENT

FOREST = Layer(
    id="forest",
    title=Text("Rừng", "Forest"),
    description=Text(
        "Ranh giới rừng theo quy hoạch ba loại rừng và theo kiểm kê: tiểu khu, khoảnh, lô, chức năng, hiện trạng.",
        "Forest by planning function and by inventory: compartment, sub-compartment, plot, function and cover.",
    ),
    group=ENVIRONMENT,
    shape="MultiPolygon",
    display="forest_plot",
    fields=(
        Field(
            "forest_dataset",
            "text",
            Text("Nguồn lớp rừng", "Forest dataset"),
            codes=codes("forest_dataset"),
            required=True,
            in_tiles=True,
        ),
        Field(
            "forest_function",
            "text",
            Text("Ba loại rừng", "Forest function"),
            codes=codes("forest_function"),
            indexed=True,
            in_tiles=True,
        ),
        Field("source_class", "text", Text("Ký hiệu trong nguồn", "Class in the source")),
        Field("forest_compartment", "text", Text("Tiểu khu", "Compartment"), indexed=True, in_tiles=True),
        Field("forest_subcompartment", "text", Text("Khoảnh", "Sub-compartment"), in_tiles=True),
        Field("forest_plot", "text", Text("Lô rừng", "Forest plot"), in_tiles=True),
        Field("forest_origin", "text", Text("Nguồn gốc rừng", "Natural or planted"), codes=codes("forest_origin")),
        Field("forest_owner", "text", Text("Chủ rừng (tổ chức)", "Forest owner (organisation)")),
        Field("forest_status", "text", Text("Trạng thái rừng", "Forest status")),
        Field("planned_forestry_land", "boolean", Text("Đất quy hoạch lâm nghiệp", "Land planned for forestry")),
        Field("ward_name_survey", "text", Text("Phường/xã khi kiểm kê", "Ward at the inventory")),
        Field("map_sheet_no", "text", Text("Số tờ bản đồ", "Map sheet number")),
        Field("parcel_no", "text", Text("Số thửa", "Parcel number")),
        Field("area_ha", "number", Text("Diện tích", "Area"), unit="ha", minimum=0),
    ),
    access=Access(write=frozenset({"inspector", "administrator"})),
    style=Style("#7fae5c", outline="#4d7a34", colour_by="forest_function", opacity=0.45, width=0.8),
    tiles=Tiles(min_zoom=9, max_zoom=16),
    source=Source(
        columns={
            "source_class": ("zone_type", "mdsd"),
            "forest_compartment": ("tk", "tieukhu"),
            "forest_subcompartment": ("khoanh",),
            "forest_plot": ("lo",),
            "forest_status": ("ldlr",),
            "forest_owner": ("churung",),
            "ward_name_survey": ("xa",),
            "map_sheet_no": ("tobando",),
            "parcel_no": ("thuad",),
            "area_ha": ("dtich",),
        },
    ),
)
