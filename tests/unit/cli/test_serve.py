"""`truenorth serve`, from the first page over a saved mistake to Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.unit.cli.small import METRICS

COMMAND = "import sys; from truenorth.cli.main import main; sys.exit(main(['serve', '--port', '0']))"


def page(url: str) -> tuple[str, str]:
    """The page and its policy."""
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.read().decode(), response.headers["Content-Security-Policy"]


def test_pages_follow_the_definitions(small: Path) -> None:
    command = [sys.executable, "-c", COMMAND]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            said = process.stdout.readline()
            found = re.search(r"small is served on (http://127\.0\.0\.1:\d+) \(this machine only\)", said)
            assert found, said + process.stderr.read()
            text, policy = page(found[1])
            assert "Revenue" in text
            assert policy.startswith("default-src 'none'; script-src 'self'")
            assert "E_" not in text

            (small / "metrics" / "orders.yml").write_text(METRICS.replace("agg: sum", "agg: summ"), "utf-8")
            time.sleep(0.6)
            text, _ = page(found[1])
            assert "Revenue" in text
            assert "metrics/orders.yml:14:" in text

            (small / "metrics" / "orders.yml").write_text(METRICS.replace("direction: up", "label: Takings"), "utf-8")
            time.sleep(0.6)
            text, _ = page(found[1])
            assert "Takings" in text
            assert "metrics/orders.yml:14:" not in text
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        assert process.returncode == 0
        assert process.stderr.read() == "stopped\n"
    assert not (small / ".truenorth" / "serve.json").exists()
