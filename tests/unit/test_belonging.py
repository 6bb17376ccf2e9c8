"""A start is refused, without any change, when folder, database and key file do not belong together."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.ordinary_user import as_ordinary_user
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid, NotFound, Unavailable
from trigpoint.datadir.belonging import check_start
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import open_existing, prepare
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings

CONTENT = b"the content of an object"


@pytest.fixture
def installed(settings: Settings, clock: FakeClock) -> Settings:
    """An installation with one object."""
    return install(settings, clock)


def install(settings: Settings, clock: FakeClock) -> Settings:
    with locked(settings.data_dir, shared=settings.is_postgres):
        database = prepare(settings, clock)
        store = ObjectStore(database, settings.objects_dir, clock)
        store.create_bucket("things")
        store.put("things", "a/x", CONTENT)
        database.close()
    return settings


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every path below the folder with its content. SQLite's shared memory, which readers share, is left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-shm", "-wal"))
    }


def refusal(settings: Settings) -> str:
    """The message of the refused start, which changed nothing."""
    before = tree(settings.data_dir)
    with pytest.raises((Invalid, Unavailable)) as caught:
        check_start(settings)
    assert tree(settings.data_dir) == before
    assert "\n" not in caught.value.message
    return caught.value.message


def file_of(settings: Settings) -> Path:
    assert settings.sqlite_file is not None
    return settings.sqlite_file


def test_an_installation_and_a_new_folder_are_accepted(installed: Settings, tmp_path: Path) -> None:
    check_start(installed)
    check_start(replace(installed, data_dir=tmp_path / "new"))
    (tmp_path / "empty").mkdir()
    check_start(replace(installed, data_dir=tmp_path / "empty"))
    assert not (tmp_path / "new").exists()


def _remove(file: Path) -> None:
    file.unlink()


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _without_tables(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()


def _garbage(file: Path) -> None:
    file.write_bytes(os.urandom(100_000))


def _text(file: Path) -> None:
    file.write_text("restore me later")


def _truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _a_damaged_page(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096 * 2)
        opened.write(b"\xff" * 4096 * 20)


def _of_another_program(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")
    database.close()


def _of_another_program_with_alembic(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('3f2a9c01d4e5')")
    database.close()


def _newer(file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    database.close()


@pytest.mark.parametrize(
    ("change", "reason", "way_out"),
    [
        (_remove, "is missing", "restore trigpoint.db from your backup"),
        (_empty, "is empty", "restore it from your backup"),
        (_without_tables, "is empty", "restore it from your backup"),
        (_garbage, "is damaged", "restore it from your backup"),
        (_text, "is damaged", "restore it from your backup"),
        (_truncated, "is damaged", "restore it from your backup"),
        (_a_damaged_page, "is damaged", "restore it from your backup"),
        (_of_another_program, "belongs to another program", "name another one"),
        (_of_another_program_with_alembic, "belongs to another program", "name another one"),
        (_newer, "was written by a newer version", "install that version"),
    ],
)
def test_a_start_on_another_database_file_is_refused(
    installed: Settings, change: Callable[[Path], None], reason: str, way_out: str
) -> None:
    change(file_of(installed))
    message = refusal(installed)
    assert reason in message and way_out in message and str(file_of(installed)) in message


def test_a_command_does_not_create_a_missing_database(installed: Settings) -> None:
    file_of(installed).unlink()
    with pytest.raises(Invalid, match="is missing"):
        open_existing(installed)
    assert not file_of(installed).exists()
    with pytest.raises(NotFound):
        open_existing(replace(installed, data_dir=installed.data_dir / "none"))


def test_a_database_of_another_installation_is_refused(
    installed: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    other = install(replace(installed, data_dir=tmp_path / "other"), clock)
    shutil.copy(file_of(other), file_of(installed))
    message = refusal(installed)
    assert "do not belong together" in message and "restore the key file of this database" in message


def test_a_lost_key_file_is_refused(installed: Settings) -> None:
    installed.key_file.unlink()
    assert "is missing" in refusal(installed)


@pytest.mark.parametrize("in_its_place", ["nothing", "an empty folder"])
def test_lost_objects_are_refused_until_they_are_given_up(installed: Settings, in_its_place: str) -> None:
    installed.objects_dir.rename(installed.data_dir.parent / "elsewhere")
    if in_its_place == "an empty folder":  # a mount point without its disk
        installed.objects_dir.mkdir()
    message = refusal(installed)
    assert "(things)" in message and "mount or restore it" in message
    (installed.objects_dir / "things").mkdir(parents=True)
    check_start(installed)


def test_objects_without_marker_and_database_are_refused(installed: Settings) -> None:
    for name in ("trigpoint.json", "trigpoint.db", "trigpoint.db-wal", "trigpoint.db-shm"):
        (installed.data_dir / name).unlink(missing_ok=True)
    message = refusal(installed)
    assert "holds objects" in message and "from your backup" in message


def test_a_folder_of_another_user_is_refused(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = installed.data_dir.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 12345)
    message = refusal(installed)
    assert "belongs to the user" in message and f"chown -R {owner + 12345}" in message


@pytest.mark.parametrize("name", ["secret.key", "trigpoint.db", "objects", "jobs", "."])
def test_a_file_that_the_user_may_not_use_is_refused(installed: Settings, name: str) -> None:
    path = installed.data_dir / name
    mode = path.stat().st_mode
    path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with pytest.raises(Invalid, match="cannot be read and written"):
            as_ordinary_user(lambda: check_start(installed))
    finally:
        path.chmod(mode)


# PostgreSQL


@pytest.fixture
def on_postgres(settings: Settings, clock: FakeClock, postgres_url: str) -> Settings:
    return install(replace(settings, database_url=postgres_url), clock)


def test_an_empty_postgresql_database_of_an_installation_is_refused(
    installed: Settings, postgres_url: str
) -> None:
    message = refusal(replace(installed, database_url=postgres_url))
    assert "is empty" in message and "TRIGPOINT_DATABASE_URL" in message


def test_an_installation_on_postgresql_does_not_start_on_sqlite(on_postgres: Settings) -> None:
    check_start(on_postgres)
    assert "set TRIGPOINT_DATABASE_URL" in refusal(replace(on_postgres, database_url=""))


def test_a_postgresql_database_of_another_folder_is_refused(
    on_postgres: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    fresh = replace(on_postgres, data_dir=tmp_path / "fresh")
    assert "belongs to an installation in another folder" in refusal(fresh)
    assert not fresh.data_dir.exists()
    other = install(replace(on_postgres, data_dir=tmp_path / "other", database_url=""), clock)
    assert "do not belong together" in refusal(replace(other, database_url=on_postgres.database_url))


def test_a_postgresql_database_that_does_not_answer_is_named_without_its_password(settings: Settings) -> None:
    message = refusal(replace(settings, database_url="postgresql://me:geheim@127.0.0.1:1/x"))
    assert "127.0.0.1:1" in message and "does not answer" in message and "geheim" not in message


@pytest.mark.parametrize(
    "url", ["postgres://me@db/x", "mysql://me@db/x", "db", "postgresql://me:geheim@host:port/x"]
)
def test_a_malformed_database_url_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(Invalid, match="TRIGPOINT_DATABASE_URL") as caught:
        check_start(replace(settings, database_url=url))
    assert "geheim" not in caught.value.message


def test_a_key_file_is_not_read_before_the_first_start_is_complete(settings: Settings) -> None:
    with locked(settings.data_dir):
        SecretBox.create(settings.key_file)
    check_start(settings)
