"""The browser's script as it is served: without comments, spaces and long names."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import product
from string import ascii_lowercase, ascii_uppercase

# Texts and patterns are left as they are; a comment is a line of its own.
_TOKEN = re.compile(r"""(?P<text>"(?:[^"\\]|\\.)*"|/\^?[^\s/*](?:[^/\\\n]|\\.)*/)|(?P<space>\s+)|(?P<word>[\w$]+)|.""")
_COMMENT = re.compile(r"^\s*//.*$", re.M)
_DECLARED = re.compile(
    r"\b(?:const|let)\s+(\w+)|^ +(\w+)(?: =|,$)|\[(\w+), (?:\.\.\.)?(\w+)\]|\((?:\.\.\.)?(\w+)(?:, (\w+))?\) =>", re.M
)
_WORD = re.compile(r"[\w$]")


@cache
def script() -> bytes:
    """The script `tn.js` as browsers get it."""
    return slim(files("truenorth.collect.receive").joinpath("tn.js").read_text("utf-8")).encode()


def slim(source: str) -> str:
    """JavaScript of the kind that tn.js is, in fewer bytes.

    >>> slim('// Twice.\\nconst twice = (number) => { return 2 * number; };\\ntwice(4);')
    'const a=b=>{return 2*b};a(4)'
    """
    source = _COMMENT.sub("", source)
    short = _short_names(source)
    written: list[str] = []
    for token in _TOKEN.finditer(source):
        text, before = token[0], written[-1] if written else ""
        if token["space"]:
            # Only between two words is a space needed, and before signs that would become another sign.
            written.append(" ")
            continue
        if before == " " and not (len(written) > 1 and _WORD.match(written[-2][-1]) and _WORD.match(text)):
            written.pop()
        name = token["word"]
        behind = source[token.end() : token.end() + 1]
        is_property = (written and written[-1] == "." and written[-2:-1] != ["."]) or behind == ":"
        written.append(short.get(name, name) if name and not is_property else text)
    text = "".join(written).strip().rstrip(";")
    text = re.sub(r";(?=\})|,(?=[}\])])", "", text)
    return re.sub(r"\(([\w$]+)\)=>", r"\1=>", text)


def _short_names(source: str) -> dict[str, str]:
    """A letter or two for each name that the source declares."""
    names = dict.fromkeys(name for found in _DECLARED.findall(source) for name in found if name)
    used = set(re.findall(r"[\w$]+", source)) - names.keys()
    letters = ascii_lowercase + ascii_uppercase
    fresh = (name for size in (1, 2) for name in map("".join, product(letters, repeat=size)) if name not in used)
    return dict(zip(names, fresh, strict=False))
