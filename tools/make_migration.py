"""Writes the migration from the newest known schema to the current tables.

python tools/make_migration.py add_transform_jobs     # -> versions/0002_add_transform_jobs.py; read it before
you commit it
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from trigpoint.db import Database
from trigpoint.db.migrate import MIGRATIONS, known_revisions, upgrade


def main(name: str) -> None:
    """Creates a scratch database at the newest known schema and writes its differences from the tables."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    revision = f"{len(known_revisions()) + 1:04d}_{name}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        if known_revisions():
            upgrade(database)
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=name.replace("_", " "), autogenerate=True, rev_id=revision)
        database.close()
    written = Path(ScriptDirectory.from_config(config).get_revision(revision).path)
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--fix", "--quiet", str(written)], check=False)
    subprocess.run([*ruff, "format", "--quiet", str(written)], check=False)
    print(written)


if __name__ == "__main__":
    main(sys.argv[1])
