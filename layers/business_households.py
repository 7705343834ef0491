"""Business households (hộ kinh doanh) with their tax position: seen by tax officers of the ward only."""

from gis_core.layer import OWN_WARDS, Access, Field, Layer, Rows, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import BUSINESS, PERSONAL_DATA

BUSINESS_HOUSEHOLDS = Layer(
    id="business_households",
    title=Text("Hộ kinh doanh", "Business households"),
    description=Text(
        "Hộ kinh doanh đã đăng ký: tên, ngành nghề, địa điểm; tình hình thuế chỉ cán bộ thuế phụ trách được xem.",
        "Registered business households: name, industry, place; their tax position is for the officers in charge only.",
    ),
    group=BUSINESS,
    shape="Point",
    display="business_name",
    fields=(
        Field("business_reg_no", "text", Text("Mã số đăng ký hộ kinh doanh", "Registration number"), personal=True),
        Field(
            "business_name",
            "text",
            Text("Tên hộ kinh doanh", "Business name"),
            required=True,
            folded=True,
            in_tiles=True,
        ),
        Field(
            "business_status",
            "text",
            Text("Trạng thái hoạt động", "Operating status"),
            codes=codes("business_status"),
            required=True,
            in_tiles=True,
        ),
        Field(
            "vsic_code", "text", Text("Mã ngành (VSIC)", "Industry code (VSIC)"), pattern="[0-9]{2,5}", in_tiles=True
        ),
        Field("vsic_version", "text", Text("Phiên bản mã ngành", "Industry-code version")),
        Field("business_location", "text", Text("Địa điểm kinh doanh", "Business location"), folded=True),
        Field("house_number_id", "bigint", Text("Số nhà", "House number"), references="house_numbers"),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("registration_date", "date", Text("Ngày đăng ký", "Registration date")),
        Field("opening_hours", "text", Text("Giờ mở cửa", "Opening hours")),
        Field("owner_name", "text", Text("Chủ hộ", "Owner"), personal=True),
        Field(
            "owner_id_no",
            "text",
            Text("Số định danh cá nhân", "Personal identification number"),
            personal=True,
            pattern="[0-9]{12}",
        ),
        Field(
            "tax_code",
            "text",
            Text("Mã số thuế", "Tax code"),
            personal=True,
            pattern="[0-9]{10}|[0-9]{12}|[0-9]{10}-[0-9]{3}",
        ),
        Field("phone", "text", Text("Điện thoại", "Phone"), personal=True),
        Field(
            "registered_capital",
            "money",
            Text("Vốn kinh doanh", "Business capital"),
            unit="VND",
            personal=True,
            minimum=0,
        ),
        Field("annual_revenue", "money", Text("Doanh thu năm", "Annual revenue"), unit="VND", personal=True, minimum=0),
        Field(
            "tax_method", "text", Text("Phương pháp tính thuế", "Tax method"), codes=codes("tax_method"), personal=True
        ),
        Field("tax_payable", "money", Text("Số thuế phải nộp", "Tax payable"), unit="VND", personal=True, minimum=0),
        Field("tax_debt", "money", Text("Số tiền thuế nợ", "Tax debt"), unit="VND", personal=True, minimum=0),
        Field("late_fee", "money", Text("Tiền chậm nộp", "Late-payment amount"), unit="VND", personal=True, minimum=0),
        Field("due_date", "date", Text("Hạn nộp", "Due date"), personal=True),
        Field("debt_days", "integer", Text("Số ngày nợ", "Days overdue"), personal=True, minimum=0),
        Field("debt_class", "text", Text("Phân loại nợ thuế", "Debt class"), codes=codes("debt_class"), personal=True),
        Field("tax_officer", "text", Text("Cán bộ quản lý thuế", "Tax officer in charge"), personal=True),
        Field("last_visit_on", "date", Text("Lần làm việc gần nhất", "Last visited on"), personal=True),
        Field(
            "visit_result", "text", Text("Kết quả xác minh", "Visit result"), codes=codes("visit_result"), personal=True
        ),
        Field("location_verified", "boolean", Text("Đã xác minh địa điểm", "Location verified"), personal=True),
    ),
    access=Access(
        read=frozenset({"citizen", "planner", "tax_officer", "operator", "administrator"}),
        write=frozenset({"tax_officer", "administrator"}),
        personal=frozenset({"tax_officer"}),
        rows={
            "tax_officer": OWN_WARDS,
            "citizen": Rows(
                "business_status = 'hoat_dong'", Text("chỉ hộ đang hoạt động", "operating households only")
            ),
        },
        reason=PERSONAL_DATA,
    ),
    style=Style("#00796b", outline="#ffffff", colour_by="business_status", label="business_name", opacity=0.9, width=4),
    tiles=Tiles(min_zoom=14, max_zoom=18),
    source=Source(
        key=("business_reg_no",),
        columns={"tax_code": ("mst",), "business_name": ("ten_ho_kd",), "business_location": ("dia_chi_kd",)},
    ),
)
