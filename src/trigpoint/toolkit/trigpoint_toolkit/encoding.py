"""Arrays as bodies of requests and replies: JSON, CSV, NPY and NPZ. Nothing that needs pickle is read.

The functions are those of the encoders and decoders of SageMaker's toolkits.
"""

from __future__ import annotations

import io
import json
from functools import partial
from typing import Any

from .errors import ClientError, UnsupportedFormatError

JSON, CSV, OCTET_STREAM, ANY = "application/json", "text/csv", "application/octet-stream", "*/*"
NPY, NPZ = "application/x-npy", "application/x-npz"
UTF8_TYPES = (JSON, CSV)
TEXTS = (*UTF8_TYPES, "text/plain")
ENCODED = (JSON, CSV, NPY)
LONGEST_MESSAGE = 300


def media_type(header: str) -> str:
    """The type of a header's first entry without its parameters: ``Text/CSV; header=present`` -> ``text/csv``."""
    return header.partition(",")[0].partition(";")[0].strip().lower()


def parse_accept(accept: str) -> list[str]:
    """The types of an Accept header, in its order."""
    return [media_type(each) for each in (accept or "").split(",") if each.strip()]


def decode(data: Any, content_type: str) -> Any:
    """A numpy array of a body.

    Raises: UnsupportedFormatError: the type is not one of JSON, CSV, NPY, NPZ. ClientError: the body is not of it.
    """
    import numpy

    kind = media_type(content_type)
    try:
        if isinstance(data, (bytes, bytearray)) and kind in UTF8_TYPES:
            data = data.decode()
        if kind == JSON:
            return numpy.array(json.loads(data))
        if kind == CSV:
            return numpy.genfromtxt(io.StringIO(data), delimiter=",")
        if kind == NPY:
            return numpy.load(io.BytesIO(data), allow_pickle=False)
        if kind == NPZ:
            arrays = numpy.load(io.BytesIO(data), allow_pickle=False)
            return arrays[arrays.files[0]]
    except Exception as problem:  # noqa: BLE001 - whatever a stranger's bytes make a decoder raise
        raise ClientError(f"The body is not {kind}: {str(problem)[:LONGEST_MESSAGE]}") from None
    raise UnsupportedFormatError(kind)


def encode(array_like: Any, content_type: str) -> Any:
    """An array, or what numpy makes one of, as the body of a reply: text for JSON and CSV, bytes for NPY.

    Raises: UnsupportedFormatError: the type is none of these.
    """
    import numpy

    if hasattr(array_like, "detach"):  # a tensor
        array_like = array_like.detach().cpu().numpy()
    kind = media_type(content_type)
    if kind == JSON:
        return json.dumps(array_like, default=_plain)
    if kind == CSV:
        rows = numpy.atleast_1d(numpy.array(array_like))
        text = io.StringIO()
        numpy.savetxt(text, rows.reshape(len(rows), -1), delimiter=",", fmt="%s")
        return text.getvalue()
    if kind == NPY:
        buffer = io.BytesIO()
        numpy.save(buffer, numpy.array(array_like), allow_pickle=False)
        return buffer.getvalue()
    raise UnsupportedFormatError(content_type, status=406)


def encoded(prediction: Any, accept: str) -> tuple[Any, str]:
    """The prediction in the first of the accepted types that is known, with the type.

    Raises: UnsupportedFormatError: none is.
    """
    kinds = [JSON if each == ANY else each for each in parse_accept(accept) or [JSON]]
    kind = next((each for each in kinds if each in ENCODED), None)
    if kind is None:
        raise UnsupportedFormatError(accept, status=406)
    return encode(prediction, kind), kind


array_to_json, array_to_csv, array_to_npy = (partial(encode, content_type=kind) for kind in ENCODED)
json_to_numpy, csv_to_numpy, npy_to_numpy = (partial(decode, content_type=kind) for kind in ENCODED)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON; write an output_fn")
