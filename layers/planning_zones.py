"""Zones of the plans: what a piece of land is planned for, how densely and how high it may be built on."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import PLANNING

PLANNING_ZONES = Layer(
    id="planning_zones",
    title=Text("Khu đất quy hoạch", "Planning zones"),
    description=Text(
        "Chức năng sử dụng đất và chỉ tiêu xây dựng của từng khu đất, theo đồ án và thời kỳ hiệu lực.",
        "Planned use and building limits of each zone, by plan and time of validity.",
    ),
    group=PLANNING,
    shape="MultiPolygon",
    validity=True,
    display="zone_symbol",
    fields=(
        Field("plan_id", "bigint", Text("Đồ án", "Plan"), references="plans", in_tiles=True),
        Field(
            "zone_symbol", "text", Text("Ký hiệu khu đất", "Zone symbol"), required=True, indexed=True, in_tiles=True
        ),
        Field("lot_symbol", "text", Text("Ký hiệu lô đất", "Lot symbol")),
        Field(
            "land_use_code",
            "text",
            Text("Loại đất quy hoạch", "Planned land use"),
            codes=codes("land_use"),
            in_tiles=True,
        ),
        Field("zone_function", "text", Text("Chức năng sử dụng đất quy hoạch", "Planned function"), in_tiles=True),
        Field("zone_area_m2", "number", Text("Diện tích khu đất", "Zone area"), unit="m2", minimum=0),
        Field(
            "building_density_pct",
            "number",
            Text("Mật độ xây dựng", "Building coverage"),
            unit="%",
            minimum=0,
            maximum=100,
        ),
        Field("floor_area_ratio", "number", Text("Hệ số sử dụng đất (lần)", "Floor area ratio"), minimum=0),
        Field("floors_min", "integer", Text("Tầng cao tối thiểu", "Minimum storeys"), minimum=0),
        Field("floors_max", "integer", Text("Tầng cao tối đa", "Maximum storeys"), minimum=0),
        Field("height_max_m", "number", Text("Chiều cao tối đa", "Maximum height"), unit="m", minimum=0),
        Field("setback_front_m", "number", Text("Khoảng lùi chính", "Front setback"), unit="m", minimum=0),
        Field("setback_side_m", "number", Text("Khoảng lùi biên", "Side setback"), unit="m", minimum=0),
        Field("population_planned", "integer", Text("Dân số quy hoạch (người)", "Planned population"), minimum=0),
        Field(
            "architecture_regulated",
            "boolean",
            Text("Khu vực có quy chế quản lý kiến trúc", "Architecture-regulated area"),
        ),
    ),
    access=Access(write=frozenset({"planner"})),
    style=Style("#dddddd", colour_by="land_use_code", label="zone_symbol", opacity=0.55),
    tiles=Tiles(min_zoom=10, max_zoom=17),
    source=Source(
        key=("plan_id", "zone_symbol", "lot_symbol"),
        columns={
            "zone_symbol": ("KiHieuKhuDat",),
            "lot_symbol": ("KiHieuLoDat",),
            "land_use_code": ("LoaiDat",),
            "zone_function": ("ChucNang",),
            "zone_area_m2": ("DienTichKhuDat",),
            "floors_max": ("TangCao",),
            "building_density_pct": ("MatDoXayDung",),
            "setback_front_m": ("KhoangLuiChinh",),
            "setback_side_m": ("KhoangLuiBien",),
            "floor_area_ratio": ("HeSoSuDungDat",),
        },
    ),
)
