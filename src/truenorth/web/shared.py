"""A page for somebody with a link to it: the same page, with nothing on it that leads to another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.S)
FORM = re.compile(r"<form\b.*?</form>", re.S)
CRUMB = re.compile(r'<nav class="crumb.*?</nav>', re.S)
CHOICES = re.compile(r'<nav class="(seg|tabs)"[^>]*>(.*?)</nav>', re.S)
ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
REMOVAL = re.compile(r'\s*<span aria-hidden="true">×</span><span class="away">, remove</span>')
KEYS = ("href", "data-key", "data-label", "data-row-key", "data-plain")
OF_USE = ("chip", "quiet")
# Links that are the name of what stands beside them.
NAMES = "under"


def standing_alone(text: str, path: str, link: str) -> str:
    """The HTML of the page at `path` without its forms and links; those to its own files lead to files of the link."""
    text = CRUMB.sub("", FORM.sub("", text))
    text = CHOICES.sub(lambda found: f'<div class="{found[1]}">{_chosen(found[2])}</div>', text)
    return LINK.sub(_still(path, link), text)


def _chosen(choices: str) -> str:
    """Of several ways to look, the one that is looked at."""
    kept = [found[0] for found in LINK.finditer(choices) if 'aria-current="true"' in found[1]]
    return "".join(kept)


def _still(path: str, link: str) -> Callable[[re.Match[str]], str]:
    """What becomes of one link."""
    page = "/home" if path == "/" else path

    def still(found: re.Match[str]) -> str:
        words = dict(ATTRIBUTE.findall(found[1]))
        target, _, _ = unescape(words.get("href", "")).partition("?")
        stem, _, form = target.rpartition(".")
        kinds = words.get("class", "").split()
        if stem == page and form.isalnum():
            return f'<a href="{link}.{form}" data-plain>{found[2]}</a>'
        if words.get("href", "").startswith("#"):
            return found[0]
        if "filter" in kinds:
            return f'<span class="{words["class"]}">{REMOVAL.sub("", found[2])}</span>'
        if "data-row-key" in words or (set(kinds) & set(OF_USE) and NAMES not in kinds):
            return ""
        kept = "".join(f' {name}="{word}"' for name, word in words.items() if name not in KEYS)
        return f"<span{kept}>{found[2]}</span>"

    return still
