"""The catalogue: all layers of the city in drawing order, checked against each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gis_core.codes import CodeList
from gis_core.errors import DeclarationError, NotFound
from gis_core.layer import Layer, Role


@dataclass(frozen=True)
class Catalog(Mapping[str, Layer]):
    """Layers by id, the first drawn at the bottom. Raises `DeclarationError` where two layers contradict each other."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise DeclarationError("The catalogue is declared wrongly: " + "; ".join(faults) + ".")

    def _faults(self) -> Iterator[str]:
        ids = [layer.id for layer in self.layers]
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            yield f"layer '{twice}' is declared twice"
        for layer in self.layers:
            if layer.parent is not None and layer.parent not in ids:
                yield f"layer '{layer.id}' has the unknown parent '{layer.parent}'"
            for one in layer.fields:
                if one.references is not None and one.references not in ids:
                    yield f"layer '{layer.id}', field '{one.name}' refers to the unknown layer '{one.references}'"
        yield from self._faults_of_details()

    def _faults_of_details(self) -> Iterator[str]:
        known = {layer.id: layer for layer in self.layers}
        for layer in self.layers:
            parent = known.get(layer.parent or "")
            if parent is None:
                continue
            for role in sorted(layer.access.read):
                limited = role in parent.access.rows and role not in layer.access.rows
                if limited or role not in parent.access.read:
                    yield f"layer '{layer.id}' shows {role} rows that its parent '{parent.id}' hides"

    def __getitem__(self, layer_id: str) -> Layer:
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def __iter__(self) -> Iterator[str]:
        return (layer.id for layer in self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def readable_by(self, role: Role) -> tuple[Layer, ...]:
        """The layers that `role` may read, in drawing order; detail tables are reached through their parent."""
        return tuple(one for one in self.layers if role in one.access.read and one.parent is None)

    def find(self, layer_id: str, role: Role) -> Layer:
        """The layer `layer_id` as `role` may know it. Raises `NotFound`, alike for absent and for hidden layers."""
        for layer in self.readable_by(role):
            if layer.id == layer_id:
                return layer
        raise NotFound(f"Không có lớp dữ liệu '{layer_id}'. · There is no collection '{layer_id}'.")

    @property
    def code_lists(self) -> tuple[CodeList, ...]:
        """Every code list that a field uses, once, by id."""
        lists = {one.codes.id: one.codes for layer in self.layers for one in layer.fields if one.codes}
        return tuple(lists[name] for name in sorted(lists))
