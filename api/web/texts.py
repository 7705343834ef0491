"""The words of the pages in both languages; those whose key begins with `js_` are for the scripts."""

from collections.abc import Mapping

from gis_core.layer import Text

TEXTS: Mapping[str, Text] = {
    "title": Text("Bản đồ thành phố", "City map"),
    "tagline": Text("Bản đồ số đô thị", "The city, mapped"),
    "skip": Text("Đến bản đồ", "Skip to the map"),
    "other_language": Text("English", "Tiếng Việt"),
    "open_data": Text("Dữ liệu và API", "Data and API"),
    "site": Text("Trang", "Site"),
    "log_in": Text("Đăng nhập", "Log in"),
    "layers": Text("Lớp bản đồ", "Map layers"),
    "layers_and_legend": Text("Lớp và chú giải", "Layers and legend"),
    "legend": Text("Chú giải", "Legend"),
    "opacity": Text("Độ rõ", "Opacity"),
    "zoom_in": Text("phóng to để xem", "zoom in to see"),
    "classes": Text("Các loại trong khung nhìn", "Classes in view"),
    "options": Text("Tuỳ chọn lớp", "Layer options"),
    "close": Text("Đóng", "Close"),
    "details": Text("Thông tin đối tượng", "Feature details"),
    "map": Text("Bản đồ", "Map"),
    "print": Text("In bản đồ", "Print the map"),
    "invented": Text(
        "Dữ liệu mẫu được sinh tự động: người, số nhà, giấy phép và phản ánh đều không có thật.",
        "Generated demo data: people, house numbers, permits and reports are all invented.",
    ),
    "invented_short": Text("Dữ liệu mẫu", "Demo data"),
    "no_script": Text(
        "Bản đồ cần JavaScript. Dữ liệu vẫn xem được tại", "The map needs JavaScript. The data can also be read at"
    ),
    "legal": Text(
        "Chỉ để tham khảo, không thay thế hồ sơ địa chính và quy hoạch có hiệu lực pháp lý.",
        "For information only; it does not replace the legally binding cadastral and planning records.",
    ),
    "loading": Text("Đang tải bản đồ…", "Loading the map…"),
    "js_loading": Text("Đang tải…", "Loading…"),
    "js_nothing": Text("Không có đối tượng nào ở đây.", "There is nothing here."),
    "js_several": Text("{count} đối tượng tại điểm này", "{count} features at this point"),
    "js_back": Text("Danh sách", "Back to the list"),
    "js_failed": Text(
        "Không tải được một phần bản đồ. Kiểm tra kết nối rồi thử lại.",
        "Part of the map could not be loaded. Check the connection and try again.",
    ),
    "js_card_failed": Text("Không tải được thông tin đối tượng.", "The details could not be loaded."),
    "js_unsupported": Text(
        "Trình duyệt này không vẽ được bản đồ (thiếu WebGL2).", "This browser cannot draw the map (WebGL2 is missing)."
    ),
    "js_retry": Text("Thử lại", "Try again"),
    "js_zoom_to": Text("Phóng đến", "Zoom to"),
    "js_record": Text("Bản ghi đầy đủ", "Full record"),
    "js_map_hint": Text(
        "Bản đồ. Phím mũi tên để di chuyển, + và − để phóng, Enter để xem đối tượng ở giữa khung.",
        "Map. Arrow keys move, + and − zoom, Enter shows what is at the centre.",
    ),
    "js_zoom_in": Text("Phóng to", "Zoom in"),
    "js_zoom_out": Text("Thu nhỏ", "Zoom out"),
    "js_north": Text("Quay về hướng bắc", "Reset to north"),
    "js_locate": Text("Vị trí của tôi", "My position"),
    "js_attribution": Text("Nguồn dữ liệu", "Data sources"),
}
