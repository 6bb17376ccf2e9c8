"""URIs of the built-in algorithms' container images: AWS's registries, and short names without a registry.

The part of the URI after the slash decides which algorithm is meant; the account and the Region of the registry do
not matter. Source: training.md section 9 (SageMaker Python SDK, image_uris).
"""

from __future__ import annotations

import re

from trigpoint.builtin import ALGORITHMS

REGISTRY_ACCOUNTS = {
    "af-south-1": "455444449433",
    "ap-east-1": "286214385809",
    "ap-northeast-1": "501404015308",
    "ap-northeast-2": "306986355934",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "991648021394",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "475088953585",
    "ap-southeast-2": "544295431143",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "469771592824",
    "ca-west-1": "190319476487",
    "cn-north-1": "390948362332",
    "cn-northwest-1": "387376663083",
    "eu-central-1": "813361260812",
    "eu-central-2": "680994064768",
    "eu-north-1": "669576153137",
    "eu-south-1": "257386234256",
    "eu-south-2": "104374241257",
    "eu-west-1": "685385470294",
    "eu-west-2": "644912444149",
    "eu-west-3": "749696950732",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "249704162688",
    "sa-east-1": "855470959533",
    "us-east-1": "811284229777",
    "us-east-2": "825641698319",
    "us-west-1": "632365934929",
    "us-west-2": "433757028032",
    "us-gov-east-1": "237065988967",
    "us-gov-west-1": "226302683700",
    "us-iso-east-1": "490574956308",
    "us-isob-east-1": "765400339828",
    "us-isof-east-1": "108575199400",
    "us-isof-south-1": "124985052026",
}

_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
}

_IMAGE = re.compile(
    r"(?:\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.[a-z0-9.-]+/)?"  # the registry; none in our short names
    rf"(?P<name>{'|'.join(re.escape(each.image_name) for each in ALGORITHMS.values())})"
    r"(?::(?:1|latest))?"
)


_BY_IMAGE_NAME = {each.image_name: each.name for each in ALGORITHMS.values()}


def builtin_algorithm(image_uri: str) -> str | None:
    """The name of the algorithm that the image contains; None when it is not a built-in image."""
    found = _IMAGE.fullmatch(image_uri)
    return _BY_IMAGE_NAME[found["name"]] if found else None


def builtin_image(algorithm: str, region: str) -> str:
    """The URI of the algorithm's image in a Region, as the SageMaker SDK spells it.

    A Region without a registry gets the URI of us-east-1.
    """
    if region not in REGISTRY_ACCOUNTS:
        region = "us-east-1"
    domain = next((d for prefix, d in _DOMAINS.items() if region.startswith(prefix)), "amazonaws.com")
    name = ALGORITHMS[algorithm].image_name
    return f"{REGISTRY_ACCOUNTS[region]}.dkr.ecr.{region}.{domain}/{name}:1"
