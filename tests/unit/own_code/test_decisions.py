"""What decides about code and requirements before anything runs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from helpers.own_code import packed
from trigpoint.core.errors import Invalid
from trigpoint.own_code.frameworks import framework_packages, missing_companions
from trigpoint.own_code.model import OwnProgram
from trigpoint.own_code.requirements import _LOCAL, InstallFailed, Wanted
from trigpoint.own_code.source import PROGRAM, SUBMIT_DIRECTORY, fetch_source, named
from trigpoint.training.metrics import compiled


def test_the_code_is_named_by_hyperparameters_in_json_or_by_variables() -> None:
    assert named(PROGRAM, {"sagemaker_program": '"train.py"'}, {}) == "train.py"
    assert named(PROGRAM, {"sagemaker_program": "train.py"}, {}) == "train.py"
    assert named(SUBMIT_DIRECTORY, {}, {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://b/c"}) == "s3://b/c"
    assert named(PROGRAM, {}, {}) == ""


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (b"no archive", "cannot be read as a .tar.gz archive"),
        (packed({"train.py": "1"})[:-30], "cannot be read as a .tar.gz archive"),
        (packed({"../train.py": "1"}), "'../train.py' would be outside of the folder"),
        (packed({"/etc/train.py": "1"}), "'/etc/train.py' would be outside of the folder"),
    ],
    ids=["no archive", "cut", "above", "absolute"],
)
def test_an_archive_of_code_that_cannot_be_used_is_named_and_leaves_nothing(
    tmp_path: Path, archive: bytes, why: str
) -> None:
    with pytest.raises(Invalid) as refused:
        fetch_source("s3://b/source.tar.gz", tmp_path / "in" / "code", lambda uri: io.BytesIO(archive))
    assert refused.value.message.startswith("The code in s3://b/source.tar.gz cannot be unpacked: ")
    assert why in refused.value.message
    assert not (tmp_path / "in" / "code").exists()
    assert not (tmp_path / "train.py").exists()


@pytest.mark.parametrize(
    ("line", "is_local"),
    [
        ("numpy>=1; python_version < '4'", False),
        ("--extra-index-url https://example.com/whl/cpu", False),
        ("git+https://example.com/a/b.git@main", False),
        ("ours @ https://example.com/ours.zip", False),
        ("./ours", True),
        ("packages/ours", True),
        ("ours-1.0-py3-none-any.whl", True),
        ("ours @ file:///opt/ml/code/ours.whl", True),
        ("  -r more.txt", True),
    ],
)
def test_requirements_that_name_files_of_the_code_are_known(line: str, is_local: bool) -> None:
    assert bool(_LOCAL.search(f"# ours\n{line}\ntorch\n")) == is_local


def test_requirements_that_are_empty_or_no_text_are_recognized(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# nothing\n\n")
    assert Wanted(file, tmp_path).is_nothing
    file.write_bytes(b"numpy\nscipy # \xe9\n")
    with pytest.raises(InstallFailed, match=r"requirements.txt, line 2: byte 0xe9 is not UTF-8 text"):
        _ = Wanted(file, tmp_path).text


def test_the_log_says_which_version_of_the_framework_runs() -> None:
    lines: list[str] = []
    own = OwnProgram("script", "pytorch-training:2.1", "torch", "2.1")
    assert framework_packages(own, {"torch": "2.1.3+cpu"}, lines.append) == ()
    assert framework_packages(own, {"torch": "2.10"}, lines.append) == ()
    assert lines[0].startswith("PyTorch 2.1.3+cpu of the server's own Python runs.")
    assert lines[1].startswith("The image asks for PyTorch 2.1; PyTorch 2.10 of")
    with pytest.raises(Invalid, match=r"trigpoint image add pytorch-training:2.1 --python FOLDER"):
        framework_packages(own, {}, lines.append)
    own = OwnProgram("script", "sagemaker-scikit-learn:1.2-1", "scikit-learn", "1.2")
    assert "scikit-learn" in framework_packages(own, {}, lines.append)
    assert missing_companions(own, {}) == ()
    assert missing_companions(own, {"scikit-learn": "1.7", "joblib": "1.5"}) == ("pandas",)


@pytest.mark.parametrize("regex", ["loss=(", "loss=.*", "(?<=a)(b)"])
def test_metric_definitions_that_cannot_be_used_are_refused(regex: str) -> None:
    with pytest.raises(Invalid):
        compiled(regex)
