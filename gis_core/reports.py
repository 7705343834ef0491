"""Taking in a citizen's report: where it goes, when it is due, what of it will be public, and what is like it nearby.

The functions take a connection that acts as who reports, mostly nobody in particular: they write through the functions
of `sql/reports.sql` alone.
"""

import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gis_core.addresses.folding import fold
from gis_core.errors import BadRequest, Conflict, NotFound
from gis_core.layer import Text
from gis_core.query import CITY_TIME
from gis_core.redaction import Masked, masked
from gis_core.reports_clock import first_limits
from gis_core.reports_photos import Photo

LONGEST_TEXT = 4_000
SHORTEST_TEXT = 5
MOST_PHOTOS = 3
NEAR_M = 60
"""Reports up to so many metres away may be of the same thing: a photo's position is right to about 20 m, and things are
long."""
LIKELY = 0.45
"""From this likeness on (0 to 1) a report is shown as a likely duplicate before sending."""
URGENT, NORMAL = "khan", "binh_thuong"
# Viet Nam with its sea: what is beyond is a mistake, not a place for which somebody is responsible.
_WEST, _SOUTH, _EAST, _NORTH = 102.0, 6.0, 118.0, 24.0

_ROUTE = text(
    """
    select r.rule, r.unit, r.ward_code, r.ward, rule.vi as rule_vi, rule.en as rule_en, u.vi, u.en, u.phone, u.calendar,
           u.per_ward
      from platform.route_report(:category, :lon, :lat) r
           join platform.report_rule rule using (rule) join platform.unit u on u.unit = r.unit
    """
)
_CATEGORY = text(
    """
    select c.code, coalesce(rule.is_private, false) as private, coalesce(rule.severity, :normal) as severity
      from platform.code c left join platform.report_category_rule rule on rule.category = c.code
     where c.list = 'report_category' and c.code = :category
    """
)
_WORDS = text(
    """
    select word, phone, vi, en from platform.report_urgent_word
     where coalesce(valid_from <= current_date, true) and coalesce(valid_to >= current_date, true) order by phone, word
    """
)
_NEAR = text(
    """
    select code, category, status, content, received_at, distance, photo, followers,
           (case when category = :category then 0.4 else 0 end) + 0.3 * (1 - distance / :most)
             + 0.3 * least(2 * public.similarity(platform.fold(content), platform.fold(:words)), 1) as likeness
      from platform.reports_near(:lon, :lat, :most)
     order by likeness desc, distance, code limit 6
    """
)
_TAKE = text(
    "select platform.take_report(:key, :category, :severity, :content, :masked, :lon, :lat, :reception_due, :due,"
    " cast(:photos as bigint[]))"
)
_KEEP = text("select platform.keep_report_photo(:key, :content, :width, :height, :distance)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a citizen says: a category, words (composed, trimmed) and a place in WGS 84."""

    category: str
    words: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Route:
    """Who is responsible, by which rule; `ward` None outside of the city."""

    unit: Text
    rule: Text
    phone: str | None
    calendar: str
    ward: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What sending will do. `public` is what everybody may read once staff have looked at it, None for never."""

    route: Route
    severity: str
    private: bool
    masked: Masked
    due: datetime
    reception_due: datetime
    emergencies: tuple[tuple[str, Text], ...]


def place(longitude: str, latitude: str) -> tuple[float, float]:
    """The place that a form says; a decimal comma is understood. Raises `BadRequest` for none in Viet Nam."""
    try:
        found = tuple(float(one.strip().replace(",", ".")) for one in (longitude, latitude))
    except ValueError:
        raise BadRequest(
            "Hãy chọn vị trí trên bản đồ hoặc tìm địa chỉ. · Choose a place on the map, or search for an address."
        ) from None
    if not (_WEST <= found[0] <= _EAST and _SOUTH <= found[1] <= _NORTH):
        raise BadRequest("Vị trí không ở Việt Nam; hãy chọn lại. · The place is not in Viet Nam; choose it again.")
    return found[0], found[1]


def draft(category: str, words: str, longitude: str, latitude: str) -> Draft:
    """What the form says. Raises `BadRequest` that says what is missing."""
    where = place(longitude, latitude)
    if not category.strip():
        raise BadRequest("Hãy chọn lĩnh vực. · Choose a category.")
    composed = unicodedata.normalize("NFC", words.replace("\r\n", "\n")).replace("\0", "").strip()
    if not SHORTEST_TEXT <= len(composed) <= LONGEST_TEXT:
        raise BadRequest(
            f"Nội dung cần {SHORTEST_TEXT} đến {LONGEST_TEXT} ký tự. · "
            f"The text needs {SHORTEST_TEXT} to {LONGEST_TEXT} characters."
        )
    return Draft(category.strip(), composed, *where)


def form_key(shown: str) -> uuid.UUID:
    """The key of a form. Raises `BadRequest` for what is none."""
    try:
        return uuid.UUID(shown)
    except ValueError:
        raise BadRequest(
            "Biểu mẫu không hợp lệ; hãy mở lại trang. · The form has no key; open the page again."
        ) from None


def route(connection: Connection, category: str, longitude: float, latitude: float) -> Route:
    """Who is responsible. Raises `NotFound` where the city's rules name nobody."""
    row = connection.execute(_ROUTE, {"category": category, "lon": longitude, "lat": latitude}).first()
    if row is None:
        raise NotFound("Chưa có quy tắc phân công cho việc này. · No rule says who is responsible for this.")
    ward = f" {row.ward}" if row.per_ward and row.ward else ""
    return Route(Text(row.vi + ward, row.en + ward), Text(row.rule_vi, row.rule_en), row.phone, row.calendar, row.ward)


def preview(connection: Connection, said: Draft, now: datetime) -> Preview:
    """What sending `said` now will do. Raises `BadRequest` for an unknown category, and `NotFound`."""
    known = connection.execute(_CATEGORY, {"category": said.category, "normal": NORMAL}).first()
    if known is None:
        raise BadRequest(f"Không có lĩnh vực '{said.category[:40]}'. · There is no category '{said.category[:40]}'.")
    emergencies = urgent(connection, said.words)
    severity = URGENT if emergencies else known.severity
    chosen = route(connection, said.category, said.longitude, said.latitude)
    reception, due = first_limits(connection, now, severity, chosen.calendar)
    return Preview(chosen, severity, known.private, masked(said.words), due, reception, emergencies)


def likely(connection: Connection, said: Draft) -> list[dict[str, Any]]:
    """Up to three public reports nearby that may be of the same thing, the likeliest first."""
    found = near(connection, said.longitude, said.latitude, said.category, said.words)
    return [one for one in found if one["likeness"] >= LIKELY][:3]


def urgent(connection: Connection, words: str) -> tuple[tuple[str, Text], ...]:
    """The emergency numbers that the words call for, each once, with whose they are."""
    lowered = unicodedata.normalize("NFC", words).lower()
    # Who writes without marks is understood without them; who writes 'chảy' does not mean 'cháy'.
    plain = fold(lowered)
    bare = not any(unicodedata.combining(one) or one == "đ" for one in unicodedata.normalize("NFD", lowered))
    found = {
        row.phone: Text(row.vi, row.en)
        for row in connection.execute(_WORDS)
        if _says(plain if bare else lowered, fold(row.word) if bare else row.word)
    }
    return tuple(found.items())


def _says(words: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", words) is not None


def near(
    connection: Connection, longitude: float, latitude: float, category: str = "", words: str = ""
) -> list[dict[str, Any]]:
    """Public reports around the place that are not yet done, the likeliest to be of the same thing first."""
    asked = {"category": category, "words": words, "lon": longitude, "lat": latitude, "most": NEAR_M}
    return [dict(row) for row in connection.execute(_NEAR, asked).mappings()]


def keep_photo(connection: Connection, key: uuid.UUID, taken: Photo, distance: int | None) -> int:
    """The number of the photo, kept for the form's report. Raises `Conflict` where the form has enough of them."""
    values = {"key": key, "content": taken.content, "width": taken.width, "height": taken.height, "distance": distance}
    try:
        return int(connection.execute(_KEEP, values).scalar_one())
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", "") != "23514":
            raise
        raise too_many_photos() from None


def too_many_photos() -> Conflict:
    """What is said to a form with more photos than a report has."""
    return Conflict(f"Mỗi phản ánh có tối đa {MOST_PHOTOS} ảnh. · A report has {MOST_PHOTOS} photos at most.")


def send(
    connection: Connection, key: uuid.UUID, said: Draft, seen: Preview, photos: Sequence[int] = ()
) -> str:  # fmt: skip
    """The code of the report with those of its form's photos.

    The same form sent again gives the same code, and changes nothing.
    """
    values = {
        "key": key, "category": said.category, "severity": seen.severity, "content": said.words,
        "masked": seen.masked.text, "lon": said.longitude, "lat": said.latitude,
        "reception_due": seen.reception_due, "due": seen.due, "photos": list(photos),
    }  # fmt: skip
    return str(connection.execute(_TAKE, values).scalar_one())


def now() -> datetime:
    """This moment in the city's time."""
    return datetime.now(CITY_TIME)


def photo_of(connection: Connection, number: int, key: uuid.UUID | None) -> bytes | None:
    """A photo's JPEG where everybody may see it or `key` is its form's; None otherwise."""
    statement = text("select platform.report_photo_content(:photo, :key)")
    found = connection.scalar(statement, {"photo": number, "key": key})
    return None if found is None else bytes(found)


def rule_in_words(connection: Connection, rule: str | None) -> Text | None:
    """Why the unit is responsible; None where no rule is known."""
    row = connection.execute(text("select vi, en from platform.report_rule where rule = :rule"), {"rule": rule}).first()
    return None if row is None else Text(row.vi, row.en)
