"""The count of a conversion: how many entries were read, and how many were left out, for each reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

IMAGE_LEFT_OUT: Final = "image left out"
"""The reason for labels that are left out because their image is."""


@dataclass(slots=True)
class Tally:
    """The entries of one kind. A reader counts each entry it reads, and names the reason for each it leaves out."""

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str, count: int = 1) -> None:
        if count:
            self.left_out[reason] += count


@dataclass(frozen=True, slots=True)
class Total:
    """The final count of one kind of entry: `read` is `converted` and all of `left_out` together."""

    kind: str
    converted: int
    left_out: Counter[str]

    @property
    def count_left_out(self) -> int:
        return self.left_out.total()

    @property
    def read(self) -> int:
        return self.converted + self.count_left_out

    def __str__(self) -> str:
        """Such as `labels: read 7, converted 5, left out 2 (polygon: 2)`."""
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(self.left_out.items()))
        end = f" ({reasons})" if reasons else ""
        return (
            f"{self.kind}: read {self.read}, converted {self.converted}, left out {self.count_left_out}{end}"
        )


@dataclass(slots=True)
class Report:
    """The count of the images of a source, and of the labels (boxes, tags or others) in it."""

    images: Tally = field(default_factory=Tally)
    labels: Tally = field(default_factory=Tally)

    def totals(self, images: int, labels: int) -> tuple[Total, Total]:
        """The final counts for that many converted images and labels.

        Labels that were read, but neither converted nor left out for a reason of their own, were those of images
        that were left out.
        """
        rest = self.labels.read - labels - self.labels.left_out.total()
        lost = self.labels.left_out + Counter({IMAGE_LEFT_OUT: max(0, rest)})
        return Total("images", images, +self.images.left_out), Total("labels", labels, +lost)
