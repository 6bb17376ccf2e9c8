"""The notices that a page can show after a change, by the name in its address.

The address holds names only, so that nobody can make a link that puts words into the console's mouth.
"""

from __future__ import annotations

from trigpoint.language import Text, gettext, translatable

_NOTICES: dict[str, tuple[str, Text]] = {
    "password-changed": ("success", translatable("Your new password is set.")),
    "job-created": (
        "success",
        translatable(
            "The labeling job %(about)s is created. Its workers see it as soon as its input is read.",
            about="",
        ),
    ),
    "job-stopping": (
        "success",
        translatable("The job %(about)s stops. Labels that are complete are kept.", about=""),
    ),
    "training-started": ("success", translatable("The training job %(about)s starts.", about="")),
    "training-stopping": ("success", translatable("The training job %(about)s stops.", about="")),
    "endpoint-starting": (
        "success",
        translatable("The endpoint %(about)s starts. It answers when its status is In service.", about=""),
    ),
    "endpoint-changing": (
        "success",
        translatable("The endpoint %(about)s changes; it serves meanwhile.", about=""),
    ),
    "transform-stopping": ("success", translatable("The job %(about)s stops.", about="")),
    "created": ("success", translatable("%(about)s is created.", about="")),
    "deleted": ("success", translatable("%(about)s is deleted.", about="")),
    "person-changed": ("success", translatable("%(about)s: the change is saved.", about="")),
    "bucket-deleted": ("success", translatable("The bucket %(about)s is removed.", about="")),
    "objects-deleted": ("success", translatable("Deleted objects: %(about)s.", about="")),
    "files-uploaded": ("success", translatable("Uploaded files: %(about)s.", about="")),
    "workforce-changed": ("success", translatable("The settings of the workforce are saved.")),
    "key-revoked": (
        "success",
        translatable("The access key %(about)s is revoked. Requests with it are refused.", about=""),
    ),
}
_MOST_CHARACTERS = 254


def notice_named(name: str, about: str) -> tuple[str, str] | None:
    """The kind (success, info, danger) and the text of a notice; None if there is none of this name."""
    found = _NOTICES.get(name)
    if found is None:
        return None
    kind, text = found
    return kind, gettext(text.message, about=about[:_MOST_CHARACTERS]) if text.values else gettext(
        text.message
    )
