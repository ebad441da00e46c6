"""Protobuf messages of our own making: what repeats comes as bytes, so that a known series is known by its bytes."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

__all__ = ["DecodeError", "crowded", "message", "pool"]

_PACKAGE = "truenorth"
# How many bytes values of fixed size take, by their wire type.
_SIZES = {1: 8, 5: 4}
_KINDS = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
    "sfixed64": FieldDescriptorProto.TYPE_SFIXED64,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "sint32": FieldDescriptorProto.TYPE_SINT32,
    "sint64": FieldDescriptorProto.TYPE_SINT64,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}


def pool(shapes: dict[str, dict[str, tuple[int, str]]]) -> DescriptorPool:
    """Messages from `name -> {field: (number, type)}`; a type is a scalar or another message, `*` before it repeats.

    >>> label = message(pool({"Label": {"name": (1, "string"), "value": (2, "string")}}), "Label")
    >>> label.FromString(bytes([10, 1, 97, 18, 1, 98])).value
    'b'
    """
    file = FileDescriptorProto(name="truenorth.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in shapes.items():
        shape = DescriptorProto(name=name)
        for field, (number, kind) in fields.items():
            shape.field.append(_field(field, number, kind))
        file.message_type.append(shape)
    made = DescriptorPool()
    made.Add(file)
    return made


def message(messages: DescriptorPool, name: str) -> Any:
    """The class of one of the messages."""
    return GetMessageClass(messages.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def crowded(body: bytes, most: int) -> bool:
    """Whether a message holds more than so many fields: told by going over them, before any takes memory.

    >>> crowded(bytes([10, 0, 10, 0, 10, 1, 97]), 2)
    True
    """
    if len(body) <= 2 * most:
        return False
    place, seen = 0, 0
    while place < len(body) and seen <= most:
        tag, place = _varint(body, place)
        size = _SIZES.get(tag & 7, 0)
        if tag & 7 == 2:
            size, place = _varint(body, place)
        elif tag & 7 == 0:
            _, place = _varint(body, place)
        place += size
        seen += 1
    return seen > most


def _varint(body: bytes, place: int) -> tuple[int, int]:
    """A number of variable length, and the place behind it."""
    number, shift = 0, 0
    for byte in body[place : place + 10]:
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return number, place


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    several, word = kind.startswith("*"), kind.removeprefix("*")
    label = FieldDescriptorProto.LABEL_REPEATED if several else FieldDescriptorProto.LABEL_OPTIONAL
    if word in _KINDS:
        return FieldDescriptorProto(name=name, number=number, label=label, type=_KINDS[word])
    return FieldDescriptorProto(
        name=name, number=number, label=label, type=FieldDescriptorProto.TYPE_MESSAGE, type_name=f".{_PACKAGE}.{word}"
    )
