"""A labeling job in the middle of its automated labeling, written straight into the database."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from sqlalchemy import insert, update

from helpers.console import ConsoleServer
from trigpoint.autolabel import store
from trigpoint.autolabel.model import Phase, RoundResult, State
from trigpoint.db.tables.labeling import labeling_audits, labeling_jobs
from trigpoint.labeling.store import jobs
from trigpoint.labeling.store.audits import AuditStatus

TOTAL = 5_000
ROUNDS = (
    RoundResult(1, 0.712, None, 0, 0, 0.0, 0, 750, 0),
    RoundResult(2, 0.803, 0.912, 125, 123, 0.9521, 604, 1_000, 604),
    RoundResult(3, 0.866, 0.874, 250, 243, 0.9537, 911, 1_250, 1_515),
    RoundResult(4, 0.901, 0.861, 350, 339, 0.9528, 706, 1_500, 2_221),
)


def automate(
    server: ConsoleServer, name: str, phase: Phase = Phase.TRAIN, rounds: tuple[RoundResult, ...] = ROUNDS
) -> None:
    """Gives an existing job these rounds, and an audit in which people changed 3 of 81 labels."""
    machine = rounds[-1].machine if rounds else 0
    with server.application.database.write() as connection:
        found = jobs.find_by_name(connection, name)
        assert found is not None
        spec = replace(found.spec, algorithm_arn="arn:aws:x/image-classification", audit_share=0.05)
        values = {
            "status": "InProgress",
            "task_type": "ImageMultiClass",
            "labels": ["cat", "dog"],
            "total_count": TOTAL,
            "labeled_count": rounds[-1].people if rounds else 0,
            "auto_labeled_count": machine,
            "spec": msgspec.to_builtins(spec),
        }
        connection.execute(update(labeling_jobs).where(labeling_jobs.c.id == found.id).values(values))
        number = len(rounds) + (phase in (Phase.TRAIN, Phase.INFER, Phase.LABEL))
        store.add(connection, State(found.id, phase=phase, number=number, rounds=rounds))
        if not machine:
            return
        statuses = [AuditStatus.CONFIRMED] * 78 + [AuditStatus.CHANGED] * 3 + [AuditStatus.WAITING] * 31
        audits = [
            {"job_id": found.id, "object_index": k, "round": 2, "status": status, "machine": '"boxes":0'}
            for k, status in enumerate(statuses)
        ]
        connection.execute(insert(labeling_audits), audits)
