"""References with a qualifier: chains of roles, relationships and datasets, of which the field decides the way."""

from __future__ import annotations

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.label import is_open
from truenorth.define.model import Model
from truenorth.define.path import Path, Step, graph, names_of, settled

# How good a hop is: a relationship of the row itself, a dataset, what others call the row, against an arrow, farther.
OWN, DATASET, CALLED, BACK, FARTHER = range(5)
Ranked = tuple[tuple[int, ...], tuple[Step, ...]]


def chained(model: Model, dataset: str, reference: str) -> Path:
    """The one way that a chain such as `listing.user.home_state` means from a dataset."""
    *hops, name = reference.split(".")
    walks: list[Ranked] = [((), ())]
    for position, hop in enumerate(hops):
        longer = [
            ((*ranks, rank), (*steps, *more))
            for ranks, steps in walks
            for rank, more in onward(model, steps[-1].end if steps else dataset, hop, first=position == 0)
        ]
        if not longer:
            here = sorted({steps[-1].end if steps else dataset for _, steps in walks})
            raise _no_hop(model, here, hop, reference, position)
        walks = longer
    there = [(ranks, steps) for ranks, steps in walks if _has(model, steps[-1].end if steps else dataset, name)]
    if not there:
        raise _no_field(model, sorted({steps[-1].end if steps else dataset for _, steps in walks}), name)
    best = min(ranks for ranks, _ in there)
    chosen = list(dict.fromkeys(steps for ranks, steps in there if ranks == best))
    if len(chosen) > 1:
        raise _ambiguous(tuple(Path(dataset, steps) for steps in chosen), dataset, hops, name)
    return settled(model, Path(dataset, chosen[0]))


def onward(model: Model, here: str, hop: str, first: bool) -> list[tuple[int, tuple[Step, ...]]]:
    """Where one hop may lead from a dataset, each with how good it is; the `first` may also look around."""
    found: list[tuple[int, tuple[Step, ...]]] = []
    ways = graph(model)
    for step in ways.steps.get(here, ()):
        relationship = model.relationships[step.relationship]
        if step.forward and hop in (relationship.name, relationship.role):
            found.append((OWN, (step,)))
        elif not step.forward and hop == relationship.name and relationship.from_ != here:
            found.append((BACK, (step,)))
    if hop in model.datasets:
        found += [(DATASET, one.steps) for one in ways.shortest(here, hop)]
    named = [one for one in model.relationships.values() if hop in (one.name, one.role)]
    if first and any(one.role == hop and one.to == here for one in named):
        found.append((CALLED, ()))
    if first and not found:
        far = [one.steps for relationship in named for one in ways.shortest(here, relationship.to, relationship.name)]
        nearest = min((len(steps) for steps in far), default=0)
        found = [(FARTHER, steps) for steps in far if len(steps) == nearest]
    return found


def _has(model: Model, dataset: str, name: str) -> bool:
    """Whether a dataset has a field of this name; an open one may have any column."""
    one = model.datasets[dataset]
    return is_open(one) or name in names_of(model, one)


def _no_hop(model: Model, here: list[str], hop: str, reference: str, position: int) -> QueryError:
    """The error for a hop that leads nowhere: unknown, or not within reach."""
    roles = [one.role for one in model.relationships.values() if one.role]
    known = dict.fromkeys([*model.datasets, *model.relationships, *roles])
    if hop not in known:
        message = f'no dataset, relationship or role named "{hop}" in "{reference}"'
        return QueryError("E_NAME_NOT_FOUND", message, hint=did_you_mean(hop, known) or _offered(model, here))
    if position == 0 and hop in model.datasets:
        return no_path(model, here[0], hop)
    message = f'"{hop}" in "{reference}" does not lead on from {" or ".join(here)}'
    return QueryError("E_NO_PATH", message, hint=_offered(model, here))


def _offered(model: Model, here: list[str]) -> str:
    """What may be written after these datasets."""
    own = [step for name in here for step in graph(model).steps.get(name, ()) if step.forward]
    names = dict.fromkeys(model.relationships[step.relationship].role or step.relationship for step in own)
    return f"write one of {', '.join(names)}" if names else f"{' and '.join(here)} point to no other dataset"


def _no_field(model: Model, ends: list[str], name: str) -> QueryError:
    """The error for a field that none of the datasets at the end has."""
    there = dict.fromkeys(known for end in ends for known in names_of(model, model.datasets[end]))
    hint = did_you_mean(name, there) or f"its fields are {', '.join(there)}"
    said = f'"{ends[0]}" has' if len(ends) == 1 else f"none of {', '.join(ends)} has"
    return QueryError("E_NAME_NOT_FOUND", f'{said} {"no" if len(ends) == 1 else "a"} field "{name}"', hint=hint)


def _ambiguous(paths: tuple[Path, ...], dataset: str, hops: list[str], name: str) -> QueryError:
    """The error for a chain that may mean several ways, with a full chain for each."""
    if len({one.end for one in paths}) == 1 and len(hops) == 1:
        return ambiguous_path(paths, dataset, paths[0].end)
    written = ".".join((*hops, name))
    choices = [".".join((*one.relationships, name)) for one in paths]
    message = f'{len(paths)} ways lead from "{dataset}" to "{written}"'
    return QueryError("E_AMBIGUOUS_PATH", message, hint="choose one by its relationships: " + " or ".join(choices))


def path(model: Model, from_dataset: str, to_dataset: str, via: str = "") -> Path:
    """The one shortest way, along the arrows if there is such a way; `via` names a relationship to walk."""
    if via and via not in model.relationships:
        raise QueryError(
            "E_NAME_NOT_FOUND", f'no relationship named "{via}"', hint=did_you_mean(via, model.relationships)
        )
    for name in (from_dataset, to_dataset):
        if name not in model.datasets:
            raise QueryError("E_NAME_NOT_FOUND", f'no dataset named "{name}"', hint=did_you_mean(name, model.datasets))
    paths = graph(model).shortest(from_dataset, to_dataset, via)
    if len(paths) == 1:
        return paths[0]
    if not paths:
        raise no_path(model, from_dataset, to_dataset, via)
    raise ambiguous_path(paths, from_dataset, to_dataset)


def no_path(model: Model, start: str, end: str, via: str = "") -> QueryError:
    """The error for a dataset out of reach."""
    others = graph(model).reached(start)[1:]
    reach = f'"{start}" reaches {", ".join(others)}' if others else f'"{start}" reaches no other dataset'
    detour = f' by "{via}"' if via else ""
    return QueryError("E_NO_PATH", f'no relationship leads from "{start}" to "{end}"{detour}', hint=reach)


def ambiguous_path(paths: tuple[Path, ...], from_dataset: str, to_dataset: str) -> QueryError:
    """The error for several equally short ways to a dataset."""
    common = set.intersection(*(set(one.relationships) for one in paths))
    choices = sorted({name for one in paths for name in one.relationships if name not in common})
    message = f'{len(paths)} ways lead from "{from_dataset}" to "{to_dataset}"'
    hint = "choose one by its relationship: " + " or ".join(f"{name}.…" for name in choices)
    return QueryError("E_AMBIGUOUS_PATH", message, hint=hint)
