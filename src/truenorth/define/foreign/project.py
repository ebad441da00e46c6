"""What dbt and MetricFlow define, in one form whatever file it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field

from truenorth.base.errors import Place

KEYED = ("primary", "unique", "natural")


@dataclass(frozen=True, slots=True)
class Entity:
    """A key by which semantic models meet: primary, unique, natural (with validity) or foreign."""

    name: str
    type: str
    expr: str
    place: Place

    @property
    def keyed(self) -> bool:
        """Whether rows of other models may point to this one."""
        return self.type in KEYED


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field to group and filter by; `starts` and `ends` mark the validity of a slowly changing row."""

    name: str
    type: str
    expr: str
    granularity: str
    place: Place
    partition: bool = False
    starts: bool = False
    ends: bool = False
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class NonAdditive:
    """The time along which a measure may not be summed."""

    name: str
    window_agg: str
    group_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregation over the rows of one semantic model."""

    name: str
    model: str
    agg: str
    expr: str
    place: Place
    time: str = ""
    percentile: float | None = None
    discrete: bool = False
    approximate: bool = False
    non_additive: NonAdditive | None = None
    create_metric: bool = False
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """A table with its entities, dimensions and measures."""

    name: str
    source: str
    place: Place
    time: str = ""
    primary_entity: str = ""
    entities: tuple[Entity, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    label: str = ""
    description: str = ""

    @property
    def partitions(self) -> tuple[Dimension, ...]:
        """The dimensions by which the table is partitioned."""
        return tuple(one for one in self.dimensions if one.partition)

    @property
    def own_entities(self) -> tuple[str, ...]:
        """The entities that a row of this model is: its local dimensions are asked for through them."""
        named = [self.primary_entity] if self.primary_entity else []
        return tuple(dict.fromkeys([*named, *(one.name for one in self.entities if one.keyed)]))

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of that name, if there is one."""
        return next((one for one in self.dimensions if one.name == name), None)

    def entity(self, name: str) -> Entity | None:
        """The entity of that name, if there is one."""
        return next((one for one in self.entities if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Input:
    """What a metric is computed from: a measure or another metric, perhaps filtered, shifted or filled."""

    name: str
    measure: bool = False
    alias: str = ""
    filters: tuple[str, ...] = ()
    offset_window: str = ""
    offset_to_grain: str = ""
    join_to_timespine: bool = False
    fill_nulls_with: str = ""

    @property
    def bare(self) -> bool:
        """Whether it is taken as it is."""
        return not (self.filters or self.join_to_timespine or self.fill_nulls_with)


@dataclass(frozen=True, slots=True)
class ForeignMetric:
    """A metric of another tool. `inputs` by role: measure, metric, numerator, denominator, base, conversion, input."""

    name: str
    type: str
    place: Place
    inputs: tuple[tuple[str, Input], ...] = ()
    filters: tuple[str, ...] = ()
    expr: str = ""
    window: str = ""
    grain_to_date: str = ""
    period_agg: str = ""
    entity: str = ""
    calculation: str = ""
    constant_properties: tuple[tuple[str, str], ...] = ()
    time_granularity: str = ""
    label: str = ""
    description: str = ""
    owner: str = ""
    private: bool = False

    def of(self, role: str) -> list[Input]:
        """The inputs of one role, in order."""
        return [one for known, one in self.inputs if known == role]


@dataclass(frozen=True, slots=True)
class Spine:
    """A table with a row for every period of one grain; `grains` are its own: (name, column)."""

    name: str
    source: str
    column: str
    grain: str
    grains: tuple[tuple[str, str], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question that was given a name."""

    name: str
    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    where: tuple[str, ...]
    order_by: tuple[str, ...]
    limit: str
    place: Place


@dataclass(slots=True)
class Project:
    """Everything that was read."""

    models: list[SemanticModel] = field(default_factory=list)
    metrics: list[ForeignMetric] = field(default_factory=list)
    spines: list[Spine] = field(default_factory=list)
    saved_queries: list[SavedQuery] = field(default_factory=list)

    def model(self, name: str) -> SemanticModel | None:
        """The semantic model of that name, if there is one."""
        return next((one for one in self.models if one.name == name), None)

    def measure(self, name: str) -> Measure | None:
        """The measure of that name, whichever model has it."""
        return next((one for model in self.models for one in model.measures if one.name == name), None)

    def metric(self, name: str) -> ForeignMetric | None:
        """The metric of that name, if there is one."""
        return next((one for one in self.metrics if one.name == name), None)
