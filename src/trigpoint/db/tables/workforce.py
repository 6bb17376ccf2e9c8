"""Tables of people: the private workforce, its work teams, its workers, their sessions and invitations."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, true

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

workforces = Table(
    "workforces",
    metadata,
    Column("id", Text, primary_key=True),
    # one private workforce an account and Region: every row wants the same slot
    Column("slot", Text, nullable=False, unique=True, server_default="private"),
    Column("name", KeyText, nullable=False),
    Column("cognito_config", Json),
    Column("oidc_config", Json),
    Column("oidc_secret_sealed", Text),
    Column("source_cidrs", Json, nullable=False),
    Column("vpc_config", Json),
    Column("ip_address_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("failure_reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("slot = 'private'", name="only_private"),
)

workteams = Table(
    "workteams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workforce_id", Text, ForeignKey("workforces.id"), nullable=False),
    Column("name", KeyText, nullable=False),
    # AWS compares ARNs in lower case: two names that differ only in case are one
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("member_definitions", Json, nullable=False),
    Column("notification_topic_arn", Text),
    Column("worker_access", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_workteams_workforce_id", "workforce_id"),
)

workteam_groups = Table(
    "workteam_groups",
    metadata,
    Column("team_id", Text, ForeignKey("workteams.id", ondelete="CASCADE"), primary_key=True),
    Column("group_name", KeyText, primary_key=True),
    Index("ix_workteam_groups_group_name", "group_name"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sub", Text, nullable=False, unique=True),
    Column("user_name", KeyText, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    # superseded by console_role: the check below cannot be changed without a new table, which would lose what refers to it
    Column("role", Text, nullable=False),
    # admin, requester or viewer; NULL for people who only label
    Column("console_role", Text),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("temporary_until_at", UtcDateTime),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_sign_in_at", UtcDateTime),
    # answers name their worker for ever: a deleted one keeps id and sub and loses what names the person
    Column("deleted_at", UtcDateTime),
    # whether they get mails about new jobs and jobs that end soon
    Column("wants_notices", Boolean, nullable=False, server_default=true()),
    # who they are at an identity provider; NULL for accounts with a password of their own
    Column("issuer", Text),
    Column("provider_sub", Text),
    # the language that they have chosen; NULL as long as they have not
    Column("language", Text),
    # light or dark; NULL for what their system prefers
    Column("theme", Text),
    CheckConstraint("role in ('admin', 'worker')", name="role"),
    Index("ix_workers_issuer_provider_sub", "issuer", "provider_sub", unique=True),
)

worker_choices = Table(
    "worker_choices",
    metadata,
    # what a worker chose on the task page of a job, as JSON text
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True),
    Column("job_name", KeyText, primary_key=True),
    Column("content", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

worker_groups = Table(
    "worker_groups",
    metadata,
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True),
    Column("group_name", KeyText, primary_key=True),
    Index("ix_worker_groups_group_name", "group_name"),
)

worker_sessions = Table(
    "worker_sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_worker_sessions_worker_id", "worker_id"),
    Index("ix_worker_sessions_expires_at", "expires_at"),
)

entry_tokens = Table(
    "entry_tokens",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_entry_tokens_expires_at", "expires_at"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("wait_s", Float, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index("ix_sign_in_attempts_last_at", "last_at"),
)

mails = Table(
    "mails",
    metadata,
    # sorts by time
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
    # two mails with one key are one
    Column("once_key", Text, unique=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # encrypted, because it may have a password; removed when the mail was sent or refused
    Column("sealed_body", Text),
    # see workforce.mail.model.MailStatus
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_mails_status_due_at", "status", "due_at"),
    Index("ix_mails_worker_id_created_at", "worker_id", "created_at"),
    Index("ix_mails_ended_at", "ended_at"),
)

password_resets = Table(
    "password_resets",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_password_resets_worker_id", "worker_id"),
    Index("ix_password_resets_expires_at", "expires_at"),
)

form_drafts = Table(
    "form_drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
    # which form it is of, such as labeling-job
    Column("form", Text, nullable=False),
    # JSON: the values by the names of the fields
    Column("content", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Index("ix_form_drafts_worker_id_form_saved_at", "worker_id", "form", "saved_at"),
)
