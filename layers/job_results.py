"""Layers that spatial jobs write: officers' visits, camera views and report hot spots."""

from gis_core.layer import OWN_WARDS, Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import PERSONAL_DATA, RESULTS

OFFICER_VISITS = Layer(
    id="officer_visits",
    title=Text("Lịch làm việc của cán bộ", "Officers' visits"),
    description=Text(
        "Các lượt đến hộ kinh doanh theo thứ tự trong ngày, và kết quả.",
        "Visits to households in the order of the day, and their results.",
    ),
    group=RESULTS,
    shape="Point",
    display="visit_code",
    moment="visit_on",
    written_by="officer-routes",
    fields=(
        Field("visit_code", "text", Text("Mã lượt làm việc", "Visit code"), required=True, indexed=True),
        Field("officer", "text", Text("Cán bộ", "Officer"), required=True, indexed=True),
        Field("visit_on", "date", Text("Ngày", "Day"), required=True, indexed=True),
        Field("position", "integer", Text("Thứ tự", "Order"), required=True, minimum=1),
        Field("household_id", "bigint", Text("Hộ kinh doanh", "Household"), references="business_households"),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("arrive_at", "timestamp", Text("Giờ đến", "Arrival")),
        Field("leave_at", "timestamp", Text("Giờ đi", "Departure")),
        Field("visit_status", "text", Text("Trạng thái", "Status"), codes=codes("visit_status"), required=True),
        Field("visit_record_no", "text", Text("Số biên bản làm việc", "Visit record number"), personal=True),
        Field(
            "visit_result", "text", Text("Kết quả xác minh", "Visit result"), codes=codes("visit_result"), personal=True
        ),
    ),
    access=Access(
        read=frozenset({"tax_officer", "operator", "administrator"}),
        write=frozenset({"tax_officer", "administrator"}),
        personal=frozenset({"tax_officer"}),
        rows={"tax_officer": OWN_WARDS},
        reason=PERSONAL_DATA,
    ),
    style=Style("#1565c0", outline="#ffffff", opacity=0.95, width=6),
    tiles=Tiles(min_zoom=11, max_zoom=18),
    source=Source(key=("visit_code",)),
)

CAMERA_VIEWS = Layer(
    id="camera_views",
    title=Text("Vùng nhìn của camera", "Camera views"),
    description=Text(
        "Phần mặt đất mà từng camera nhìn thấy, tính theo địa hình.",
        "The ground that each camera can see, computed on the terrain.",
    ),
    group=RESULTS,
    shape="MultiPolygon",
    display="camera_code",
    written_by="camera-coverage",
    fields=(
        Field("camera_id", "bigint", Text("Camera", "Camera"), references="cameras"),
        Field("camera_code", "text", Text("Mã camera", "Camera code"), required=True, indexed=True, in_tiles=True),
        Field("visible_m2", "number", Text("Diện tích nhìn thấy", "Visible area"), unit="m2", minimum=0),
        Field("computed_at", "timestamp", Text("Tính lúc", "Computed at")),
        Field("parameters", "json", Text("Tham số", "Parameters")),
    ),
    access=Access(
        read=frozenset({"inspector", "operator", "administrator"}),
        write=frozenset({"operator", "administrator"}),
        reason=Text("Vùng nhìn cho biết vị trí camera an ninh", "A view gives away the place of a security camera"),
    ),
    style=Style("#ab47bc", outline="#6a1b9a", opacity=0.25),
    tiles=Tiles(min_zoom=11, max_zoom=16),
    source=Source(key=("camera_code",)),
)

REPORT_HOTSPOTS = Layer(
    id="report_hotspots",
    title=Text("Điểm nóng phản ánh", "Report hot spots"),
    description=Text(
        "Nơi phản ánh tập trung bất thường theo không gian và thời gian.",
        "Places where reports cluster unusually in space and time.",
    ),
    group=RESULTS,
    shape="MultiPolygon",
    display="hotspot_code",
    written_by="report-hotspots",
    fields=(
        Field(
            "hotspot_code", "text", Text("Mã điểm nóng", "Hot-spot code"), required=True, indexed=True, in_tiles=True
        ),
        Field("report_category", "text", Text("Lĩnh vực", "Category"), codes=codes("report_category"), in_tiles=True),
        Field("report_count", "integer", Text("Số phản ánh", "Reports"), minimum=0, in_tiles=True),
        Field("expected_count", "number", Text("Số kỳ vọng", "Expected number"), minimum=0),
        Field("p_value", "number", Text("Giá trị p", "p-value"), minimum=0, maximum=1),
        Field("period_from", "date", Text("Từ ngày", "From")),
        Field("period_to", "date", Text("Đến ngày", "To")),
        Field("trend", "text", Text("Xu hướng", "Trend"), codes=codes("hotspot_trend")),
    ),
    access=Access(
        read=frozenset({"planner", "inspector", "operator", "administrator"}),
        write=frozenset({"operator", "administrator"}),
        reason=Text(
            "Thống kê nội bộ, tính trên cả phản ánh chưa công khai",
            "Internal statistics that also count reports which are not published",
        ),
    ),
    style=Style("#e53935", outline="#b71c1c", opacity=0.35),
    tiles=Tiles(min_zoom=9, max_zoom=16),
    source=Source(key=("hotspot_code",)),
)
