"""Writes the golden files next to this script with Apache MXNet's own writer (`pip install mxnet "numpy<1.24"`).

    python tests/unit/records/golden/make_with_mxnet.py

test_golden.py compares ours to them, byte by byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import mxnet as mx  # noqa: E402
from payloads import LABELS, hostile, image  # noqa: E402

plain = mx.recordio.MXIndexedRecordIO(str(HERE / "hostile.idx"), str(HERE / "hostile.rec"), "w")
for key, payload in enumerate(hostile()):
    plain.write_idx(key * 3, payload)
plain.close()

images = mx.recordio.MXRecordIO(str(HERE / "images.rec"), "w")
for number, label in enumerate(LABELS):
    images.write(mx.recordio.pack(mx.recordio.IRHeader(0, label, 7 + number, number % 2), image(number)))
images.close()
