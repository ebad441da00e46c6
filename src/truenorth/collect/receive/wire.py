"""Protobuf messages of our own making: what repeats comes as bytes, so that a known series is known by its bytes."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

__all__ = ["DecodeError", "message", "pool"]

_PACKAGE = "truenorth"
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


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    several, word = kind.startswith("*"), kind.removeprefix("*")
    label = FieldDescriptorProto.LABEL_REPEATED if several else FieldDescriptorProto.LABEL_OPTIONAL
    if word in _KINDS:
        return FieldDescriptorProto(name=name, number=number, label=label, type=_KINDS[word])
    return FieldDescriptorProto(
        name=name, number=number, label=label, type=FieldDescriptorProto.TYPE_MESSAGE, type_name=f".{_PACKAGE}.{word}"
    )
