"""Building permits of the wards and the Department of Construction; the register is public, people are not."""

from gis_core.layer import OWN_WARDS, Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import CONSTRUCTION, PERSONAL_DATA

BUILDING_PERMITS = Layer(
    id="building_permits",
    title=Text("Giấy phép xây dựng", "Building permits"),
    description=Text(
        "Giấy phép xây dựng với phạm vi công trình được phép, quy mô và thời hạn.",
        "Building permits with the permitted outline, size and time limits.",
    ),
    group=CONSTRUCTION,
    shape="MultiPolygon",
    display="permit_no",
    moment="permit_date",
    fields=(
        Field(
            "permit_no",
            "text",
            Text("Số giấy phép xây dựng", "Permit number"),
            required=True,
            indexed=True,
            in_tiles=True,
        ),
        Field("permit_type", "text", Text("Loại giấy phép", "Permit type"), codes=codes("permit_type"), in_tiles=True),
        Field(
            "permit_status",
            "text",
            Text("Trạng thái giấy phép", "Permit status"),
            codes=codes("permit_status"),
            required=True,
            in_tiles=True,
        ),
        Field("permit_date", "date", Text("Ngày cấp", "Issue date")),
        Field("received_on", "date", Text("Ngày nhận hồ sơ", "Application received on")),
        Field("issuing_authority", "text", Text("Cơ quan cấp phép", "Issuing authority")),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("parcel_id", "bigint", Text("Thửa đất", "Parcel"), references="land_parcels"),
        Field("investor_name", "text", Text("Chủ đầu tư", "Investor or owner"), personal=True),
        Field("work_name", "text", Text("Tên công trình", "Name of the works"), personal=True),
        Field("work_grade", "text", Text("Cấp công trình", "Grade of the works"), codes=codes("work_grade")),
        Field("work_type", "text", Text("Loại công trình", "Type of works"), codes=codes("work_type")),
        Field("construction_location", "text", Text("Địa điểm xây dựng", "Construction location"), folded=True),
        Field("footprint_m2", "number", Text("Diện tích xây dựng", "Footprint"), unit="m2", minimum=0),
        Field("gfa_m2", "number", Text("Tổng diện tích sàn", "Gross floor area"), unit="m2", minimum=0),
        Field("storeys", "integer", Text("Số tầng", "Storeys"), minimum=0),
        Field("height_m", "number", Text("Chiều cao công trình", "Building height"), unit="m", minimum=0),
        Field("ground_elevation", "number", Text("Cốt nền", "Ground-floor elevation"), unit="m"),
        Field("commence_by", "date", Text("Thời hạn khởi công", "Commence by")),
        Field("commencement_notice_date", "date", Text("Ngày thông báo khởi công", "Commencement notice of")),
        Field("extension_count", "integer", Text("Số lần gia hạn", "Extensions used"), minimum=0),
        Field("expires_on", "date", Text("Ngày hết hiệu lực", "Expiry date")),
        Field("exemption_clause", "text", Text("Căn cứ miễn phép", "Ground of exemption")),
    ),
    access=Access(
        write=frozenset({"planner", "inspector", "administrator"}),
        personal=frozenset({"planner", "tax_officer", "inspector", "administrator"}),
        rows={"tax_officer": OWN_WARDS, "inspector": OWN_WARDS},
        reason=PERSONAL_DATA,
    ),
    style=Style("#f28c28", outline="#b35c00", opacity=0.45, label="permit_no"),
    tiles=Tiles(min_zoom=13, max_zoom=18),
    source=Source(
        key=("permit_no",),
        columns={
            "permit_no": ("so_gpxd", "SoGiayPhep"),
            "permit_date": ("NgayCap",),
            "expires_on": ("NgayHetHan",),
            "work_name": ("TenCongTrinh",),
            "construction_location": ("DiaDiem",),
            "storeys": ("SoTang",),
            "height_m": ("ChieuCao",),
        },
    ),
)
