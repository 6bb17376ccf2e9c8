"""The migrations are one chain, in the order of their file names, which tell a server how new a database is."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from trigpoint.db.migrate import MIGRATIONS, known_revisions


def test_the_migrations_are_one_chain_in_the_order_of_their_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == known_revisions()[-1:], (
        "two migrations follow the same one; renumber the later one"
    )
    chain = [each.revision for each in scripts.walk_revisions()][::-1]
    assert chain == known_revisions()
