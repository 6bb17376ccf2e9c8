"""Migrations create the schema of the table definitions and keep the rows of older versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from helpers.labeling import assert_totals_are_those_of_the_tasks
from trigpoint.compute.group import Group, Member
from trigpoint.core.errors import Invalid
from trigpoint.db import Database, tables
from trigpoint.db.migrate import MIGRATIONS, current_revision, head_revision, upgrade
from trigpoint.db.tables.labeling import (
    labeling_assignments,
    labeling_drafts,
    labeling_jobs,
    labeling_objects,
)
from trigpoint.training import store as training_store
from trigpoint.training.model import Metric, StatusTransition


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'empty.db'}")
    return Database(request.getfixturevalue("postgres_url"))


def test_migrations_create_the_tables(empty: Database) -> None:
    upgrade(empty)
    with empty.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.load_all())
    empty.close()
    assert differences == []


def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    assert current_revision(empty) == head_revision()
    upgrade(empty)
    empty.close()


def test_a_newer_schema_is_refused_and_not_changed(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(Invalid, match="written by a newer version of Trigpoint"):
        upgrade(empty)
    assert current_revision(empty) == "9999_later"
    empty.close()


def migrate(database: Database, revision: str, *, down: bool = False) -> None:
    """Upgrades or downgrades the schema to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
        connection.commit()


OLD_LABELING_ROWS = (
    """INSERT INTO labeling_jobs (id, name, name_key, arn, reference_code, team_arn, spec, status, created_at,
    updated_at, labels) VALUES ('j', 'Job-1', 'job-1', 'a', 'r', 't', '{}', 'InProgress', 1, 2, '["cat"]')""",
    """INSERT INTO labeling_objects (job_id, object_index, line, status, open_slots, width, height, depth)
    VALUES ('j', 0, '{}', 'Open', 2, 640, 480, 3), ('j', 1, '{}', 'Waiting', 0, NULL, NULL, NULL)""",
    """INSERT INTO labeling_assignments (id, job_id, object_index, worker_id, status, accepted_at, expires_at)
    VALUES ('s', 'j', 0, 'w', 'Open', 1, 2)""",
)


def test_labeling_jobs_without_task_types_are_migrated(empty: Database) -> None:
    migrate(empty, "0002_clients")
    with empty.write() as connection:
        for statement in OLD_LABELING_ROWS:
            connection.execute(text(statement))
    upgrade(empty)
    with empty.read() as connection:
        (job,) = connection.execute(select(labeling_jobs)).all()
        first, second = connection.execute(
            select(labeling_objects).order_by(labeling_objects.c.object_index)
        ).all()
        (assignment,) = connection.execute(select(labeling_assignments)).all()
    assert (job.name, job.task_type, job.labels) == ("Job-1", "BoundingBox", ["cat"])
    assert (first.status, first.open_slots) == ("Open", 2)
    assert first.facts == {"width": 640, "height": 480, "depth": 3}
    assert (second.status, second.facts, assignment.object_index) == ("Waiting", None, 0)
    migrate(empty, "0002_clients", down=True)
    with empty.read() as connection:
        sizes = connection.execute(
            text("SELECT width, height, depth FROM labeling_objects ORDER BY object_index")
        ).all()
        kept = connection.execute(text("SELECT count(*) FROM labeling_assignments")).scalar_one()
    assert [tuple(size) for size in sizes] == [(640, 480, 3), (None, None, None)]
    assert kept == 1
    empty.close()


OLD_UNFINISHED_WORK = (
    """INSERT INTO labeling_jobs (id, name, name_key, arn, reference_code, team_arn, task_type, spec, status, created_at,
    updated_at) VALUES ('j', 'Job-1', 'job-1', 'a', 'r', 't', 'BoundingBox', '{}', 'InProgress', 1, 2)""",
    """INSERT INTO labeling_objects (job_id, object_index, line, status)
    VALUES ('j', 0, '{}', 'Open'), ('j', 1, '{}', 'Labeled')""",
    """INSERT INTO labeling_assignments (id, job_id, object_index, worker_id, status, accepted_at, expires_at, state)
    VALUES ('a', 'j', 0, 'bob', 'Expired', 1, 2, '[1]'), ('b', 'j', 0, 'bob', 'Stopped', 3, 4, '["ä"]'),
    ('c', 'j', 0, 'carol', 'Released', 5, 6, '[3]'), ('d', 'j', 0, 'dave', 'Open', 7, 8, NULL),
    ('e', 'j', 1, 'bob', 'Expired', 1, 2, '[4]')""",
)


def test_unfinished_work_of_assignments_becomes_drafts(empty: Database) -> None:
    migrate(empty, "0004_training_groups")
    with empty.write() as connection:
        for statement in OLD_UNFINISHED_WORK:
            connection.execute(text(statement))
    upgrade(empty)
    with empty.read() as connection:
        rows = connection.execute(select(labeling_drafts).order_by(labeling_drafts.c.worker_id)).all()
    kept = [(row.object_index, row.worker_id, row.version, row.state, row.size_bytes) for row in rows]
    assert kept == [(0, "bob", "b", '["ä"]', 6), (0, "carol", "c", "[3]", 3)]
    migrate(empty, "0004_training_groups", down=True)
    with empty.read() as connection:
        back = connection.execute(
            text("SELECT id, state FROM labeling_assignments WHERE state IS NOT NULL")
        ).all()
    assert [tuple(row) for row in back] == [("b", '["ä"]')]
    empty.close()


OLD_TASKS = """INSERT INTO labeling_assignments (id, job_id, object_index, worker_id, status, accepted_at, expires_at, ended_at,
    time_spent_s) VALUES ('1', 'j', 0, 'bob', 'Submitted', 1, 9, 5, 2.5), ('2', 'j', 1, 'bob', 'Submitted', 1, 9, 7, 1),
    ('3', 'j', 2, 'bob', 'Declined', 1, 9, 6, 4), ('4', 'j', 0, 'carol', 'Released', 1, 9, 3, 0),
    ('5', 'j', 3, 'bob', 'Open', 1, 9, NULL, 0), ('6', 'j', 4, 'dora', 'Withdrawn', 1, 9, 8, 0)"""


def test_what_workers_have_done_is_counted_in_an_older_database(empty: Database) -> None:
    migrate(empty, "0002_clients")
    with empty.write() as connection:
        connection.execute(text(OLD_LABELING_ROWS[0]))
    migrate(empty, "0020_label_figures")
    with empty.write() as connection:
        connection.execute(text(OLD_TASKS))
    upgrade(empty)
    with empty.read() as connection:
        assert_totals_are_those_of_the_tasks(connection)
    migrate(empty, "0020_label_figures", down=True)
    empty.close()


OLD_TRAINING_ROWS = """INSERT INTO training_jobs (id, name, name_key, arn, spec, request, revision, status, secondary_status,
    transitions, created_at, updated_at, launched_at, metrics, log_offset)
    VALUES ('t', 'Train-1', 'train-1', 'a', :spec, '{}', 3, 'InProgress', 'Training', :transitions, 1, 2, 5, :metrics, 700),
    ('u', 'train-2', 'train-2', 'b', :spec, '{}', 1, 'InProgress', 'Starting', '[]', 1, 2, NULL, '[]', 0)"""


def test_training_jobs_without_instance_groups_become_groups_of_one(empty: Database) -> None:
    spec = {
        "algorithm": "object-detection",
        "channels": [
            {
                "name": "train",
                "data_type": "AugmentedManifestFile",
                "uri": "s3://b/train.manifest",
                "input_mode": "Pipe",
                "attributes": ["source-ref", "label"],
                "content_type": None,
                "compression": "None",
                "record_wrapper": "RecordIO",
                "distribution": "FullyReplicated",
                "shuffle_seed": 7,
            }
        ],
        "hyperparameters": {"epochs": "1"},
        "environment": {},
        "output_uri": "s3://b/out",
        "compress_output": True,
        "instance_type": "ml.p3.2xlarge",
        "max_runtime_s": 60,
    }
    started = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    migrate(empty, "0003_task_types")
    with empty.write() as connection:
        values = {
            "spec": json.dumps(spec),
            "transitions": json.dumps([["Training", started.isoformat(), None, "trains"]]),
            "metrics": json.dumps([["train:progress", 3, started.isoformat()]]),
        }
        connection.execute(text(OLD_TRAINING_ROWS), values)
    upgrade(empty)
    with empty.read() as connection:
        launched, new = training_store.get(connection, "t"), training_store.get(connection, "u")
    assert launched is not None and new is not None
    assert launched.group == Group((Member(1, "training-t", 700),))
    assert new.group == Group((Member(1),))
    assert launched.spec.channels[0].attributes == ("source-ref", "label")
    assert launched.spec.instance_count == 1
    assert launched.transitions == (StatusTransition("Training", started, None, "trains"),)
    assert launched.metrics == (Metric("train:progress", 3.0, started),)
    migrate(empty, "0003_task_types", down=True)
    with empty.read() as connection:
        offsets = connection.execute(text("SELECT log_offset FROM training_jobs ORDER BY id")).all()
    assert [tuple(each) for each in offsets] == [(700,), (0,)]
    empty.close()
