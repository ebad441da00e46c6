"""Static files under a path that changes with their content, so that a browser may keep them for a year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Every static file in memory; the style sheets are joined into one."""

    version: str
    files: dict[str, bytes]

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"/static/{self.version}/{name}"


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Read the static files once."""
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in KINDS
    }
    sheets = [name for name in files if name.startswith("css/")]
    files["app.css"] = b"\n".join(files.pop(name) for name in sheets)
    digest = blake2b(digest_size=6)
    for name in sorted(files):
        digest.update(name.encode() + files[name])
    return Assets(digest.hexdigest(), files)


async def serve_asset(request: Request) -> Response:
    """One static file; only the current version may be kept."""
    held = assets()
    body = held.files.get(request.path_params["name"])
    if body is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    kind = KINDS[Path(request.path_params["name"]).suffix]
    keep = "public, max-age=31536000, immutable" if request.path_params["version"] == held.version else "no-cache"
    return Response(body, headers={"Cache-Control": keep, "Content-Type": kind})
