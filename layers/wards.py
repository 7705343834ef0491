"""Wards and communes. A code alone is no key: codes were reused with another meaning on 01/07/2025."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import ADMINISTRATION

WARDS = Layer(
    id="wards",
    title=Text("Phường, xã", "Wards and communes"),
    description=Text(
        "Đơn vị hành chính cấp xã theo thời kỳ hiệu lực, trước và sau 01/07/2025.",
        "Commune-level units with their time of validity, before and after 1 July 2025.",
    ),
    group=ADMINISTRATION,
    shape="MultiPolygon",
    validity=True,
    display="name",
    fields=(
        Field(
            "code",
            "text",
            Text("Mã phường/xã", "Ward code"),
            required=True,
            indexed=True,
            in_tiles=True,
            pattern="[0-9]{5}",
        ),
        Field("name", "text", Text("Tên phường/xã", "Ward name"), required=True, folded=True, in_tiles=True),
        Field("level", "text", Text("Cấp", "Level"), codes=codes("ward_level")),
        Field("former_district", "text", Text("Quận/huyện cũ", "Former district")),
        Field("province_code", "text", Text("Mã tỉnh", "Province code"), pattern="[0-9]{2}"),
        Field("successor_code", "text", Text("Mã phường/xã kế tiếp", "Code of the successor ward"), pattern="[0-9]{5}"),
        Field("area_km2", "number", Text("Diện tích công bố", "Published area"), unit="km2", minimum=0),
        Field("legal_basis", "text", Text("Căn cứ pháp lý", "Legal basis")),
    ),
    access=Access(write=frozenset({"administrator"})),
    style=Style("#7b5ea7", outline="#7b5ea7", opacity=0.04, width=1.5, label="name"),
    tiles=Tiles(min_zoom=8, max_zoom=16),
    source=Source(
        key=("code", "valid_from"),
        columns={
            "code": ("ward_code", "ma_xa", "maxa"),
            "name": ("fullName", "ten_xa", "ward_name"),
            "former_district": ("district",),
            "area_km2": ("areaKm2",),
        },
    ),
)
