from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction

from kernel.ids import new_id
from kernel.tenancy import PUBLIC, tenant_context
from tenants.actions import route_channel
from tenants.models import ChannelRoute
from tests.cast import Stage


def test_address_of_another_outlet_is_refused(northside: Stage) -> None:
    first = new_id()
    route_channel(vendor="whatsapp", address="555", outlet_id=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        route_channel(vendor="whatsapp", address="555", outlet_id=new_id())
    assert ChannelRoute.objects.get(address="555").outlet_id == first


@pytest.mark.parametrize("shared", [True, False])
def test_address_of_another_tenant_is_refused(northside: Stage, harbor: Stage, *, shared: bool) -> None:
    outlet_id = new_id()
    with harbor.inside():
        route_channel(vendor="whatsapp", address="waba:9", outlet_id=outlet_id, shared=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        route_channel(vendor="whatsapp", address="waba:9", outlet_id=outlet_id, shared=shared)
    assert ChannelRoute.objects.get(address="waba:9").tenant_id == harbor.tenant.id


def test_shared_address_keeps_the_first_outlet(northside: Stage) -> None:
    first = new_id()
    for outlet_id in (first, new_id()):
        route_channel(vendor="whatsapp", address="waba:9", outlet_id=outlet_id, shared=True)
    assert ChannelRoute.objects.get(address="waba:9").outlet_id == first


def test_two_tenants_at_once_get_one_route(committed: Callable[[str], Stage]) -> None:
    def take(stage: Stage) -> bool:
        try:
            with stage.inside(), transaction.atomic():
                route_channel(vendor="whatsapp", address="race", outlet_id=stage.outlet_id)
        except IntegrityError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, [committed("one"), committed("two")])) == [False, True]
    with tenant_context(PUBLIC):
        assert ChannelRoute.objects.filter(address="race").count() == 1
