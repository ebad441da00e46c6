"""A browser of its own for tests of the door: it keeps cookies, reads forms, and comes from where it is told."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx

HTML = "text/html,application/xhtml+xml"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


class Visitor:
    """Asks an app the way a browser does; `get` and `post` give the response, which is not followed."""

    def __init__(self, app: Any, base: str = "http://192.168.1.7:8321", address: str = "192.168.1.99") -> None:
        self.app = app
        self.base = base
        self.address = address
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.address, 50000))
            async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                answered = await client.request(method, path, data=data, headers={"accept": HTML, **named})
                self.cookies = client.cookies
                return answered

        return asyncio.run(once())

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as the browser would send it from a page of the same site."""
        return self.ask("POST", path, data, **{"origin": self.base, "sec_fetch_site": "same-origin", **headers})

    def send(self, opened: str, path: str, /, **fields: str) -> httpx.Response:
        """Open a page and send its form."""
        return self.post(path, {"form_token": self.token(opened), **fields})

    def token(self, page: str = "/sign-in") -> str:
        """The word in the forms of a page."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"{page} has no form"
        return found[1]

    def sign_in(self, name: str = "dana", password: str = "correct horse battery", back: str = "/") -> httpx.Response:
        """Fill in the form and send it."""
        return self.send("/sign-in", "/sign-in", name=name, password=password, next=back)
