"""Land parcels of the cadastre, their land-use purposes (several, each with an area) and their lineage."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import LAND, PERSONAL_DATA

LAND_USE = codes("land_use")

LAND_PARCELS = Layer(
    id="land_parcels",
    title=Text("Thửa đất", "Land parcels"),
    description=Text(
        "Thửa đất của bản đồ địa chính: số tờ, số thửa, diện tích, mục đích sử dụng.",
        "Parcels of the cadastral map: sheet, number, area and purpose of use.",
    ),
    group=LAND,
    shape="MultiPolygon",
    validity=True,
    display="parcel_uid",
    fields=(
        Field("parcel_uid", "text", Text("Mã thửa đất", "Parcel identifier"), indexed=True, in_tiles=True),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field(
            "ward_code_survey", "text", Text("Mã phường/xã khi đo đạc", "Ward code at the survey"), pattern="[0-9]{5}"
        ),
        Field("map_sheet_no", "text", Text("Số tờ bản đồ", "Map sheet number"), in_tiles=True),
        Field("parcel_no", "text", Text("Số thửa", "Parcel number"), in_tiles=True),
        Field("old_map_sheet_no", "text", Text("Số tờ bản đồ cũ", "Old sheet number")),
        Field("old_parcel_no", "text", Text("Số thửa cũ", "Old parcel number")),
        Field("area_m2", "number", Text("Diện tích", "Area"), unit="m2", minimum=0),
        Field("legal_area_m2", "number", Text("Diện tích pháp lý", "Area on the certificate"), unit="m2", minimum=0),
        Field(
            "land_use_code",
            "text",
            Text("Mục đích sử dụng chính", "Main purpose of use"),
            codes=LAND_USE,
            in_tiles=True,
        ),
        Field(
            "land_use_origin",
            "text",
            Text("Nguồn gốc sử dụng đất", "Origin of the land-use right"),
            codes=codes("land_origin"),
        ),
        Field("land_use_term", "text", Text("Thời hạn sử dụng đất", "Term of use")),
        Field("land_use_form", "text", Text("Hình thức sử dụng", "Form of use"), codes=codes("land_use_form")),
        Field("certificate_no", "text", Text("Số giấy chứng nhận", "Certificate serial"), personal=True),
        Field("certificate_book_no", "text", Text("Số vào sổ cấp GCN", "Certificate register number"), personal=True),
        Field("certificate_date", "date", Text("Ngày cấp giấy chứng nhận", "Certificate date"), personal=True),
        Field("owner_name", "text", Text("Chủ sử dụng đất", "Land user"), personal=True),
        Field("in_dispute", "boolean", Text("Đang tranh chấp", "In dispute"), personal=True),
        Field("parcel_address", "text", Text("Địa chỉ thửa đất", "Parcel address"), folded=True),
        Field(
            "property_eid",
            "text",
            Text("Mã định danh điện tử bất động sản", "Electronic property identifier"),
            pattern=".{1,40}",
        ),
        Field("survey_date", "date", Text("Ngày đo đạc", "Survey date")),
    ),
    access=Access(
        write=frozenset({"planner", "administrator"}),
        personal=frozenset({"tax_officer", "inspector", "administrator"}),
        reason=PERSONAL_DATA,
    ),
    style=Style("#f2ead8", outline="#8a7a5a", colour_by="land_use_code", label="parcel_no", opacity=0.35, width=0.6),
    tiles=Tiles(min_zoom=13, max_zoom=18),
    source=Source(
        key=("ward_code_survey", "map_sheet_no", "parcel_no"),
        columns={
            "ward_code": ("ward_new_code", "MaXaMoi"),
            "ward_code_survey": ("ward_old_code", "MaXa", "maxa"),
            "map_sheet_no": ("SoHieuToBanDo", "SoTo", "tobando", "sheet_no"),
            "parcel_no": ("SoThuTuThua", "SoThua", "thuad"),
            "old_map_sheet_no": ("soHieuToBanDoCu",),
            "old_parcel_no": ("soThuTuThuaCu",),
            "area_m2": ("DienTich", "dien_tich"),
            "legal_area_m2": ("dienTichPhapLy",),
            "land_use_code": ("KyHieuMucDichSuDung", "mucDichSuDung", "LoaiDat", "land_use"),
            "parcel_address": ("DiaChi",),
            "owner_name": ("TenChu",),
        },
    ),
)

LAND_PARCEL_PURPOSES = Layer(
    id="land_parcel_purposes",
    title=Text("Mục đích sử dụng của thửa đất", "Purposes of a parcel"),
    description=Text(
        "Từng mục đích sử dụng của một thửa đất, với diện tích và thời hạn riêng.",
        "Each purpose of use of a parcel, with its own area and term.",
    ),
    group=LAND,
    shape=None,
    parent="land_parcels",
    fields=(
        Field("parcel_id", "bigint", Text("Thửa đất", "Parcel"), references="land_parcels", required=True),
        Field("rank", "integer", Text("Thứ tự", "Order"), required=True, minimum=1),
        Field("land_use_code", "text", Text("Mục đích sử dụng", "Purpose of use"), codes=LAND_USE, required=True),
        Field("area_m2", "number", Text("Diện tích", "Area"), unit="m2", minimum=0),
        Field("term", "text", Text("Thời hạn", "Term")),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    source=Source(key=("parcel_id", "rank")),
)

LAND_PARCEL_LINEAGE = Layer(
    id="land_parcel_lineage",
    title=Text("Biến động thửa đất", "Parcel lineage"),
    description=Text(
        "Thửa đất này hình thành từ thửa nào: tách, hợp, đổi số.",
        "Which parcel came from which: splits, merges and renumberings.",
    ),
    group=LAND,
    shape=None,
    parent="land_parcels",
    fields=(
        Field("from_parcel_id", "bigint", Text("Thửa cũ", "Earlier parcel"), references="land_parcels", required=True),
        Field("to_parcel_id", "bigint", Text("Thửa mới", "Later parcel"), references="land_parcels", required=True),
        Field("kind", "text", Text("Loại biến động", "Kind of change"), codes=codes("lineage_kind"), required=True),
        Field("changed_on", "date", Text("Ngày biến động", "Date of the change")),
        Field("decision_no", "text", Text("Số hồ sơ, quyết định", "Dossier or decision number")),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    source=Source(key=("from_parcel_id", "to_parcel_id")),
)
