"""House numbers as plates on the street: number, alley path, street, ward, and the parcel they stand on."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import ADMINISTRATION

HOUSE_NUMBERS = Layer(
    id="house_numbers",
    title=Text("Số nhà", "House numbers"),
    description=Text(
        "Biển số nhà với đường, hẻm, phường và thửa đất tương ứng.",
        "House-number plates with street, alley, ward and the parcel they belong to.",
    ),
    group=ADMINISTRATION,
    shape="Point",
    validity=True,
    display="full_address",
    fields=(
        Field("house_number", "text", Text("Số nhà", "House number"), required=True, indexed=True, in_tiles=True),
        Field("house_number_old", "text", Text("Số nhà cũ", "Former house number")),
        Field("alley_path", "text", Text("Hẻm, ngõ, ngách, kiệt", "Alley path")),
        Field("street_name", "text", Text("Tên đường", "Street name"), required=True, folded=True, in_tiles=True),
        Field("residential_group", "text", Text("Tổ dân phố, thôn", "Residential group or village")),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field(
            "ward_code_old",
            "text",
            Text("Mã phường/xã trước 01/07/2025", "Ward code before 1 July 2025"),
            pattern="[0-9]{5}",
        ),
        Field("parcel_id", "bigint", Text("Thửa đất", "Parcel"), references="land_parcels"),
        Field(
            "parcel_confidence",
            "number",
            Text("Độ tin cậy của liên kết thửa", "Confidence of the parcel link"),
            minimum=0,
            maximum=1,
        ),
        Field("plate_type", "text", Text("Loại biển số nhà", "Plate type"), codes=codes("plate_type")),
        Field("status", "text", Text("Tình trạng", "Status"), codes=codes("house_number_status"), required=True),
        Field("assigned_date", "date", Text("Ngày cấp số nhà", "Number assigned on")),
        Field("assign_decision_no", "text", Text("Số quyết định cấp số nhà", "Numbering decision number")),
        Field("full_address", "text", Text("Địa chỉ đầy đủ", "Full address"), folded=True),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    style=Style("#1f5fbf", outline="#ffffff", label="house_number", opacity=0.9, width=3),
    tiles=Tiles(min_zoom=15, max_zoom=18),
    source=Source(
        key=("ward_code", "street_name", "house_number"),
        columns={"house_number": ("so_nha",), "street_name": ("ten_duong",), "alley_path": ("hem",)},
    ),
)
