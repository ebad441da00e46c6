"""Mixpanel's events and profiles as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode
from truenorth.collect.receive.row import Row, add, identifier, named, person, spoiled, word, written, written_down
from truenorth.collect.spool.frame import Frame

ENGAGE, GROUPS = "/engage", "/groups"
# No body of Mixpanel's has an envelope: an array, or one event.
FIELD = "$batch"
_DEVICE = "$device:"
_CHANGES = ("$set", "$set_once", "$add", "$append", "$prepend", "$union", "$unset", "$remove", "$delete")
Links = dict[tuple[str, str], Link]


def check(path: str, event: dict[str, Any]) -> None:
    """SourceError when an event has no name, a profile is nobody's, or an id is none."""
    if path == GROUPS:
        if not word(event.get("$group_key")) or identifier(event.get("$group_id")) is None:
            raise SourceError("E_EVENT_NO_ID", "the profile has no $group_key and $group_id")
        _change(event)
    elif path == ENGAGE:
        if _who(event.get("$distinct_id"), "$distinct_id") is None:
            raise SourceError("E_EVENT_NO_ID", "the profile has no $distinct_id")
        _change(event)
    else:
        named(event.get("event"), "event")
        properties = event.get("properties")
        if not isinstance(properties, dict):
            raise SourceError("E_EVENT_UNREADABLE", "properties is no object of JSON")
        for name in ("distinct_id", "$user_id", "$device_id"):
            _who(properties.get(name), name)


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, FIELD)
    except SourceError as error:
        return spoiled(frame.body, error)
    path, links = frame.path.rstrip("/"), Links()

    def row(event: dict[str, Any], seq: int) -> Row:
        check(path, event)
        return _profile(event, seq, path) if path in (ENGAGE, GROUPS) else _event(event, seq, links)

    batch = written_down(found, row)
    batch.links = list(links.values())
    return batch


def _who(value: Any, name: str) -> str | None:
    """An id without the mark that it is a device's."""
    found = person(value, name)
    return person(found.removeprefix(_DEVICE), name) if found else None


def _change(profile: dict[str, Any]) -> str:
    """What a profile's message does, by the first name of it."""
    for name in _CHANGES:
        if name in profile:
            return name
    raise SourceError("E_EVENT_UNREADABLE", "the profile says no change, such as $set")


def _event(event: dict[str, Any], seq: int, links: Links) -> Row:
    name, properties = event.pop("event"), event.pop("properties")
    said = person(properties.pop("distinct_id", None), "distinct_id")
    user, device = _ids(name, said, properties)
    event_id = identifier(properties.pop("$insert_id", None)) or ""
    client_time = instant(properties.get("time"))
    if client_time is not None:
        del properties["time"]
    elif "time" in properties:
        add(properties, {"timestamp": properties.pop("time")})
    properties.pop("token", None)
    _link(name, (user, device), properties, client_time, links)
    add(properties, event)
    library, version = word(properties.get("mp_lib")), properties.get("$lib_version")
    return (
        encode([event_id, name, client_time, said]).decode() if event_id else "",
        event_id,
        name,
        client_time,
        None,
        False,
        seq,
        device,
        user,
        identifier(properties.get("$session_id")),
        None,
        written(properties),
        f"{library}/{version}" if library and version else library,
    )


def _ids(name: str, said: str | None, properties: dict[str, Any]) -> tuple[str | None, str | None]:
    """The user and the device: as told apart, or both in `distinct_id`, which is a device's where it says so."""
    user = _who(properties.pop("$user_id", None), "$user_id")
    device = _who(properties.pop("$device_id", None), "$device_id")
    if name == "$identify":
        user = user or _who(properties.get("$identified_id"), "$identified_id")
        anonymous = properties.get("$anon_id") or properties.get("$anon_distinct_id")
        device = _who(anonymous, "$anon_id") or device
    if said is not None:
        plain = said.removeprefix(_DEVICE)
        if said != plain:
            device = device or person(plain, "distinct_id")
        elif said != device:
            user = user or said
    return user, device


def _link(
    name: str, ids: tuple[str | None, str | None], properties: dict[str, Any], at: int | None, links: Links
) -> None:
    """Who is said to be whom: both ids on one event, an alias, or a merge of two ids that are known already."""
    user, device = ids
    if user and device and user != device:
        links.setdefault((device, user), Link("identify", device, user, at))
    if name == "$create_alias":
        former = identifier(properties.get("alias"))
        if former and user and former != user:
            links[former, user] = Link("alias", former, user, at)
    both = properties.get("$distinct_ids")
    if name == "$merge" and isinstance(both, list) and len(both) == 2:
        former, current = (one.removeprefix(_DEVICE) if isinstance(one, str) else identifier(one) for one in both)
        if former and current and former != current:
            links[former, current] = Link("merge", former, current, at)


def _profile(profile: dict[str, Any], seq: int, path: str) -> Row:
    """A message about a person is named by what it does; one about a group is nobody's."""
    name = "$groupidentify" if path == GROUPS else _change(profile)
    said = person(profile.pop("$distinct_id", None), "$distinct_id")
    is_device = said is not None and said.startswith(_DEVICE)
    groups = None
    if path == GROUPS:
        groups = encode({profile["$group_key"]: identifier(profile["$group_id"])})
    client_time = instant(profile.get("$time"))
    if client_time is not None:
        del profile["$time"]
    profile.pop("$token", None)
    event_id = identifier(profile.pop("$insert_id", None)) or ""
    properties: dict[str, Any] = {}
    add(properties, profile)
    return (
        encode([event_id, name, client_time, said]).decode() if event_id else "",
        event_id,
        name,
        client_time,
        None,
        False,
        seq,
        said.removeprefix(_DEVICE) if said and is_device else None,
        None if is_device else said,
        None,
        groups,
        written(properties),
        "",
    )
