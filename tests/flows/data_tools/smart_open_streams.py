"""smart_open: streams of several parts written and read line by line."""

import os

from smart_open import open

uri = f"s3://{os.environ['BUCKET']}/smart/lines.txt.gz"
with open(uri, "w", transport_params={"min_part_size": 5 << 20}) as file:
    for number in range(10_000):
        file.write(f"line {number}\n")
with open(uri) as file:
    assert sum(1 for _ in file) == 10_000
plain = f"s3://{os.environ['BUCKET']}/smart/big.bin"
data = os.urandom(12 << 20)
with open(plain, "wb", transport_params={"min_part_size": 5 << 20}) as file:
    file.write(data)
with open(plain, "rb") as file:
    file.seek(8_000_000)
    assert file.read(10) == data[8_000_000:8_000_010]
