"""Pages in a real browser without a server: every request of a tab is answered by the app in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from truenorth import workspace
from truenorth.demo.acme import generate
from truenorth.demo.folder import demo_folder
from truenorth.serve.guard import Guard
from truenorth.web.app import pages

SITE = "http://127.0.0.1:8321"
SCALE = 0.05


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The pages of a small acme."""
    import shutil

    folder = tmp_path_factory.mktemp("browser") / "acme"
    shutil.copytree(demo_folder("acme"), folder, ignore=shutil.ignore_patterns(".truenorth"))
    with workspace.open(folder, read_only=False) as opened:
        for table, file in generate(folder / ".truenorth" / "generated", SCALE, lambda *_: None).items():
            opened.data.import_files(table, [file])
        yield Guard(pages(opened))


@dataclass
class Tab:
    """A page of the browser and everything it complained about."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Open a path and wait until its scripts run."""
        self.page.goto(SITE + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    @property
    def path(self) -> str:
        """Where the tab is."""
        return str(self.page.url).removeprefix(SITE)


@pytest.fixture
def tab(browser: Any, app: Any) -> Iterator[Callable[..., Tab]]:
    """Open a tab: `tab(width=390, scheme="dark")`; it fails the test when the browser complained."""
    opened: list[tuple[Any, Tab]] = []
    pool = ThreadPoolExecutor(1)

    def ask(request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
                return await client.request(request.method, request.url, headers=request.headers)

        return asyncio.run(once())

    def answer(route: Any) -> None:
        response = pool.submit(ask, route.request).result()
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    def make(width: int = 1400, scheme: str = "light", script: bool = True) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        context.route("**/*", answer)
        made = Tab(context.new_page())
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        opened.append((context, made))
        return made

    yield make
    for context, made in opened:
        context.close()
        assert made.complaints == []
    pool.shutdown()


@pytest.fixture(scope="session")
def artefacts(root: Path) -> Path:
    """Where pictures for eyes are kept."""
    folder = root / "artefacts" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
