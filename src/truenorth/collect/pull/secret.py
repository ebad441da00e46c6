"""Passwords: from the environment, else from `.truenorth/secrets`, which only its owner may read; never from YAML."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from truenorth.base.errors import AccessError
from truenorth.define.model import Source
from truenorth.define.rules.source import secret_name

FILE = Path(".truenorth", "secrets")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def name_of(source: Source) -> str:
    """The name under which a source's password is kept."""
    return source.password_env or secret_name(source.name)


def password_of(source: Source, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The password of a source, "" when none is given anywhere."""
    name = name_of(source)
    return environment[name] if name in environment else secrets(folder).get(name, "")


def secrets(folder: Path) -> dict[str, str]:
    """The secrets of a workspace by name, one a line (`NAME=value`, taken as it is to the end of the line).

    AccessError E_SECRETS_READABLE when others may read the file.
    """
    path = folder / FILE
    try:
        mode = path.stat().st_mode
    except OSError:
        return {}
    if mode & 0o077:
        message = f'"{path}" holds secrets, and others may read it'
        raise AccessError("E_SECRETS_READABLE", message, hint=f"chmod 600 {path}")
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    return {name.strip(): value for name, found, value in (line.partition("=") for line in lines) if found}


def keep_secret(folder: Path, name: str, value: str) -> Path:
    """Write a secret into the workspace's file, for its owner's eyes only; ValueError when it is not one line."""
    if not _NAME.fullmatch(name) or "\n" in value or "\r" in value:
        raise ValueError(f'"{name}" cannot be kept: a secret is one line, its name one word')
    path = folder / FILE
    kept = {**secrets(folder), name: value}
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{known}={secret}\n" for known, secret in kept.items())
    fresh.replace(path)
    return path


def without_secret(text: str, secret: str) -> str:
    """A text with a secret taken out of it.

    >>> without_secret("bad login reader:hush", "hush")
    'bad login reader:…'
    """
    return text.replace(secret, "…") if secret else text
