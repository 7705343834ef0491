"""The vocabulary in which a layer is declared; table, grants, collection, tiles, style and forms all follow from it.

A declaration is checked when it is made: a wrong one raises `DeclarationError` with a sentence naming layer and field.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from gis_core.codes import CodeList
from gis_core.errors import DeclarationError

Role = Literal["citizen", "planner", "tax_officer", "inspector", "operator", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
STAFF: frozenset[Role] = frozenset(ROLES) - {"citizen"}
EVERYBODY: frozenset[Role] = frozenset(ROLES)

Kind = Literal["text", "integer", "bigint", "number", "money", "boolean", "date", "timestamp", "json", "uuid"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Shape = Literal["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Geometry"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

RESERVED = frozenset(
    {"id", "geom", "geometry", "source", "source_ref", "updated_at", "updated_by", "version", "valid_from", "valid_to"}
    # parameters of the OGC items path: a field of that name could not be filtered
    | {
        "bbox",
        "datetime",
        "limit",
        "offset",
        "crs",
        "filter",
        "sortby",
        "properties",
        "profile",
        "f",
        "lang",
        "q",
        "after",
    }
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the two languages of the platform, Vietnamese first."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        """The text in `language`; Vietnamese where the language is not one of ours."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a layer's features.

    `personal` marks personal or confidential data: only the roles in the layer's `access.personal` may know it.
    `codes` names the list whose codes the field takes, `references` the layer whose `id` it holds, `folded` asks for
    search without case and diacritics, `unit` is a UCUM symbol (`m2`, `m`, `deg`, `%`) or `VND`.
    """

    name: str
    kind: Kind
    title: Text
    unit: str | None = None
    codes: CodeList | None = None
    references: str | None = None
    required: bool = False
    personal: bool = False
    in_tiles: bool = False
    folded: bool = False
    indexed: bool = False
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    note: Text | None = None

    def faults(self) -> Iterator[str]:
        """Sentences on what is wrong with this declaration, none where it is right."""
        if not _NAME.fullmatch(self.name):
            yield "its name must be lower-case ASCII letters, digits and underscores"
        if self.name in RESERVED:
            yield f"its name '{self.name}' is reserved for every layer's own columns or for the items path"
        if self.kind not in KINDS:
            yield f"kind '{self.kind}' is not one of {', '.join(KINDS)}"
        if not (self.title.vi and self.title.en):
            yield "its title is missing in Vietnamese or English"
        if self.codes and self.kind != "text":
            yield f"a coded field must be of kind text, not {self.kind}"
        if self.folded and self.kind != "text":
            yield f"only text can be folded, not {self.kind}"
        if self.references and self.kind != "bigint":
            yield f"a reference must be of kind bigint, not {self.kind}"
        yield from self._faults_of_use()

    def _faults_of_use(self) -> Iterator[str]:
        if self.personal and self.in_tiles:
            yield "personal data never go into tiles"
        if self.unit == "VND" and self.kind != "money":
            yield "an amount in VND is of kind money (whole đồng), not " + self.kind
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield f"its minimum {self.minimum} is above its maximum {self.maximum}"
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            yield f"its pattern '{self.pattern}' is no regular expression: {error}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A limit on the rows a role sees: an SQL condition over the layer's columns and the functions of `acting`."""

    sql: str
    title: Text


OWN_WARDS = Rows("ward_code = any ((select acting.wards())::text[])", Text("chỉ phường của mình", "own wards only"))


@dataclass(frozen=True)
class Access:
    """Who may read and write a layer, who may know its personal fields, and which rows a role sees.

    Roles absent from `rows` see every row. `reason` is compulsory as soon as anything is withheld from anybody:
    secrecy has to be argued.
    """

    read: frozenset[Role] = EVERYBODY
    write: frozenset[Role] = frozenset()
    personal: frozenset[Role] = frozenset()
    rows: Mapping[Role, Rows] = field(default_factory=dict)
    reason: Text | None = None

    def faults(self) -> Iterator[str]:
        """Sentences on what is wrong with this declaration, none where it is right."""
        for name, roles in (("write", self.write), ("personal", self.personal), ("rows", frozenset(self.rows))):
            if unknown := sorted(roles - EVERYBODY):
                yield f"access.{name} names unknown roles {', '.join(unknown)}"
            elif blind := sorted(roles - self.read):
                yield f"access.{name} names {', '.join(blind)}, who may not read the layer"
        if unknown := sorted(self.read - EVERYBODY):
            yield f"access.read names unknown roles {', '.join(unknown)}"
        if (self.read != EVERYBODY or self.rows) and self.reason is None:
            yield "access withholds something without giving its reason"


@dataclass(frozen=True, slots=True)
class Style:
    """How the layer is drawn: one `colour`, or by the codes of `colour_by`; `label` is the field written on the map."""

    colour: str
    outline: str = "#555555"
    colour_by: str | None = None
    label: str | None = None
    opacity: float = 0.6
    width: float = 1.0
    visible: bool = True

    def faults(self) -> Iterator[str]:
        """Sentences on what is wrong with this declaration, none where it is right."""
        for name, colour in (("colour", self.colour), ("outline", self.outline)):
            if not _COLOUR.fullmatch(colour):
                yield f"style.{name} '{colour}' is not of the form #rrggbb"
        if not 0 <= self.opacity <= 1:
            yield f"style.opacity {self.opacity} is not between 0 and 1"


@dataclass(frozen=True, slots=True)
class Tiles:
    """From which zoom on the layer is in tiles, and to which zoom tiles are made (clients over-zoom beyond it)."""

    min_zoom: int = 10
    max_zoom: int = 18

    def faults(self) -> Iterator[str]:
        """Sentences on what is wrong with this declaration, none where it is right."""
        if not 0 <= self.min_zoom <= self.max_zoom <= 22:
            yield f"tiles must have 0 <= min_zoom <= max_zoom <= 22, not {self.min_zoom} and {self.max_zoom}"


@dataclass(frozen=True)
class Source:
    """How files are read into the layer: the fields that tell two features apart, and other names of columns.

    `columns` maps a field to the column names met in files (compared without case and diacritics; the field's own name
    always counts). `key` empty: two features are the same when geometry and attributes are.
    """

    key: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # known by identity: there is one of each
class Layer:
    """One layer of the city. `shape` None: a table without geometry. `parent`: the layer whose detail rows these are.

    `validity` adds `valid_from`/`valid_to` (legal validity, both inclusive, open where null). `written_by` names the
    job whose results the layer holds. `display` is the field that names a feature to people, `moment` the one that says
    when it happened (what `datetime` filters by where there is no legal validity).
    """

    id: str
    title: Text
    description: Text
    shape: Shape | None
    fields: tuple[Field, ...]
    group: Text
    access: Access = Access()
    style: Style | None = None
    tiles: Tiles | None = None
    source: Source = Source()
    display: str | None = None
    moment: str | None = None
    validity: bool = False
    parent: str | None = None
    written_by: str | None = None

    def __post_init__(self) -> None:
        if faults := list(self.faults()):
            raise DeclarationError(f"Layer '{self.id}' is declared wrongly: " + "; ".join(faults) + ".")

    def faults(self) -> Iterator[str]:
        """Sentences on what is wrong with this declaration, each naming its field; none where it is right."""
        if not _NAME.fullmatch(self.id):
            yield "its id must be lower-case ASCII letters, digits and underscores"
        if self.shape is not None and self.shape not in SHAPES:
            yield f"shape '{self.shape}' is not one of {', '.join(SHAPES)}"
        if self.shape is None and (self.style or self.tiles):
            yield "a layer without geometry has neither style nor tiles"
        for part in (self.access, self.style, self.tiles):
            if part is not None:
                yield from part.faults()
        for one in self.fields:
            yield from (f"field '{one.name}': {fault}" for fault in one.faults())
        yield from self._faults_between_fields()

    def _faults_between_fields(self) -> Iterator[str]:
        names = [one.name for one in self.fields]
        for twice in sorted({name for name in names if names.count(name) > 1}):
            yield f"field '{twice}' is declared twice"
        mentioned = [
            ("display", self.display),
            ("moment", self.moment),
            *(("source.key", key) for key in self.source.key),
        ]
        mentioned += [("source.columns", name) for name in self.source.columns]
        if self.style:
            mentioned += [("style.colour_by", self.style.colour_by), ("style.label", self.style.label)]
        legal = {*names, *(("valid_from", "valid_to") if self.validity else ())}
        for where, name in mentioned:
            if name is not None and name not in legal:
                yield f"{where} names '{name}', which is not one of its fields"
        if any(one.personal for one in self.fields) and self.access.reason is None:
            yield "it has personal fields and gives no reason in access"
        if OWN_WARDS in self.access.rows.values() and "ward_code" not in names:
            yield "its rows are limited to own wards, and it has no field 'ward_code'"

    def __getitem__(self, name: str) -> Field:
        """The field `name`; `KeyError` where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def fields_for(self, role: Role) -> tuple[Field, ...]:
        """The fields that `role` may know of, none where it may not read the layer."""
        if role not in self.access.read:
            return ()
        knows = role in self.access.personal
        return tuple(one for one in self.fields if knows or not one.personal)
