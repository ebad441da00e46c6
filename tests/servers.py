"""Real servers for tests: PostgreSQL and MariaDB, each started once in a folder of its own, gone at the end.

`postgres` and `mariadb` give a fresh, empty database of the one server that a test run starts; a test is skipped, counted
and named where the programs are not installed. Programs that refuse to run as root run as `postgres` and `mysql`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90.0
_names = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """An empty database of a running server: how to reach it, and a way to run statements as its owner."""

    host: str
    port: int
    user: str
    password: str
    name: str
    scheme: str

    @property
    def url(self) -> str:
        """Its address without the password."""
        return f"{self.scheme}://{self.user}@{self.host}:{self.port}/{self.name}"

    def connect(self) -> Any:
        """A connection that commits each statement; close it, or use it in `with`."""
        if self.scheme == "postgresql":
            import psycopg

            return psycopg.connect(self.url, password=self.password, autocommit=True)
        import pymysql

        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.name,
            charset="utf8mb4",
            autocommit=True,
        )

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """The rows of the last statement, if it gives any."""
        rows: Sequence[tuple[Any, ...]] = ()
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                if cursor.description:
                    rows = cursor.fetchall()
        finally:
            connection.close()
        return list(rows)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: str) -> str:
    """Where a program is, on the PATH or in the newest of the folders; the test is skipped where there is none."""
    places = [str(place) for pattern in folders for place in sorted(Path("/").glob(pattern), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*places, "/usr/sbin", os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"{name}: not installed")
    return found


def as_user(user: str, at_our_end: str = "") -> list[str]:
    """What stands before a command so that it does not run as root, where we do, and gets a signal when we end."""
    words = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    words += [f"--pdeathsig={at_our_end}"] if at_our_end and shutil.which("setpriv") else []
    return ["setpriv", *words] if words else []


@dataclass
class Folder:
    """A short-named folder (sockets need that) that a user owns, outside of the tests' own."""

    user: str

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix=f"tn-{self.user}-"))
        if os.geteuid() == 0:
            shutil.chown(self.path, self.user, self.user)
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def waited_for(answers: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; the end of its log is shown when it ends before."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answers()
            return
        except Exception as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
                raise RuntimeError(f"the server did not start: {error}\n{said}") from error
            time.sleep(0.05)


def ended(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    """End a server and wait for it."""
    process.send_signal(sign)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Database]:
    """The one PostgreSQL of a test run, with its first database and its superuser."""
    initdb, postgres = (program(name, "usr/lib/postgresql/*/bin") for name in ("initdb", "postgres"))
    with Folder("postgres") as folder:
        data, log, secret, port = folder / "data", folder / "log", folder / "secret", free_port()
        secret.write_text("p@ss/word:1\n")
        secret.chmod(0o644)
        words = ["-D", str(data), "-U", "owner", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8"]
        subprocess.run(
            [*as_user("postgres"), initdb, *words, "--locale=C.UTF-8", "--no-sync"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        settings = [
            "fsync=off",
            f"unix_socket_directories={folder}",
            "max_connections=60",
            "max_prepared_transactions=5",
        ]
        command = [postgres, "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
        command += [word for setting in settings for word in ("-c", setting)]
        with log.open("wb") as out:
            process = subprocess.Popen([*as_user("postgres", "INT"), *command], cwd=folder, stdout=out, stderr=out)
        server = Database("127.0.0.1", port, "owner", "p@ss/word:1", "postgres", "postgresql")
        try:
            waited_for(lambda: server.run("SELECT 1"), process, log)
            yield server
        finally:
            ended(process, signal.SIGINT)


@pytest.fixture
def postgres(postgres_server: Database) -> Iterator[Database]:
    """An empty PostgreSQL database of this test's own."""
    name = f"test_{next(_names)}"
    postgres_server.run(f"CREATE DATABASE {name}")
    here = postgres_server
    yield Database(here.host, here.port, here.user, here.password, name, here.scheme)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Database]:
    """The one MariaDB of a test run, with its superuser."""
    install = program("mariadb-install-db")
    mariadbd = program("mariadbd")
    with Folder("mysql") as folder:
        data, log, port = folder / "data", folder / "log", free_port()
        plain = ["--no-defaults", f"--datadir={data}"]
        user = ["--user=mysql"] if os.geteuid() == 0 else []
        subprocess.run(
            [install, *plain, *user, "--skip-test-db", "--auth-root-authentication-method=normal"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        first = folder / "first.sql"
        first.write_text(
            "CREATE USER 'owner'@'%' IDENTIFIED BY 'p@ss/word:1';\nGRANT ALL ON *.* TO 'owner'@'%' WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        command = [
            *as_user("mysql", "TERM"),
            mariadbd,
            *plain,
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--init-file={first}",
        ]
        command += [
            f"--socket={folder / 's'}",
            f"--pid-file={folder / 'pid'}",
            "--skip-log-bin",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        server = Database("127.0.0.1", port, "owner", "p@ss/word:1", "mysql", "mysql")
        try:
            waited_for(lambda: server.run("SELECT 1"), process, log)
            yield server
        finally:
            ended(process, signal.SIGTERM)


@pytest.fixture
def mariadb(mariadb_server: Database) -> Iterator[Database]:
    """An empty MariaDB database of this test's own."""
    name = f"test_{next(_names)}"
    mariadb_server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    here = mariadb_server
    yield Database(here.host, here.port, here.user, here.password, name, here.scheme)
    mariadb_server.run(f"DROP DATABASE {name}")
