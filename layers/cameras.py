"""Cameras in public places: position, view and duty. No streams, no faces, no plates are kept here."""

from gis_core.layer import Access, Field, Layer, Rows, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import CITY_LIFE

CAMERAS = Layer(
    id="cameras",
    title=Text("Camera", "Cameras"),
    description=Text(
        "Camera công cộng: vị trí, hướng nhìn, mục đích lắp đặt và thời gian lưu trữ.",
        "Public cameras: position, view, purpose and retention.",
    ),
    group=CITY_LIFE,
    shape="Point",
    display="camera_code",
    fields=(
        Field("camera_code", "text", Text("Mã camera", "Camera code"), required=True, indexed=True, in_tiles=True),
        Field("site_code", "text", Text("Mã điểm lắp đặt", "Site code")),
        Field("site_name", "text", Text("Điểm lắp đặt", "Site"), folded=True, in_tiles=True),
        Field("camera_type", "text", Text("Loại camera", "Camera type"), codes=codes("camera_type"), in_tiles=True),
        Field(
            "install_purpose",
            "text",
            Text("Mục đích lắp đặt", "Purpose"),
            codes=codes("camera_purpose"),
            required=True,
            in_tiles=True,
        ),
        Field("operator_unit", "text", Text("Đơn vị quản lý", "Operating unit")),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("azimuth_deg", "number", Text("Hướng quan sát", "View azimuth"), unit="deg", minimum=0, maximum=360),
        Field("fov_deg", "number", Text("Góc nhìn", "Field of view"), unit="deg", minimum=0, maximum=360),
        Field("range_m", "number", Text("Tầm quan sát", "Range"), unit="m", minimum=0),
        Field("mount_height_m", "number", Text("Độ cao lắp đặt", "Mount height"), unit="m", minimum=0, maximum=200),
        Field("retention_days", "integer", Text("Thời gian lưu trữ (ngày)", "Retention (days)"), minimum=0),
        Field("notice_sign", "boolean", Text("Có biển thông báo ghi hình", "Recording notice present")),
        Field("legal_basis", "text", Text("Căn cứ pháp lý", "Legal basis")),
        Field("qcvn135_certified", "boolean", Text("Hợp quy QCVN 135:2024/BTTTT", "QCVN 135:2024 conformity")),
        Field(
            "camera_status",
            "text",
            Text("Tình trạng hoạt động", "Operational status"),
            codes=codes("camera_status"),
            required=True,
        ),
        Field("installed_on", "date", Text("Ngày lắp đặt", "Installed on")),
    ),
    access=Access(
        write=frozenset({"operator", "administrator"}),
        rows={
            role: Rows("install_purpose <> 'an_ninh'", Text("trừ camera an ninh", "without security cameras"))
            for role in ("citizen", "planner", "tax_officer")
        },
        reason=Text(
            "Vị trí camera an ninh không công bố (Luật 91/2025/QH15, an ninh trật tự)",
            "Places of security cameras are not published (Law 91/2025/QH15, public security)",
        ),
    ),
    style=Style("#6a1b9a", outline="#ffffff", colour_by="install_purpose", label="camera_code", opacity=0.95, width=5),
    tiles=Tiles(min_zoom=11, max_zoom=18),
    source=Source(key=("camera_code",)),
)
