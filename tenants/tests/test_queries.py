import pytest

from kernel.actors import SYSTEM
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants import actions, queries
from tenants.enums import TenantStatus
from tenants.models import Domain, Tenant
from tenants.types import PUBLIC_SITE, Route
from tests.cast import Stage


@pytest.mark.parametrize("host", ["northside.localhost", "crm.northside.example"])
def test_tenant_is_found_by_its_hosts(northside: Stage, host: str) -> None:
    with tenant_context(PUBLIC):
        Domain.objects.create(domain="crm.northside.example", tenant_id=northside.tenant.id)
    assert queries.tenant_by_host(host) == northside.tenant


@pytest.mark.parametrize(
    "host",
    [
        "", "localhost", "nobody.localhost", "a.northside.localhost", "northside.example", "northside", ".localhost",
        "t_northside.localhost", "northside.localhost.evil.example",
    ],
)  # fmt: skip
def test_other_hosts_lead_nowhere(northside: Stage, host: str) -> None:
    assert queries.tenant_by_host(host) is None


def test_current_tenant_follows_the_schema(northside: Stage, harbor: Stage) -> None:
    assert queries.current_tenant() == northside.tenant
    with harbor.inside():
        assert queries.current_tenant() == harbor.tenant
    with tenant_context(PUBLIC):
        assert queries.current_tenant() is PUBLIC_SITE
    with tenant_context(PLATFORM), pytest.raises(NotFound):
        queries.current_tenant()


def test_session_member_is_of_this_tenant_only(northside: Stage, harbor: Stage) -> None:
    who = queries.session_member(northside.tenant.id, northside.alice.user_id)
    assert who is not None
    assert who.member == northside.alice
    assert queries.session_member(harbor.tenant.id, northside.alice.user_id) is None
    assert queries.session_member(northside.tenant.id, new_id()) is None


def test_member_without_a_zone_lives_in_the_tenants(northside: Stage) -> None:
    assert northside.alice.time_zone == "America/New_York"


def test_route_is_written_once_and_leads_here(northside: Stage, harbor: Stage) -> None:
    outlet_id = new_id()
    for _time in range(2):
        actions.route_channel(vendor="whatsapp", address="555", outlet_id=outlet_id)
    assert queries.routes_for("whatsapp", ["555", "777", northside.phone_number_id, harbor.phone_number_id]) == {
        "555": Route(northside.schema, northside.tenant.id, outlet_id, TenantStatus.ACTIVE),
        northside.phone_number_id: Route(
            northside.schema, northside.tenant.id, northside.outlet_id, TenantStatus.ACTIVE
        ),
        harbor.phone_number_id: Route(harbor.schema, harbor.tenant.id, harbor.outlet_id, TenantStatus.ACTIVE),
    }
    assert queries.routes_for("sms", ["555"]) == {}


def test_routes_know_that_a_tenant_is_suspended(northside: Stage) -> None:
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    routes = queries.routes_for("whatsapp", [northside.phone_number_id])
    assert routes[northside.phone_number_id].status == TenantStatus.SUSPENDED


def test_tenants_at_work(northside: Stage, harbor: Stage) -> None:
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    assert list(Tenant.objects.at_work().values_list("slug", flat=True)) == ["harbor"]
