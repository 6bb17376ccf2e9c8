"""The code of a training job of one's own: its fields, and the archive that is made of a script.

A script is packed as the SDK packs it: `sourcedir.tar.gz` with the script and its requirements.txt, named by the
hyperparameters `sagemaker_submit_directory` and `sagemaker_program`.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.datastructures import UploadFile

from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.own_code.source import PROGRAM, SUBMIT_DIRECTORY, decoded
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.pairs import read_pairs, write_pairs
from trigpoint.server.web.wording import sentence

MOST_SCRIPT_BYTES: Final = 1 << 20
MOST_UPLOAD_BYTES: Final = 512 << 20
SCRIPTS: Final = (".py", ".sh")
ARCHIVES: Final = (".tar.gz", ".tgz")
FRAMEWORK_IMAGES: Final = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1-cpu-py310",
    "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def own_code_fields() -> list[Field]:
    """The fields that only own code has."""
    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        Field(
            "image",
            gettext("Image"),
            gettext("An image of PyTorch or scikit-learn for scripts, or a container image of yours."),
            "AlgorithmSpecification.TrainingImage",
            required=True,
            attributes={**plain, "maxlength": "255", "list": "framework-images"},
        ),
        Field(
            "code",
            gettext("Code"),
            gettext(
                "A script (.py, .sh) or an archive (.tar.gz) in a bucket. An image with a program of its own needs none."
            ),
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/train.py",
                "data-s3": "object",
            },
        ),
        Field(
            "upload",
            gettext("Or a file from this computer"),
            gettext("It is put below the output, into the folder of the job."),
            kind="file",
            attributes={"accept": ",".join((*SCRIPTS, *ARCHIVES))},
        ),
        Field(
            "entry",
            gettext("Entry point"),
            gettext("The script of an archive that is started, such as train.py."),
            attributes={**plain, "maxlength": "200"},
        ),
        Field(
            "requirements",
            gettext("Requirements of a script"),
            gettext("Lines of requirements.txt. An archive has that file in itself."),
            kind="textarea",
            attributes={**plain, "rows": "3", "maxlength": "20000"},
        ),
        Field(
            "hyperparameters",
            gettext("Hyperparameters"),
            gettext("One per line, as name=value."),
            "HyperParameters",
            kind="textarea",
            convert=read_pairs,
            attributes={**plain, "maxlength": "65536"},
        ),
        Field(
            "metrics",
            gettext("Metrics"),
            gettext("One per line, as name=regular expression of the log, such as loss=loss=([0-9.]+)."),
            "AlgorithmSpecification.MetricDefinitions",
            kind="textarea",
            convert=lambda text: [{"Name": name, "Regex": regex} for name, regex in read_pairs(text).items()],
            attributes={**plain, "rows": "3", "maxlength": "20000"},
        ),
    ]


def values_of_job(specification: Mapping[str, Any], hyperparameters: Mapping[str, str]) -> dict[str, str]:
    """The values of the fields for a job like another."""
    kept = {name: value for name, value in hyperparameters.items() if name not in (PROGRAM, SUBMIT_DIRECTORY)}
    metrics = specification.get("MetricDefinitions") or ()
    return {
        "hyperparameters": write_pairs(kept),
        "code": decoded(hyperparameters.get(SUBMIT_DIRECTORY, "")),
        "entry": decoded(hyperparameters.get(PROGRAM, "")),
        "metrics": write_pairs({each["Name"]: each["Regex"] for each in metrics}),
    }


def keep_upload(form: Form, upload: Any, objects: ObjectStore) -> None:
    """Writes a file that was sent below the output, and names it in the field `code`; or says what is wrong with it."""
    form.values["upload"] = ""
    if not isinstance(upload, UploadFile) or not upload.filename:
        form.problems["upload"] = gettext("Choose a file.")
        return
    name = upload.filename.replace("\\", "/").rsplit("/", 1)[-1]
    folder = _folder(form)
    if not name.lower().endswith((*SCRIPTS, *ARCHIVES)) or _NAME.fullmatch(name) is None:
        form.problems["upload"] = gettext(
            "This must be a .py, .sh or .tar.gz file with a name of letters, digits, hyphens and underscores."
        )
    elif (upload.size or 0) > MOST_UPLOAD_BYTES:
        form.problems["upload"] = gettext("At most %(most)d MB are taken here.", most=MOST_UPLOAD_BYTES >> 20)
    elif not folder:
        form.problems["upload"] = gettext("Fill in the name and the output first, and choose the file again.")
    else:
        uri = f"{folder}{name}"
        try:
            objects.write_uri(uri, upload.file, "application/octet-stream")
            form.values["code"] = uri
        except TrigpointError as problem:
            form.problems["output"] = sentence(problem.message)


def add_code(form: Form, request: dict[str, Any]) -> None:
    """Names the code in the hyperparameters of the request; nothing without code."""
    code, entry = form.values["code"], form.values["entry"]
    if form.values["upload"] and not code:  # only the name of a file that was chosen
        form.values["upload"] = ""
        form.problems["upload"] = gettext("Choose the file again and send it.")
        return
    if not code:
        if form.values["requirements"]:
            form.problems["code"] = gettext("Requirements need a script.")
        return
    is_script = code.endswith(SCRIPTS)
    if not is_script and not code.endswith(ARCHIVES):
        form.problems["code"] = gettext("This must be the address of a .py, .sh or .tar.gz file.")
    elif not is_script and not entry:
        form.problems["entry"] = gettext("An archive needs the name of the script that is started.")
    elif not is_script and form.values["requirements"]:
        form.problems["requirements"] = gettext("An archive has requirements.txt in itself.")
    else:
        entry = code.rsplit("/", 1)[-1] if is_script else entry
        source = f"{_folder(form)}sourcedir.tar.gz" if is_script else code
        named = {PROGRAM: json.dumps(entry), SUBMIT_DIRECTORY: json.dumps(source)}
        request["HyperParameters"] = {**request.get("HyperParameters", {}), **named}


def pack_script(form: Form, objects: ObjectStore) -> None:
    """Writes the archive of a script, as `add_code` has named it. What is wrong becomes a problem of the form."""
    code = form.values["code"]
    if not code.endswith(SCRIPTS):
        return
    try:
        if objects.head_uri(code).size_bytes > MOST_SCRIPT_BYTES:
            form.problems["code"] = gettext("A script has at most 1 MB; pack more into an archive.")
            return
        files = [(code.rsplit("/", 1)[-1], objects.read_uri(code))]
        if form.values["requirements"]:
            files.append(
                ("requirements.txt", form.values["requirements"].replace("\r\n", "\n").encode() + b"\n")
            )
        objects.write_uri(f"{_folder(form)}sourcedir.tar.gz", _packed(files), "application/gzip")
    except TrigpointError as problem:
        form.problems["code"] = sentence(problem.message)


def _folder(form: Form) -> str:
    """The folder of the job's code, with a slash at its end; "" while name and output are not typed."""
    output, name = form.values["output"], form.values["name"]
    try:
        parse_s3_uri(output)
    except TrigpointError:
        return ""
    return f"{output.rstrip('/')}/{name}/source/" if _NAME.fullmatch(name) else ""


def _packed(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A .tar.gz, the same for the same files."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
