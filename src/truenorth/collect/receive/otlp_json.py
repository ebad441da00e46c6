"""OTLP's own JSON as protobuf bytes, so that both are read the same way.

It differs from protobuf's usual JSON: names in lowerCamelCase only, ids in hexadecimal, enumerations as numbers,
64-bit numbers as texts or numbers; what is unknown is passed over.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from functools import cache
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from msgspec import Struct

from truenorth.collect.receive.wire import DecodeError

_DEEP = 64
_HEXADECIMAL = {"traceId", "spanId", "parentSpanId"}
_REAL = {FieldDescriptor.TYPE_DOUBLE: "<d", FieldDescriptor.TYPE_FLOAT: "<f"}
_FIXED = {
    FieldDescriptor.TYPE_FIXED64: "<Q",
    FieldDescriptor.TYPE_SFIXED64: "<q",
    FieldDescriptor.TYPE_FIXED32: "<I",
    FieldDescriptor.TYPE_SFIXED32: "<i",
}
_TEXTS = {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}
_WIRES = {"<d": 1, "<Q": 1, "<q": 1, "<f": 5, "<I": 5, "<i": 5}


class Part(Struct, frozen=True):
    """One field of a message: how it is named in JSON, and how it is written."""

    name: str
    tag: bytes
    kind: int
    repeated: bool
    packed: bool
    oneof: bool
    below: Any
    names: dict[str, int]


def transcribed(body: bytes, message: Any) -> bytes:
    """The protobuf bytes of a JSON body; DecodeError when it is no JSON, or a value is not of its field's type."""
    try:
        held = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DecodeError(f"no JSON: {error}"[:200]) from error
    return _message(held, message.DESCRIPTOR, 0)


@cache
def _parts(shape: Descriptor) -> tuple[Part, ...]:
    return tuple(_part(one) for one in sorted(shape.fields, key=lambda one: int(one.number)))


def _part(one: FieldDescriptor) -> Part:
    packed = bool(one.is_packed)
    wire = 2
    if not packed and one.type not in _TEXTS and one.type != FieldDescriptor.TYPE_MESSAGE:
        wire = _WIRES.get(_REAL.get(one.type) or _FIXED.get(one.type, ""), 0)
    name = str(one.json_name)
    oneof = one.containing_oneof is not None
    tag, choice = _varint(one.number << 3 | wire), one.enum_type
    names = {} if choice is None else {str(word): int(value.number) for word, value in choice.values_by_name.items()}
    return Part(name, tag, one.type, bool(one.is_repeated), packed, oneof, one.message_type, names)


def _message(held: Any, shape: Descriptor, deep: int) -> bytes:
    if not isinstance(held, dict) or deep > _DEEP:
        raise DecodeError(f"{shape.name} is no object" if deep <= _DEEP else "it is nested too deeply")
    out: list[bytes] = []
    for part in _parts(shape):
        value = held.get(part.name)
        if value is None:
            continue
        if not part.repeated:
            if part.kind in _TEXTS or part.below or part.oneof or value:
                out += (part.tag, _one(value, part, deep))
            continue
        if not isinstance(value, list):
            raise DecodeError(f"{part.name} is no array")
        if part.packed:
            joined = b"".join([_one(one, part, deep) for one in value])
            out += (part.tag, _varint(len(joined)), joined)
        else:
            for one in value:
                out += (part.tag, _one(one, part, deep))
    return b"".join(out)


def _one(value: Any, part: Part, deep: int) -> bytes:
    """One value as it is written, with its length where it has one."""
    if part.below is not None:
        raw = _message(value, part.below, deep + 1)
        return _varint(len(raw)) + raw
    if part.kind in _TEXTS:
        raw = _text(value, part)
        return _varint(len(raw)) + raw
    try:
        if form := _REAL.get(part.kind):
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise DecodeError(f"{part.name} is no number")
            return struct.pack(form, float(value))
        number = _whole(value, part)
        if form := _FIXED.get(part.kind):
            return struct.pack(form, number)
    except (ValueError, OverflowError, struct.error) as error:
        raise DecodeError(f"{part.name} is no such number") from error
    if part.kind in (FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SINT64):
        number = number << 1 ^ number >> 63
    return _varint(number & 0xFFFFFFFFFFFFFFFF)


def _whole(value: Any, part: Part) -> int:
    if isinstance(value, bool):
        if part.kind != FieldDescriptor.TYPE_BOOL:
            raise DecodeError(f"{part.name} is no number")
        return int(value)
    if isinstance(value, str) and value in part.names:
        # The protocol asks for numbers; clients of other JSON libraries send the names.
        return part.names[value]
    if isinstance(value, float) and not value.is_integer():
        raise DecodeError(f"{part.name} is no whole number")
    if not isinstance(value, int | float | str) or part.kind == FieldDescriptor.TYPE_BOOL:
        raise DecodeError(f"{part.name} is no such value")
    number = int(value)
    if not -(1 << 63) <= number < 1 << 64:
        raise DecodeError(f"{part.name} is beyond 64 bits")
    return number


def _text(value: Any, part: Part) -> bytes:
    if not isinstance(value, str):
        raise DecodeError(f"{part.name} is no text")
    try:
        if part.kind == FieldDescriptor.TYPE_STRING:
            return value.encode()
        return bytes.fromhex(value) if part.name in _HEXADECIMAL else b64decode(value)
    except ValueError as error:
        raise DecodeError(f"{part.name} cannot be read") from error


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
