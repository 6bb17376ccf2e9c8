"""Amazon Resource Names, the addresses of resources."""

from __future__ import annotations

from dataclasses import dataclass

from trigpoint.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:aws:<service>:<region>:<account_id>:<resource>`; resource is `<kind>/<name>` for SageMaker's."""

    service: str
    region: str
    account_id: str
    resource: str
    partition: str = "aws"

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of an ARN.

        Raises: Invalid: the text is not six parts separated by colons, the first of them `arn`.
        """
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise Invalid(
                f"{text!r} is not an ARN; it must look like arn:aws:<service>:<region>:<account>:<resource>"
            )
        return cls(parts[2], parts[3], parts[4], parts[5], parts[1])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"

    @property
    def name(self) -> str:
        """The part of the resource after its last slash."""
        return self.resource.rsplit("/", 1)[-1]


def sagemaker_arn(region: str, account_id: str, kind: str, name: str) -> str:
    """The ARN of a SageMaker resource; AWS writes the name in lower case."""
    return str(Arn("sagemaker", region, account_id, f"{kind}/{name.lower()}"))
