"""The words of the planners' map in both languages; those whose key begins with `planjs_` are for its scripts."""

from collections.abc import Mapping

from gis_core.layer import Text

PLANNING_TEXTS: Mapping[str, Text] = {
    "planning": Text("Quy hoạch", "Planning"),
    "plan_title": Text("Bản đồ quy hoạch", "Planning map"),
    "plan_tools": Text("Công cụ quy hoạch", "Planning tools"),
    "plan_publish": Text("Công bố đồ án", "Publish a plan"),
    "plan_versions": Text("Các phiên bản", "Versions"),
    "plan_as_of": Text("Quy hoạch tại ngày", "Plans as of"),
    "plan_today": Text("Hôm nay", "Today"),
    "plan_slider": Text("Các ngày quy hoạch thay đổi", "Days on which plans changed"),
    "plan_tab_tree": Text("Lớp", "Layers"),
    "plan_tab_filter": Text("Lọc", "Filter"),
    "plan_tab_area": Text("Vùng", "Area"),
    "plan_tab_compare": Text("So sánh", "Compare"),
    "plan_tab_output": Text("Xuất", "Export"),
    "plan_version": Text("phiên bản", "version"),
    "plan_decision": Text("Quyết định", "Decision"),
    "plan_from": Text("hiệu lực từ", "valid from"),
    "plan_until": Text("đến", "until"),
    # Filter, table, files.
    "filter_layer": Text("Lớp dữ liệu", "Layer"),
    "filter_view": Text("Chỉ trong khung nhìn", "Only what is in view"),
    "filter_apply": Text("Lọc", "Filter"),
    "filter_clear": Text("Bỏ lọc", "Clear"),
    "exports": Text("Tải dữ liệu đã lọc", "Download the filtered data"),
    "exports_note": Text(
        "Toàn bộ các dòng đã lọc, đúng ngày và thứ tự đang xem.", "All filtered rows, as of the same day."
    ),
    "format_geojson": Text("GeoJSON", "GeoJSON"),
    "format_csv": Text("CSV", "CSV"),
    "format_flatgeobuf": Text("FlatGeobuf", "FlatGeobuf"),
    "format_gpkg": Text("GeoPackage", "GeoPackage"),
    "format_geoparquet": Text("GeoParquet", "GeoParquet"),
    "table": Text("Bảng", "Table"),
    "table_previous": Text("Trang trước", "Previous"),
    "table_next": Text("Trang sau", "Next"),
    # Drawing, measuring, areas.
    "draw_hint": Text(
        "Bấm để thêm đỉnh, bấm đúp để kết thúc. Bàn phím: mũi tên di chuyển, Enter thêm đỉnh ở giữa khung (hai lần cùng"
        " chỗ: kết thúc), Backspace hoàn tác, Esc thoát.",
        "Click to add a corner, double-click to finish. Keyboard: arrows move, Enter adds a corner at the centre (twice"
        " at the same place: finish), Backspace undoes, Esc leaves.",
    ),
    "draw_undo": Text("Hoàn tác", "Undo"),
    "draw_redo": Text("Làm lại", "Redo"),
    "draw_finish": Text("Xong", "Finish"),
    "draw_clear": Text("Xoá", "Clear"),
    "measure": Text("Đo", "Measuring"),
    "area_lead": Text(
        "Vẽ hoặc tải lên một vùng để biết diện tích và tỷ lệ từng khu đất quy hoạch, theo ngày đã chọn.",
        "Draw or upload an area to learn its shares of each planning zone, as of the chosen day.",
    ),
    "area_draw": Text("Vẽ vùng", "Draw an area"),
    "area_drawn": Text("Vùng đã vẽ", "Drawn area"),
    "area_upload": Text("Hoặc tải tệp lên", "Or upload a file"),
    "area_upload_note": Text(
        "GeoJSON, GeoPackage hoặc ZIP chứa SHP; đến 5 MB, 1.000 đa giác, 20.000 đỉnh. Tệp không được lưu lại.",
        "GeoJSON, GeoPackage or a ZIP with SHP; up to 5 MB, 1,000 polygons, 20,000 corners. The file is not kept.",
    ),
    # Comparing.
    "compare_lead": Text(
        "So sánh quy hoạch của ngày đang xem với một ngày khác.", "Compare the plans of the day shown with another day."
    ),
    "compare_day": Text("So với ngày", "Compare with"),
    "compare_versions": Text("Các lần thay đổi gần đây", "Recent changes of plans"),
    "compare_versions_note": Text(
        "Chọn một lần thay đổi để so với ngày ngay trước đó.", "Choose a change to compare it with the day before."
    ),
    "compare_before": Text("So sánh trước và sau ngày", "Compare before and after"),
    "compare_start": Text("Liệt kê thay đổi", "List the changes"),
    "compare_swipe": Text("Kéo so sánh", "Swipe"),
    "compare_divider": Text("Thanh kéo so sánh hai ngày", "Divider between the two days"),
    # The sheet, the picture, the link.
    "sheet_title": Text("Bản đồ quy hoạch", "Planning map"),
    "sheet_name": Text("Tên tờ bản đồ", "Title of the sheet"),
    "sheet_paper": Text("Khổ giấy", "Paper"),
    "sheet_a4": Text("A4 ngang", "A4 landscape"),
    "sheet_a4_portrait": Text("A4 đứng", "A4 portrait"),
    "sheet_a3": Text("A3 ngang", "A3 landscape"),
    "sheet_fit": Text("Vừa khung nhìn", "Fit the view"),
    "sheet_note": Text(
        "PDF do máy chủ vẽ đúng tỷ lệ trong VN-2000, kèm chú giải của những gì có trong khung, ngày, nguồn và bộ lọc."
        " Lớp địa hình và ảnh không in.",
        "The PDF is drawn by the server, true to scale in VN-2000, with a legend of what is in the frame, date, sources"
        " and filter. Terrain and imagery are not printed.",
    ),
    "sheet_pdf": Text("Tải PDF", "Download PDF"),
    "sheet_png": Text("Tải ảnh PNG", "Download PNG"),
    "sheet_print": Text("In trang", "Print the page"),
    "sheet_made": Text("Lập lúc", "Made at"),
    "sheet_past": Text("không phải hôm nay", "not today"),
    "sheet_empty": Text("Không có đối tượng nào trong khung.", "There is nothing in the frame."),
    "sheet_filtered": Text("Đã lọc", "Filtered"),
    "sheet_sources": Text("Nguồn dữ liệu", "Sources"),
    "sheet_changed": Text("Cập nhật lần cuối", "Last changed"),
    "sheet_view": Text("Xem lại trên bản đồ", "This view on the map"),
    "share": Text("Liên kết", "Link"),
    "share_note": Text(
        "Liên kết giữ vị trí, lớp, độ rõ, bộ lọc, ngày, ngày so sánh và vùng đã vẽ.",
        "The link keeps place, layers, opacity, filter, day, day compared with, and the drawn area.",
    ),
    "share_link": Text("Liên kết cố định", "Permanent link"),
    "share_copy": Text("Chép liên kết", "Copy the link"),
    # For the scripts.
    "planjs_bad_day": Text("Hãy ghi ngày, tháng, năm hợp lệ.", "Give a valid day."),
    "planjs_from": Text("từ", "from"),
    "planjs_to": Text("đến", "to"),
    "planjs_any": Text("Tất cả", "Any"),
    "planjs_yes": Text("Có", "Yes"),
    "planjs_no": Text("Không", "No"),
    "planjs_contains": Text("có chứa, không cần dấu", "contains, accents do not matter"),
    "planjs_narrow": Text("Tìm trong danh sách", "Narrow the list"),
    "planjs_about": Text("khoảng ", "about "),
    "planjs_filter_none": Text("Không có dòng nào khớp.", "No row matches."),
    "planjs_filter_exact": Text(
        "{count} dòng khớp; bản đồ và bảng hiện đúng các dòng này.",
        "{count} rows match; map and table show just these.",
    ),
    "planjs_filter_many": Text(
        "{count} dòng khớp. Bảng và tệp có đủ; bản đồ chỉ lọc được đến {most} dòng nên đang hiện tất cả: hãy thu hẹp bộ"
        " lọc hoặc chọn chỉ trong khung nhìn.",
        "{count} rows match. Table and files have them all; the map can be filtered by up to {most} and shows"
        " everything: narrow the filter, or choose only what is in view.",
    ),
    "planjs_filter_zoom": Text("Phóng to để thấy lớp này trên bản đồ.", "Zoom in to see the layer on the map."),
    "planjs_filter_off": Text("Lớp này đang tắt trên bản đồ.", "The layer is switched off on the map."),
    "planjs_filtered": Text("đã lọc", "filtered"),
    "planjs_table_count": Text("{first}–{last} trong {count} dòng", "{first}–{last} of {count} rows"),
    "planjs_table_show": Text("Xem trên bản đồ", "Show on the map"),
    "planjs_more_here": Text("Còn nữa ở điểm này; hãy phóng to.", "There are more at this point: zoom in."),
    "planjs_shares_of": Text("Diện tích theo khu đất", "Area per zone"),
    "planjs_measure_distance": Text("Đo khoảng cách", "Measure a distance"),
    "planjs_measure_area": Text("Đo diện tích", "Measure an area"),
    "planjs_measure_distance_start": Text(
        "Chọn điểm đầu và các điểm tiếp theo.", "Choose the first and further points."
    ),
    "planjs_measure_area_start": Text("Chọn ít nhất ba đỉnh.", "Choose at least three corners."),
    "planjs_measure_most": Text("Tối đa {most} đỉnh.", "At most {most} corners."),
    "planjs_measured_distance": Text("Chiều dài {length} (VN-2000)", "Length {length} (VN-2000)"),
    "planjs_measured_area": Text(
        "Diện tích {area}, chu vi {perimeter} (VN-2000)", "Area {area}, perimeter {perimeter} (VN-2000)"
    ),
    "planjs_crosses": Text("Các cạnh cắt nhau: không có diện tích.", "The sides cross each other: there is no area."),
    "planjs_area_draw": Text("Vẽ vùng", "Draw an area"),
    "planjs_area_cancel": Text("Thôi vẽ", "Stop drawing"),
    "planjs_area_drawn": Text("Vùng đã vẽ", "Drawn area"),
    "planjs_area_start": Text("Chọn các đỉnh trên bản đồ.", "Choose the corners on the map."),
    "planjs_area_corners": Text("{count} đỉnh.", "{count} corners."),
    "planjs_area_too_large": Text(
        "Tệp {size} MB; nhận đến {most} MB.", "The file has {size} MB; up to {most} MB are taken."
    ),
    "planjs_shares_lead": Text("{area}, quy hoạch tại ngày {day}", "{area}, plans as of {day}"),
    "planjs_shares_zone": Text("Khu đất", "Zone"),
    "planjs_shares_slivers": Text("Mảnh vụn dưới 1 m² ({count})", "Slivers below 1 m² ({count})"),
    "planjs_shares_unplanned": Text("Ngoài quy hoạch này", "Outside of this plan"),
    "planjs_shares_total": Text("Tổng", "Total"),
    "planjs_shares_overlap": Text(
        "Các khu đất của đồ án chồng lên nhau {area}; tỷ lệ tính trên tổng diện tích các phần.",
        "Zones of this plan overlap by {area}; percentages are of the sum of all parts.",
    ),
    "planjs_shares_none": Text(
        "Không có quy hoạch nào hiệu lực ở vùng này vào ngày đã chọn.", "No plan is in force here on that day."
    ),
    "planjs_shares_csv": Text("Tải bảng CSV", "Download as CSV"),
    "planjs_shares_note": Text(
        "Diện tích trên mặt phẳng VN-2000. Mỗi đồ án tính riêng; không cộng hai đồ án với nhau.",
        "Areas in the plane of VN-2000. Each plan counts for itself: never add two plans.",
    ),
    "planjs_version": Text("phiên bản", "version"),
    "planjs_decision": Text("Quyết định", "Decision"),
    "planjs_changes_lead": Text(
        "{count} thay đổi từ {from} đến {to}, lớn nhất trước.",
        "{count} changes from {from} to {to}, the largest first.",
    ),
    "planjs_changes_none": Text("Không có thay đổi từ {from} đến {to}.", "Nothing changed from {from} to {to}."),
    "planjs_changes_most": Text(
        "Liệt kê và vẽ {listed} thay đổi lớn nhất trong {count}.",
        "The {listed} largest of {count} are listed and drawn.",
    ),
    "planjs_change_added": Text("Thêm quy hoạch", "Newly planned"),
    "planjs_change_removed": Text("Bỏ quy hoạch", "No longer planned"),
    "planjs_change_changed": Text("Đổi chức năng", "Other use"),
    "planjs_change_limits": Text("Đổi chỉ tiêu", "Other limits"),
    "planjs_change_unchanged": Text("Giữ nguyên trong bản mới", "Kept in the new version"),
    "planjs_change_sliver": Text("Mảnh vụn dưới 1 m²", "Slivers below 1 m²"),
    "planjs_other_map": Text("Bản đồ của ngày so sánh", "Map of the day compared with"),
    "planjs_density_pct": Text("mật độ %", "coverage %"),
    "planjs_floor_area_ratio": Text("hệ số sử dụng đất", "floor area ratio"),
    "planjs_floors_max": Text("tầng cao", "storeys"),
    "planjs_height_max_m": Text("chiều cao m", "height m"),
    "planjs_sheet_title": Text("Bản đồ quy hoạch", "Planning map"),
    "planjs_sheet_making": Text("Đang lập bản đồ…", "Drawing the sheet…"),
    "planjs_sheet_done": Text("Đã tải PDF.", "The PDF is downloaded."),
    "planjs_picture_done": Text("Đã tải ảnh.", "The picture is downloaded."),
    "planjs_share_copied": Text("Đã chép liên kết.", "The link is copied."),
    "planjs_share_without_area": Text(
        "Vùng có quá nhiều đỉnh nên liên kết không giữ được.", "The area has too many corners to be kept in the link."
    ),
    "planjs_as_of": Text("quy hoạch tại ngày {day}", "plans as of {day}"),
    "planjs_legal": Text("Chỉ để tham khảo.", "For information only."),
}
