"""The palette as data: the page's tokens and the literal colours of standalone pictures come from here."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours; every name is a CSS token of the same name (`ink_2` is `--ink-2`)."""

    name: str
    ground: str
    paper: str
    raised: str
    line: str
    line_strong: str
    ink: str
    ink_2: str
    ink_3: str
    accent: str
    accent_soft: str
    better: str
    worse: str
    signal: str
    signal_soft: str
    band: str
    s1: str
    s2: str
    s3: str
    s4: str
    s5: str
    s6: str

    def colours(self) -> dict[str, str]:
        """Token name to colour, in CSS spelling."""
        names = [field.name for field in fields(self) if field.name != "name"]
        return {name.replace("_", "-"): getattr(self, name) for name in names}


LIGHT = Theme(
    name="light",
    ground="#f7f6f3",
    paper="#ffffff",
    raised="#fbfaf8",
    line="#e6e3dc",
    line_strong="#cfcabf",
    ink="#1d1f23",
    ink_2="#565a62",
    ink_3="#676b73",
    accent="#1f5f8b",
    accent_soft="#e4eef5",
    better="#0a6f65",
    worse="#a84817",
    signal="#8f5406",
    signal_soft="#fbf1de",
    band="#e9f1f6",
    s1="#1f5f8b",
    s2="#c4641f",
    s3="#0b7a6f",
    s4="#7a4fa0",
    s5="#8a7a12",
    s6="#a33a5b",
)
DARK = Theme(
    name="dark",
    ground="#121417",
    paper="#191c20",
    raised="#1f2328",
    line="#2a2f36",
    line_strong="#3f4751",
    ink="#eceae4",
    ink_2="#a9aeb7",
    ink_3="#939aa5",
    accent="#6cb2e0",
    accent_soft="#1c2f3d",
    better="#4fc3b3",
    worse="#f0965a",
    signal="#e9b04d",
    signal_soft="#33290f",
    band="#1e2a35",
    s1="#6cb2e0",
    s2="#f0965a",
    s3="#4fc3b3",
    s4="#b996dc",
    s5="#d3c257",
    s6="#e88aa6",
)

SERIES = ("s1", "s2", "s3", "s4", "s5", "s6")
DASHES = ("", "7 3", "2 3", "10 3 2 3", "5 2", "1 4")
"""Series differ by dash and marker as well as by colour, so that no one has to tell hues apart."""
