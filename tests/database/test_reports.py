"""Reports in a real database: taken in by the public login, handled by the office, and closed to everything else."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.exc import DBAPIError

from gis_core import reports as intake
from gis_core import reports_follow as following
from gis_core import reports_handling as desk
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.errors import BadRequest, Conflict, NotFound
from gis_core.query import CITY_TIME
from gis_core.reports_clock import pauses
from gis_core.reports_photos import photo
from gis_core.working_calendars import working_calendar
from gis_core.working_time import Hours, Pause
from layers import CATALOG

LAYER = CATALOG["report_points"]
OPERATOR = Identity("operator", "operator")
PLACE = (108.445, 11.945)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=CITY_TIME)
WARD = """
insert into city.wards (code, name, valid_from, geom) values ('24769', 'Phường Xuân Hương – Đà Lạt', '2025-07-01',
 st_multi(st_transform(st_makeenvelope(108.44, 11.94, 108.45, 11.95, 4326), 5899)));
insert into city.forest (forest_dataset, geom)
 select (select code from platform.code where list = 'forest_dataset' order by rank limit 1),
        st_multi(st_transform(st_makeenvelope(108.448, 11.948, 108.45, 11.95, 4326), 5899));
"""


@pytest.fixture
def town(city: Engines) -> Iterator[Engines]:
    with city.owner.begin() as connection:
        connection.execute(sa.text(WARD))
    return city


def said(words: str = "Rác đổ bừa trên vỉa hè", category: str = "moi_truong_rac", place: tuple[float, float] = PLACE):
    return intake.draft(category, words, str(place[0]), str(place[1]))


def sent(
    town: Engines, draft: intake.Draft | None = None, key: uuid.UUID | None = None, photos: tuple[int, ...] = ()
) -> str:
    draft = draft or said()
    with acting_as(town, ANONYMOUS) as connection:
        return intake.send(
            connection, key or uuid.uuid4(), draft, intake.preview(connection, draft, intake.now()), photos
        )


def number_of(town: Engines, code: str) -> int:
    with town.owner.connect() as connection:
        found = connection.scalar(
            sa.text("select id from city.report_points where report_code = :code"), {"code": code}
        )
    assert found is not None
    return int(found)


def taken(town: Engines, report: int, *steps: desk.Step) -> None:
    for one in steps:
        with acting_as(town, OPERATOR) as connection:
            version = desk.case(connection, LAYER, "operator", report)["version"]
            desk.take_step(connection, LAYER, "operator", report, version, one, intake.now())


def test_the_responsible_unit_and_the_due_time_follow_from_category_and_place(town: Engines) -> None:
    with acting_as(town, ANONYMOUS) as connection:
        seen = intake.preview(connection, said("Đèn hỏng, gọi 0903 123 456", "chieu_sang"), MONDAY)
        forest = intake.route(connection, "trat_tu_xay_dung", 108.449, 11.949)
        street = intake.route(connection, "trat_tu_xay_dung", *PLACE)
        outside = intake.route(connection, "trat_tu_xay_dung", 108.3, 11.5)
    assert seen.route.unit.vi == "Đơn vị quản lý chiếu sáng công cộng"
    assert seen.masked.text == "Đèn hỏng, gọi [số điện thoại đã che]"
    assert seen.reception_due == datetime(2026, 11, 17, 9, tzinfo=CITY_TIME)
    assert seen.due == datetime(2026, 11, 26, 9, tzinfo=CITY_TIME)  # seven working days, 24 November a holiday
    assert (forest.unit.vi, street.unit.vi) == ("Hạt Kiểm lâm", "UBND Phường Xuân Hương – Đà Lạt")
    assert (outside.ward, outside.phone) == (None, "1022")


def test_a_report_from_outside_the_city_is_not_lost_but_goes_to_the_province(town: Engines) -> None:
    report = number_of(town, sent(town, said(place=(108.3, 11.5))))
    with acting_as(town, OPERATOR) as connection:
        known = desk.case(connection, LAYER, "operator", report)
    assert (known["assigned_unit"], known["ward_code"]) == ("Trung tâm Phục vụ hành chính công tỉnh", None)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [("Có cháy rừng ở đèo", ["114"]), ("co chay rung o deo", ["114"]), ("Nước chảy rừng thông", []),
     ("TAI NẠN, có người bị thương", ["115"]), ("Rác", [])],
)  # fmt: skip
def test_words_of_danger_call_for_the_emergency_number(town: Engines, words: str, numbers: list[str]) -> None:
    with acting_as(town, ANONYMOUS) as connection:
        assert [number for number, _ in intake.urgent(connection, words)] == numbers


def test_the_same_form_sent_five_times_at_once_is_one_case(town: Engines) -> None:
    key = uuid.uuid4()
    with ThreadPoolExecutor(5) as pool:
        codes = set(pool.map(lambda _: sent(town, key=key), range(5)))
    assert len(codes) == 1
    year = intake.now().year
    assert codes.pop().startswith(f"DL-{year}-")
    with town.owner.connect() as connection:
        counted = "select (select count(*) from city.report_points), (select count(*) from platform.report_event)"
        assert tuple(connection.execute(sa.text(counted)).one()) == (1, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into city.report_points (report_code) values ('x')",
        "update city.report_points set is_public = true",
        "delete from city.report_points",
        "select report_content from city.report_points",
        "select * from platform.report_case",
        "select * from platform.report_event",
        "select * from platform.report_photo",
        "select * from platform.report_follow",
        "insert into platform.report_event (report_id, status) values (1, 'dong')",
        "select nextval('platform.report_number')",
        "select platform.report_key(gen_random_uuid())",
        "update platform.report_rule set unit = 'tinh'",
    ],
)
def test_the_public_login_reaches_reports_by_nothing_but_its_functions(town: Engines, statement: str) -> None:
    sent(town)
    with pytest.raises(DBAPIError, match="permission denied"), acting_as(town, ANONYMOUS) as connection:
        connection.execute(sa.text(statement))


def test_without_its_key_an_unpublished_report_tells_its_state_and_nothing_else(town: Engines) -> None:
    key = uuid.uuid4()
    code = sent(town, said("Cán bộ quát mắng dân", "thai_do_can_bo"), key)
    with acting_as(town, ANONYMOUS) as connection:
        own = following.report_by_code(connection, code, key)
        seen = following.report_by_code(connection, code, None)
        guessed = following.report_by_code(connection, code, uuid.uuid4())
        with pytest.raises(NotFound):
            following.report_by_code(connection, "DL-2026-999999", key)
        with pytest.raises(NotFound):
            following.follow(connection, code, uuid.uuid4())
    assert own["content"] == "Cán bộ quát mắng dân"
    assert seen == guessed
    assert "mắng" not in repr(seen)
    assert (seen["category"], seen["unit"], seen["status"]) == (None, None, "moi")


def test_nobody_of_the_office_can_publish_what_is_private(town: Engines) -> None:
    report = number_of(town, sent(town, said("Cán bộ quát mắng dân", "thai_do_can_bo")))
    taken(town, report, desk.Step("tiep_nhan", publish=True))
    with acting_as(town, OPERATOR) as connection:
        known = desk.case(connection, LAYER, "operator", report)
        assert not known["is_public"]
        with pytest.raises(BadRequest, match="không bao giờ"):
            desk.set_public(connection, LAYER, known, known["version"], "x", public=True)
    with pytest.raises(DBAPIError, match="never public"), acting_as(town, OPERATOR) as connection:
        connection.execute(sa.text("update city.report_points set is_public = true"))


def test_a_report_goes_from_reception_to_its_published_result_with_every_step_written_down(town: Engines) -> None:
    key = uuid.uuid4()
    code = sent(town, key=key)
    report = number_of(town, code)
    taken(
        town, report, desk.Step("tiep_nhan", publish=True), desk.Step("phan_cong", unit="cap_nuoc"),
        desk.Step("phan_cong", unit="ubnd_phuong", note="Không thuộc đơn vị"), desk.Step("dang_xu_ly"),
        desk.Step("da_xu_ly", note="Đã thu gom"), desk.Step("cong_khai"),
    )  # fmt: skip
    with acting_as(town, ANONYMOUS) as connection:
        seen = following.report_by_code(connection, code, None)
    assert [one["status"] for one in seen["events"]] == [
        "moi", "tiep_nhan", "phan_cong", "phan_cong", "dang_xu_ly", "da_xu_ly", "cong_khai",
    ]  # fmt: skip
    assert (seen["answer"], seen["unit"], seen["content"]) == ("Đã thu gom", "UBND Phường Xuân Hương – Đà Lạt", None)
    with town.owner.connect() as connection:
        read = "select count(*) from platform.audit where action = 'read' and 'report_content' = any(fields)"
        assert connection.scalar(sa.text(read)) >= 6


def test_a_step_that_the_rules_do_not_know_is_refused_by_page_and_database(town: Engines) -> None:
    report = number_of(town, sent(town))
    with pytest.raises(BadRequest, match="Không có bước"):
        taken(town, report, desk.Step("da_xu_ly", note="Xong"))
    with pytest.raises(BadRequest, match="Hãy ghi"):
        taken(town, report, desk.Step("tu_choi"))
    with pytest.raises(DBAPIError, match="cannot go from"):  # noqa: SIM117
        with acting_as(town, OPERATOR) as connection:
            connection.execute(sa.text("update city.report_points set report_status = 'cong_khai'"))


def test_two_officers_at_once_are_told_apart(town: Engines) -> None:
    report = number_of(town, sent(town))
    taken(town, report, desk.Step("tiep_nhan"))
    with pytest.raises(Conflict, match="người khác"), acting_as(town, OPERATOR) as connection:
        desk.take_step(connection, LAYER, "operator", report, 1, desk.Step("xac_minh"), intake.now())


def test_a_question_stops_the_clock_until_the_reporter_answers(town: Engines) -> None:
    key = uuid.uuid4()
    code = sent(town, key=key)
    report = number_of(town, code)
    taken(town, report, desk.Step("tiep_nhan"), desk.Step("cho_bo_sung", note="Ở đoạn nào?"))
    with acting_as(town, ANONYMOUS) as connection:
        asked = following.report_by_code(connection, code, key)
        assert (asked["due_at"], asked["events"][-1]["note"]) == (None, "Ở đoạn nào?")
        with pytest.raises(Conflict):
            following.answer_question(connection, code, uuid.uuid4(), "x", intake.now())
        following.answer_question(connection, code, key, "Trước chợ", intake.now() + timedelta(days=7))
        answered = following.report_by_code(connection, code, key)
        with pytest.raises(Conflict):
            following.answer_question(connection, code, key, "Nữa", intake.now())
    assert answered["status"] == "xac_minh"
    assert answered["due_at"] > intake.now() + timedelta(days=7)


def test_reports_of_one_thing_are_merged_and_both_reporters_learn_of_it(town: Engines) -> None:
    key = uuid.uuid4()
    first, second = sent(town, key=key), sent(town)
    report = number_of(town, second)
    with pytest.raises(BadRequest, match="chính nó"):
        taken(town, report, desk.Step("dong", main=second))
    taken(town, report, desk.Step("dong", main=first))
    with acting_as(town, ANONYMOUS) as connection:
        assert following.report_by_code(connection, second, None)["main"] == first
        assert following.report_by_code(connection, first, key)["merged"] == [second]
    with town.owner.connect() as connection:
        notes = connection.execute(sa.text("select note from platform.report_event where report_id = :id order by id"),
                                   {"id": number_of(town, first)}).scalars().all()  # fmt: skip
    assert notes[-1] == f"+ {second}"


def test_the_likeliest_duplicates_nearby_are_found_and_can_be_followed(town: Engines) -> None:
    code = sent(town, said("Rác đổ bừa trên vỉa hè trước chợ"))
    far = sent(town, said(place=(108.4465, 11.945)))
    for one in (code, far):
        taken(town, number_of(town, one), desk.Step("tiep_nhan", publish=True))
    with acting_as(town, ANONYMOUS) as connection:
        likely = intake.likely(connection, said("Rác đổ trên vỉa hè chợ"))
        other = intake.likely(connection, said("Cần sửa bóng đèn", "chieu_sang"))
        assert [one["code"] for one in likely] == [code]
        assert other == []
        key = uuid.uuid4()
        assert {following.follow(connection, code, key) for _ in range(3)} == {1}
        assert following.follow(connection, code, uuid.uuid4()) == 2


def test_photos_wait_for_their_report_and_are_shown_to_their_sender_alone(town: Engines) -> None:
    key = uuid.uuid4()
    written = BytesIO()
    Image.new("RGB", (30, 20), "red").save(written, "JPEG")
    picture = photo(written.getvalue())
    content = sa.text("select platform.report_photo_content(:id, :key)")
    with acting_as(town, ANONYMOUS) as connection:
        number = intake.keep_photo(connection, key, picture, 12)
        assert intake.keep_photo(connection, key, picture, 12) == number
        intake.keep_photo(connection, key, photo(other_picture()), None)  # taken out of the form again
    code = sent(town, key=key, photos=(number,))
    with acting_as(town, ANONYMOUS) as connection:
        assert following.report_by_code(connection, code, key)["photos"] == [number]
        assert following.report_by_code(connection, code, None)["photos"] == []
        assert bytes(connection.scalar(content, {"id": number, "key": key})) == picture.content
        assert connection.scalar(content, {"id": number, "key": uuid.uuid4()}) is None
    with pytest.raises(Conflict, match="3 ảnh"), acting_as(town, ANONYMOUS) as connection:
        intake.keep_photo(connection, key, photo(other_picture()), None)
    report = number_of(town, code)
    taken(town, report, desk.Step("tiep_nhan", publish=True))
    with acting_as(town, OPERATOR) as connection:
        desk.show_photos(connection, report, {number})
    with acting_as(town, ANONYMOUS) as connection:
        assert following.report_by_code(connection, code, None)["photos"] == [number]


def other_picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (30, 20), "blue").save(written, "JPEG")
    return written.getvalue()


def test_the_list_is_paged_by_key_and_narrowed(town: Engines) -> None:
    with town.owner.begin() as connection:
        connection.execute(sa.text(
            "insert into city.report_points (report_code, report_category, report_severity, report_status, is_public,"
            " received_at, due_at, ward_code) select 'PA' || n, 'khac', 'binh_thuong', 'dang_xu_ly', true,"
            " now() - n * interval '1 hour', now() + (n - 60) * interval '1 hour', '24769'"
            " from generate_series(1, 120) as n"
        ))  # fmt: skip
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        with acting_as(town, OPERATOR) as connection:
            rows, after = desk.reports(connection, desk.Wanted(), after)
        seen += [row["report_code"] for row in rows]
    assert seen == [f"PA{n}" for n in range(1, 121)]
    with acting_as(town, OPERATOR) as connection:
        assert desk.counts(connection) == {"fresh": 0, "open": 120, "overdue": 60, "waiting": 0}
        late, more = desk.reports(connection, desk.Wanted("dang_xu_ly", "khac", "24769", overdue=True))
        assert len(late) == 50
        assert more is not None
        assert desk.reports(connection, desk.Wanted(ward="99999")) == ([], None)
        with pytest.raises(BadRequest):
            desk.reports(connection, desk.Wanted(), "bm9uc2Vuc2U")


def test_the_shipped_calendar_knows_tet_swapped_days_and_offices_open_round_the_clock(town: Engines) -> None:
    with acting_as(town, ANONYMOUS) as connection:
        offices, round_the_clock = (working_calendar(connection, name) for name in ("hanh_chinh", "truc_24_7"))
    day = datetime(2026, 2, 17, tzinfo=CITY_TIME).date()
    assert offices.hours(day) == []
    assert round_the_clock.hours(day) == [Hours(0, 1440)]
    assert offices.hours(day.replace(month=1, day=10)) == [Hours(450, 690), Hours(810, 1050)]


def test_a_report_stands_still_while_it_waits_or_is_done() -> None:
    hours = [MONDAY + timedelta(hours=n) for n in range(6)]
    states = ["moi", "cho_bo_sung", "xac_minh", "da_xu_ly", "dong", "mo_lai"]
    assert pauses(zip(hours, states, strict=True)) == [Pause(hours[1], hours[2]), Pause(hours[3], hours[5])]
    assert pauses([(hours[0], "moi"), (hours[1], "dong")]) == [Pause(hours[1])]
