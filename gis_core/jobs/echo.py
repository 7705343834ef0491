"""The process that gives back what it gets, as the OGC's conformance suite of Processes wants one; see `Settings`.

The suite (ets-ogcapi-processes10) finds out from the description what to send: plain text to the first input, numbers
to an array, a box to a bounding box, an object of the wrong kind to text with a media type, and 5 to `pause`.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from sqlalchemy import Connection, func, select

from gis_core.jobs.job import Job, Output, Progress
from gis_core.layer import Text

LONGEST = 100_000
_MIXED = {"oneOf": [{"type": "string"}, {"type": "object"}]}
_PLAIN = {"type": "string", "maxLength": LONGEST}
_FORMATTED = {"type": "string", "maxLength": LONGEST, "contentMediaType": "text/plain"}
_NUMBERS = {"type": "array", "items": {"type": "integer"}, "maxItems": 1000}
_CORNERS = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
_SYSTEM = {"type": "string", "default": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
_BOX = {
    "allOf": [
        {"format": "ogc-bbox"},
        {"type": "object", "required": ["bbox"], "properties": {"bbox": _CORNERS, "crs": _SYSTEM}},
    ]
}
_STEP_SECONDS = 0.5

Short = Annotated[str, Field(max_length=LONGEST)]


class Box(BaseModel):
    """A bounding box; its numbers are given back as they are."""

    model_config = ConfigDict(extra="forbid")

    bbox: list[float] = Field(min_length=4, max_length=6)
    crs: str = Field(_SYSTEM["default"], max_length=200)


class Echo(BaseModel):
    """One input of each kind, and how long to wait before the answer."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Short | None, WithJsonSchema(_PLAIN)] = Field(None, title="Chuỗi ký tự · Text")
    formatted: Annotated[Short | None, WithJsonSchema(_FORMATTED)] = Field(
        None, title="Văn bản có kiểu · Text with a media type"
    )
    mixed: Annotated[Short | dict[str, Any] | None, WithJsonSchema(_MIXED)] = Field(
        None, title="Chuỗi hoặc đối tượng · Text or object"
    )
    numbers: Annotated[list[int] | None, WithJsonSchema(_NUMBERS)] = Field(
        None, title="Danh sách số · List of numbers", max_length=1000
    )
    box: Annotated[Box | None, WithJsonSchema(_BOX)] = Field(None, title="Khung toạ độ · Bounding box")
    pause: int = Field(0, title="Chờ bao nhiêu giây · Seconds to wait", ge=0, le=60)


def echo(connection: Connection, inputs: Echo, progress: Progress) -> dict[str, Any]:
    """The inputs, after the pause; those that were not given are absent."""
    steps = round(inputs.pause / _STEP_SECONDS)
    for step in range(steps):
        progress(step / steps, Text("Đang chờ", "waiting"))
        # In the database, as other jobs spend their time: what is dismissed is cancelled there.
        connection.execute(select(func.pg_sleep(_STEP_SECONDS)))
    return inputs.model_dump(exclude={"pause"}, exclude_none=True, mode="json")


ECHO = Job(
    id="echo",
    title=Text("Trả lại đầu vào", "Echo"),
    description=Text(
        "Trả lại những gì đã gửi; chỉ dùng để kiểm tra sự tuân thủ chuẩn OGC.",
        "Gives back what was sent; only for the OGC's conformance suites.",
    ),
    parameters=Echo,
    work=echo,
    outputs={
        "text": Output(Text("Chuỗi ký tự", "Text"), _PLAIN),
        "formatted": Output(Text("Văn bản có kiểu", "Text with a media type"), _FORMATTED),
        "mixed": Output(Text("Chuỗi hoặc đối tượng", "Text or object"), _MIXED),
        "numbers": Output(Text("Danh sách số", "List of numbers"), _NUMBERS),
        "box": Output(Text("Khung toạ độ", "Bounding box"), _BOX),
    },
    unowned=True,
)
