"""Why a row is refused, repaired or only remarked on: the vocabulary of load reports and of the quarantine."""

from typing import Literal

from gis_core.layer import Text

Kind = Literal["refused", "repaired", "remarked"]

REFUSED: dict[str, Text] = {
    "geometry_missing": Text("Không có hình học", "There is no geometry"),
    "geometry_unreadable": Text("Hình học không đọc được", "The geometry cannot be read"),
    "coordinates_not_finite": Text(
        "Toạ độ không phải là số hữu hạn (NaN hoặc vô cực)", "Coordinates are NaN or infinite"
    ),
    "too_many_vertices": Text("Quá nhiều đỉnh", "Too many vertices"),
    "wrong_geometry_type": Text("Sai loại hình học", "Wrong geometry type"),
    "zero_area": Text("Diện tích bằng 0", "The area is zero"),
    "zero_length": Text("Chiều dài bằng 0", "The length is zero"),
    "not_transformable": Text("Không chuyển được về EPSG:5899", "Cannot be transformed to EPSG:5899"),
    "outside_box": Text("Nằm ngoài khung toạ độ của thành phố", "Lies outside the box of the city"),
    "value_missing": Text("Thiếu giá trị bắt buộc", "A required value is missing"),
    "wrong_type": Text("Giá trị sai kiểu", "The value has the wrong type"),
    "wrong_pattern": Text("Giá trị sai mẫu", "The value does not have the required form"),
    "out_of_range": Text("Giá trị ngoài khoảng cho phép", "The value is out of range"),
    "unknown_code": Text("Mã không có trong danh mục", "The code is not in its list"),
    "validity_reversed": Text("Ngày hết hiệu lực trước ngày có hiệu lực", "Validity ends before it begins"),
    "duplicate_key": Text("Trùng khoá trong tệp", "The key occurs before in the file"),
    "duplicate_row": Text("Trùng cả hình học lẫn thuộc tính", "Geometry and attributes occur before in the file"),
    "unresolved_reference": Text("Không tìm thấy đối tượng được tham chiếu", "The feature it refers to is not loaded"),
}

REPAIRED: dict[str, Text] = {
    "flattened": Text("Bỏ cao độ", "Heights removed"),
    "ring_closed": Text("Khép kín vòng", "Ring closed"),
    "line_to_polygon": Text("Đường khép kín thành vùng", "Closed line made a polygon"),
    "made_valid": Text("Sửa vùng tự cắt", "Invalid polygon repaired"),
    "parts_dropped": Text("Bỏ phần không đúng loại hoặc mảnh vụn", "Parts of another type or slivers removed"),
    "points_removed": Text("Bỏ đỉnh lặp", "Repeated vertices removed"),
    "decoded": Text("Chuyển mã chữ Việt cũ sang Unicode", "Legacy Vietnamese text turned into Unicode"),
    "ward_filled": Text("Điền mã phường theo vị trí", "Ward code filled by location"),
}

REMARKED: dict[str, Text] = {
    "same_geometry": Text("Trùng hình học với hàng khác", "Same geometry as another row"),
    "sliver": Text("Vùng rất hẹp (mảnh vụn)", "A very thin polygon (sliver)"),
    "overlap": Text("Chồng lấn với đối tượng khác", "Overlaps another feature"),
    "dangling_reference": Text("Bỏ trống tham chiếu không tìm thấy", "Reference left empty: not found"),
    "ward_unknown": Text("Không nằm trong phường nào", "Lies in no ward"),
}

VOCABULARY: dict[Kind, dict[str, Text]] = {"refused": REFUSED, "repaired": REPAIRED, "remarked": REMARKED}
