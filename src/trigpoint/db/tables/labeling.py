"""Tables of labeling: jobs, their data objects (manifest lines), assignments, consolidation rounds."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

_UNQUALIFIED_TAKEN = "status IN ('Open', 'Stopped', 'Submitted', 'Declined')"
_UNQUALIFIED_ACTIVE = "status IN ('Open', 'Stopped')"
_UNQUALIFIED_ANSWERED = "status = 'Submitted'"
_UNQUALIFIED_KNOWN = "is_known = 1"
_UNQUALIFIED_EXTRA = "is_extra = 1"

labeling_jobs = Table(
    "labeling_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", KeyText, nullable=False),
    # AWS compares labeling job names without case
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("arn", Text, nullable=False),
    Column("reference_code", Text, nullable=False),
    Column("team_arn", Text, nullable=False),
    # a name in labeling.task_types.TASK_TYPES
    Column("task_type", Text, nullable=False),
    Column("spec", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("failure_reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # read once, when the job starts, so that instructions do not change while people work; NULL until then
    Column("labels", Json),
    Column("category_file", Json),
    Column("template", Text),
    # counters of data objects; carried ones had a label when the job began
    Column("total_count", Integer, nullable=False, server_default="0"),
    Column("carried_human_count", Integer, nullable=False, server_default="0"),
    Column("carried_machine_count", Integer, nullable=False, server_default="0"),
    Column("labeled_count", Integer, nullable=False, server_default="0"),
    Column("failed_count", Integer, nullable=False, server_default="0"),
    Column("auto_labeled_count", Integer, nullable=False, server_default="0"),
    # the ARN of the model of the last round of automated labeling
    Column("final_model_arn", Text),
    # the batch that workers work on, from 1; 0 before the first
    Column("iteration", Integer, nullable=False, server_default="0"),
    # how many objects had their result when output.manifest was written last; -1: never written
    Column("published_count", Integer, nullable=False, server_default="-1"),
    Column("published_at", UtcDateTime),
    # why a job is Stopping, unless StopLabelingJob was called
    Column("stop_reason", Text),
    # the last event of the job that is in its log; 0 before the first
    Column("logged_event_id", Integer, nullable=False, server_default="0"),
    Index("ix_labeling_jobs_team_arn_status", "team_arn", "status"),
    # the orders of ListLabelingJobs and ListLabelingJobsForWorkteam
    Index("ix_labeling_jobs_created_at_id", "created_at", "id"),
    Index("ix_labeling_jobs_name_id", "name", "id"),
    Index("ix_labeling_jobs_status_id", "status", "id"),
    Index("ix_labeling_jobs_team_arn_created_at", "team_arn", "created_at", "id"),
)

labeling_objects = Table(
    "labeling_objects",
    metadata,
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    # the line of the manifest, from 0
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
    # see labeling.model.ObjectStatus
    Column("status", Text, nullable=False),
    Column("iteration", Integer, nullable=False, server_default="0"),
    # open_slots: assignments that may still be accepted; active_count: assignments open or stopped
    Column("open_slots", Integer, nullable=False, server_default="0"),
    Column("active_count", Integer, nullable=False, server_default="0"),
    Column("answer_count", Integer, nullable=False, server_default="0"),
    Column("decline_count", Integer, nullable=False, server_default="0"),
    Column("expires_at", UtcDateTime),
    # what the task type measured before the object was offered; see labeling.model.Facts
    Column("facts", Json),
    Column("round_id", Text),
    # members that are added to the output line, as JSON text: '"<label>": ..., "<label>-metadata": {...}'
    Column("result", Text),
    Column("failure_reason", Text),
    # 1 if its line carries a known label, by which workers are measured
    Column("is_known", Integer, nullable=False, server_default="0"),
    Index("ix_labeling_objects_status", "job_id", "status", "object_index"),
    Index("ix_labeling_objects_round_id", "round_id"),
    Index(
        "ix_labeling_objects_known",
        "job_id",
        "object_index",
        sqlite_where=text(_UNQUALIFIED_KNOWN),
        postgresql_where=text(_UNQUALIFIED_KNOWN),
    ),
)

# The automated labeling of a job: its rounds so far, and what it does now.
automated_labelings = Table(
    "automated_labelings",
    metadata,
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    # grows with every change: every change is a compare-and-set on it
    Column("revision", Integer, nullable=False),
    # see autolabel.model.State
    Column("state", Json, nullable=False),
)

# Labels of the machine that people give a second time; see labeling.store.audits.
labeling_audits = Table(
    "labeling_audits",
    metadata,
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    # of automated labeling, in which the machine labeled it
    Column("round", Integer, nullable=False),
    # see labeling.store.audits.AuditStatus
    Column("status", Text, nullable=False),
    # the members that either label adds to the output line, as JSON text
    Column("machine", Text, nullable=False),
    Column("people", Text),
    Index("ix_labeling_audits_status", "job_id", "status", "object_index"),
)

# What is known about a label, by which people sort and filter; see labeling.object_figures. Apart from the object, which
# workers change.
labeling_object_figures = Table(
    "labeling_object_figures",
    metadata,
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    # NULL where the label has none
    Column("confidence", Float),
    # how much the answers differ, from 0 to 1; NULL with fewer than two answers
    Column("disagreement", Float),
    # how many things the label has: boxes, classes or entities
    Column("things", Integer, nullable=False),
    Index("ix_labeling_object_figures_confidence", "job_id", "confidence", "object_index"),
    Index("ix_labeling_object_figures_disagreement", "job_id", "disagreement", "object_index"),
)

labeling_object_classes = Table(
    "labeling_object_classes",
    metadata,
    # how often each class is in the label of an object
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("class_name", Text, primary_key=True),
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    Column("things", Integer, nullable=False),
)

# What a pre-annotation function returned for an object, as JSON text. Apart from the object, because it may be long.
labeling_task_inputs = Table(
    "labeling_task_inputs",
    metadata,
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

# Written out in queries, too: a bound parameter would keep the engines from using the partial indexes.
TAKEN = text(f"labeling_assignments.{_UNQUALIFIED_TAKEN}")
"""A worker with an assignment in one of these statuses gets no other assignment of the same object."""
ACTIVE = text(f"labeling_assignments.{_UNQUALIFIED_ACTIVE}")
"""An assignment in one of these statuses takes one of its object's slots, unless it is extra."""
KNOWN_OBJECT = text(f"labeling_objects.{_UNQUALIFIED_KNOWN}")
KNOWN = text(f"labeling_assignments.{_UNQUALIFIED_KNOWN}")
EXTRA = text(f"labeling_assignments.{_UNQUALIFIED_EXTRA}")
"""Extra answers are those to an object that already has its label; they only measure the worker."""

labeling_assignments = Table(
    "labeling_assignments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), nullable=False),
    Column("object_index", Integer, nullable=False),
    Column("worker_id", Text, nullable=False),
    # see labeling.model.AssignmentStatus
    Column("status", Text, nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("time_spent_s", Float, nullable=False, server_default="0"),
    # a JSON text, not a JSON column, so that the worker's bytes are kept
    Column("answer", Text),
    # who answered: provider type, issuer and subject at the time of the answer
    Column("identity", Json),
    # 1 for objects with a known label
    Column("is_known", Integer, nullable=False, server_default="0"),
    # 1 if it takes no slot, because the object already has its label
    Column("is_extra", Integer, nullable=False, server_default="0"),
    # of an extra answer: the round that learned from it
    Column("round_id", Text),
    # a worker never has two tasks of one object; released and expired tasks do not count
    Index(
        "uq_labeling_assignments_taken",
        "job_id",
        "object_index",
        "worker_id",
        unique=True,
        sqlite_where=text(_UNQUALIFIED_TAKEN),
        postgresql_where=text(_UNQUALIFIED_TAKEN),
    ),
    Index("ix_labeling_assignments_worker_id", "worker_id", "job_id", "status"),
    Index(
        "ix_labeling_assignments_answered",
        "worker_id",
        "ended_at",
        sqlite_where=text(_UNQUALIFIED_ANSWERED),
        postgresql_where=text(_UNQUALIFIED_ANSWERED),
    ),
    Index(
        "ix_labeling_assignments_held",
        "worker_id",
        sqlite_where=text(_UNQUALIFIED_ACTIVE),
        postgresql_where=text(_UNQUALIFIED_ACTIVE),
    ),
    Index(
        "ix_labeling_assignments_known",
        "worker_id",
        "job_id",
        sqlite_where=text(_UNQUALIFIED_KNOWN),
        postgresql_where=text(_UNQUALIFIED_KNOWN),
    ),
    Index(
        "ix_labeling_assignments_extra",
        "job_id",
        "round_id",
        sqlite_where=text(_UNQUALIFIED_EXTRA),
        postgresql_where=text(_UNQUALIFIED_EXTRA),
    ),
    Index(
        "ix_labeling_assignments_expires_at",
        "job_id",
        "expires_at",
        sqlite_where=text(_UNQUALIFIED_ACTIVE),
        postgresql_where=text(_UNQUALIFIED_ACTIVE),
    ),
)

labeling_reservations = Table(
    "labeling_reservations",
    metadata,
    # see labeling.reserving: at most one for a worker in a job
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("worker_id", Text, primary_key=True),
    # the assignment that it becomes
    Column("id", Text, nullable=False, unique=True),
    Column("object_index", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_labeling_reservations_object_index", "job_id", "object_index"),
)

labeling_former_answers = Table(
    "labeling_former_answers",
    metadata,
    # a version of an answer that its worker has corrected; the assignment has the last version
    Column(
        "assignment_id", Text, ForeignKey("labeling_assignments.id", ondelete="CASCADE"), primary_key=True
    ),
    # from 1
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("answer", Text, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("time_spent_s", Float, nullable=False),
)

labeling_drafts = Table(
    "labeling_drafts",
    metadata,
    # a worker's unfinished work on an object; it outlives their assignments and goes when the object is closed
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("object_index", Integer, primary_key=True, autoincrement=False),
    Column("worker_id", Text, primary_key=True),
    # changes with each save; a save names the versions that it may replace
    Column("version", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    # a JSON text, as the page sent it
    Column("state", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Index("ix_labeling_drafts_worker_id", "worker_id", "job_id"),
)

labeling_worker_quality = Table(
    "labeling_worker_quality",
    metadata,
    # see labeling.model.WorkerQuality; changed together with the results of a round
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("worker_id", Text, primary_key=True),
    Column("answers", Integer, nullable=False),
    Column("agreement", Float, nullable=False),
    Column("accuracy", Float),
    Column("details", Json, nullable=False),
    Index("ix_labeling_worker_quality_worker_id", "worker_id"),
)

labeling_worker_totals = Table(
    "labeling_worker_totals",
    metadata,
    # what a worker has done in a job, counted as their tasks end: reading it must not take longer with more answers
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("worker_id", Text, primary_key=True),
    Column("answers", Integer, nullable=False),
    Column("declined", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("expired", Integer, nullable=False),
    # the active time on the tasks that they submitted
    Column("time_s", Float, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index("ix_labeling_worker_totals_worker_id", "worker_id"),
)

labeling_rounds = Table(
    "labeling_rounds",
    metadata,
    # one consolidation of the objects that were ready; recorded before its files are written
    Column("id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("labeling_jobs.id", ondelete="CASCADE"), nullable=False),
    Column("iteration", Integer, nullable=False),
    # names the files; unlike created_at, no two rounds of a job have the same second
    Column("stamp_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index("ix_labeling_rounds_job_id", "job_id", "stamp_at"),
)
