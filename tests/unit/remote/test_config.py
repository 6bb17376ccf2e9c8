"""The configuration of a remote store."""

from __future__ import annotations

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.remote import RemoteConfig


def test_the_environment_variables_of_aws_clients_are_read() -> None:
    config = RemoteConfig.from_environment(
        {
            "AWS_ENDPOINT_URL": "http://all:1",
            "AWS_ENDPOINT_URL_S3": "http://s3:2/",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "hush",
        }
    )
    assert (config.url, config.region, config.anonymous) == ("http://s3:2", "eu-west-1", False)
    assert "hush" not in repr(config)
    assert RemoteConfig.from_environment({}).anonymous


def test_the_default_endpoint_is_that_of_aws_in_the_region() -> None:
    assert RemoteConfig(region="eu-west-1").url == "https://s3.eu-west-1.amazonaws.com"
    assert RemoteConfig(region="cn-north-1").url == "https://s3.cn-north-1.amazonaws.com.cn"


def test_a_bucket_is_named_in_the_path_or_in_the_host() -> None:
    assert RemoteConfig("http://h:9").bucket_url("b") == "http://h:9"
    assert RemoteConfig("http://h:9", virtual_host_style=True).bucket_url("b") == "http://b.h:9"


def test_an_access_key_id_without_its_secret_is_refused() -> None:
    with pytest.raises(Invalid, match="belong together"):
        RemoteConfig(access_key_id="AKIA")
