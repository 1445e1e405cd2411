"""Where a request comes from is what the network says, not what the request says of itself."""

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from kernel.actors import SYSTEM
from tenants import actions
from tests.cast import Stage
from tests.journeys.product import Product


def test_a_claimed_address_opens_no_key_that_is_limited_to_it(product: Product, stage: Stage) -> None:
    with stage.inside():
        key = actions.create_api_key(
            name="away", scopes=["conversations:read"], allowed_ips=["203.0.113.7"], actor=SYSTEM
        ).key
    headers = {
        "Authorization": f"Bearer {key}", "Host": product.url(stage).split("/")[2],
        "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7",
    }  # fmt: skip
    asked = Request(f"http://127.0.0.1:{product.web_port}/api/v1/conversations/", headers=headers)
    with pytest.raises(HTTPError) as refused:
        urlopen(asked, timeout=10)  # noqa: S310 - the same
    assert refused.value.code == 403
    assert b"ADDRESS_NOT_ALLOWED" in refused.value.read()
