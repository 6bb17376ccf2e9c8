"""What is wrong with a task template."""

from __future__ import annotations

from trigpoint.core.errors import Invalid


class TemplateError(Invalid):
    """The template cannot be parsed or rendered. `line` counts from 1; None when the error has no single place."""

    def __init__(self, cause: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {cause}" if line else cause)
        self.line = line
        self.cause = cause
