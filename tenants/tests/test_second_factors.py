"""The second factor: set up, asked for, used once, required, lost; and every way around it that must not exist."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from kernel import clocks
from kernel.actors import SYSTEM
from kernel.errors import Invalid
from kernel.events.models import Event
from tenants import actions, lockout, queries, totp
from tenants.models import Authenticator, RecoveryCode, TrustedBrowser
from tests.cast import PASSWORD, Stage


def login(stage: Stage, email: str, client: Client | None = None) -> tuple[Client, Any]:
    client = client or stage.client()
    return client, client.post("/login/", {"email": email, "password": PASSWORD, "next": "/settings/"})


def code_now(user_id: Any, steps: int = 0) -> str:
    row = Authenticator.objects.get(user_id=user_id)
    return totp.code_at(row.secret, totp.step_of(clocks.now()) + steps)


def set_up(stage: Stage, name: str = "alice") -> list[str]:
    """Give somebody an app whose first code lies in the past; returns the recovery codes."""
    who = queries.session_member(stage.tenant.id, stage.members[name].user_id)
    assert who is not None
    secret = actions.prepare_authenticator(user_id=who.member.user_id)
    past = clocks.now() - timedelta(minutes=5)
    code = totp.code_at(secret, totp.step_of(past))
    return actions.confirm_authenticator(tenant=stage.tenant, member=who.member, code=code, now=past)


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: "12345678901234567890"
    assert totp.code_at(secret, at // 30) == code


def test_setting_up_shows_a_picture_and_needs_a_right_code(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    page = client.get("/protect/").content.decode()
    assert 'src="data:image/svg+xml' in page
    assert client.post("/protect/", {"code": "000000"}).status_code == 400
    assert not queries.has_second_factor(northside.alice.user_id)
    answer = client.post("/protect/", {"code": code_now(northside.alice.user_id)})
    assert answer["Location"] == "/protect/codes/"
    shown = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", client.get("/protect/codes/").content.decode())
    assert len(set(shown)) == 10
    assert client.get("/protect/codes/")["Location"] == "/settings/security/", "shown this once"
    assert client.get("/settings/security/").status_code == 200, "this browser goes on"
    assert Event.objects.get(type="member.second_factor_added").payload["kind"] == "app"


def test_secret_and_codes_are_not_readable_in_the_database(northside: Stage) -> None:
    codes = set_up(northside)
    secret = Authenticator.objects.get(user_id=northside.alice.user_id).secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM public.tenants_authenticator")
        assert secret not in str(cursor.fetchall())
        cursor.execute("SELECT digest FROM public.tenants_recoverycode")
        assert codes[0].replace("-", "") not in str(cursor.fetchall())


def test_password_alone_is_half_way(northside: Stage) -> None:
    set_up(northside)
    client, answer = login(northside, northside.alice.email)
    assert answer["Location"] == "/login/second/"
    assert client.get("/settings/").status_code == 302
    assert client.get("/api/v1/contacts/").status_code == 401
    assert not Event.objects.filter(type="member.signed_in").exists()
    assert client.post("/login/second/", {"code": code_now(northside.alice.user_id)})["Location"] == "/settings/"
    assert client.get("/settings/").status_code == 200
    assert client.get("/api/v1/contacts/").status_code == 200
    assert Event.objects.filter(type="member.signed_in").count() == 1


def test_half_way_ends_after_ten_minutes_and_is_of_one_tenant(
    northside: Stage, harbor: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(northside)
    client, _answer = login(northside, northside.alice.email)
    assert client.get("/login/second/", HTTP_HOST=harbor.host).status_code == 302
    later = clocks.now() + timedelta(minutes=11)
    code = code_now(northside.alice.user_id)
    monkeypatch.setattr(clocks, "now", lambda: later)
    assert client.post("/login/second/", {"code": code})["Location"] == "/login/"


def test_session_id_changes_at_each_step(northside: Stage) -> None:
    set_up(northside)
    client = northside.client()
    seen = []
    client, _answer = login(northside, northside.alice.email, client)
    seen.append(client.cookies["redress_session"].value)
    client.post("/login/second/", {"code": code_now(northside.alice.user_id)})
    seen.append(client.cookies["redress_session"].value)
    assert len(set(seen)) == 2
    fixed = northside.client()
    fixed.cookies["redress_session"] = seen[0]
    assert fixed.get("/settings/").status_code == 302


def test_used_code_is_refused(northside: Stage) -> None:
    set_up(northside)
    code = code_now(northside.alice.user_id)
    for expected in ("/settings/", None):
        client, _answer = login(northside, northside.alice.email)
        answer = client.post("/login/second/", {"code": code})
        assert answer.get("Location") == expected
    assert answer.status_code == 403


def test_clock_may_be_half_a_minute_wrong_and_not_more(northside: Stage) -> None:
    set_up(northside)
    now = clocks.now()
    secret = Authenticator.objects.get(user_id=northside.alice.user_id).secret
    step = totp.step_of(now)
    found = [totp.matching_step(secret, totp.code_at(secret, step + n), now, after=0) for n in (-2, -1, 0, 1, 2)]
    assert found == [None, step - 1, step, step + 1, None]


def test_recovery_code_works_once_however_written(northside: Stage) -> None:
    codes = set_up(northside)
    first, _answer = login(northside, northside.alice.email)
    assert first.post("/login/second/", {"code": f" {codes[3].upper()} "})["Location"] == "/settings/"
    again, _answer = login(northside, northside.alice.email)
    assert again.post("/login/second/", {"code": codes[3]}).status_code == 403
    assert queries.recovery_codes_left(northside.alice.user_id) == 9


def test_new_recovery_codes_end_the_old_ones(northside: Stage) -> None:
    old = set_up(northside)
    actions.renew_recovery_codes(user_id=northside.alice.user_id)
    assert RecoveryCode.objects.filter(user_id=northside.alice.user_id).count() == 10
    assert not actions.is_code_of(user_id=northside.alice.user_id, code=old[0])


def test_one_persons_codes_are_nobody_elses(northside: Stage) -> None:
    codes = set_up(northside)
    set_up(northside, "bob")
    assert not actions.is_code_of(user_id=northside.bob.user_id, code=codes[0])


def test_codes_cannot_be_tried_for_long_even_with_the_right_password_between(northside: Stage) -> None:
    set_up(northside)
    statuses = []
    for _try in range(7):
        client, _answer = login(northside, northside.alice.email)
        statuses.append(client.post("/login/second/", {"code": "000000"}).status_code)
    assert statuses == [403] * 4 + [429] * 3
    client, _answer = login(northside, northside.alice.email)
    locked = client.post("/login/second/", {"code": code_now(northside.alice.user_id)})
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= lockout.LOCKED_FOR.total_seconds()


def test_remembered_browser_is_not_asked_for_thirty_days(northside: Stage) -> None:
    set_up(northside)
    client, _answer = login(northside, northside.alice.email)
    client.post("/login/second/", {"code": code_now(northside.alice.user_id), "trust": "on"})
    assert client.cookies["redress_trusted"]["httponly"]
    client.post("/logout/")
    _client, answer = login(northside, northside.alice.email, client)
    assert answer["Location"] == "/settings/"
    assert client.get("/settings/").status_code == 200
    other = northside.client()
    _client, answer = login(northside, northside.alice.email, other)
    assert answer["Location"] == "/login/second/"
    token = client.cookies["redress_trusted"].value
    assert not actions.is_trusted(user_id=northside.bob.user_id, token=token)
    assert actions.purge_trusted_browsers(now=clocks.now() + timedelta(days=29)) == 0
    assert not actions.is_trusted(
        user_id=northside.alice.user_id, token=token, now=clocks.now() + timedelta(days=30, seconds=1)
    )


def test_old_sessions_end_when_a_second_factor_is_set_up(northside: Stage) -> None:
    before = northside.client(member=northside.alice)
    set_up(northside)
    assert before.get("/settings/").status_code == 302
    assert before.get("/api/v1/contacts/").status_code == 401


def test_password_reset_forgets_remembered_browsers_and_not_the_second_factor(northside: Stage) -> None:
    set_up(northside)
    token = actions.trust_browser(user_id=northside.alice.user_id)
    from tenants.tests.mails import link_to, path_of  # noqa: PLC0415 - only here

    northside.client().post("/password/", {"email": northside.alice.email})
    northside.client().post(path_of(link_to(northside.alice.email)), {"password": PASSWORD})
    assert not actions.is_trusted(user_id=northside.alice.user_id, token=token)
    _client, answer = login(northside, northside.alice.email)
    assert answer["Location"] == "/login/second/"


def test_ticket_does_not_go_around_it(northside: Stage) -> None:
    set_up(northside)
    ticket = actions.make_ticket(user_id=northside.alice.user_id, tenant_id=northside.tenant.id)
    client = northside.client()
    assert client.get(f"/enter/?ticket={ticket}")["Location"] == "/login/second/"
    assert client.get("/settings/").status_code == 302


# --- the rule ---------------------------------------------------------------------------------


def rule(stage: Stage, policy: str) -> None:
    actions.set_two_factor_policy(tenant_id=stage.tenant.id, policy=policy, actor=SYSTEM)


def test_who_must_have_one_sees_only_how_to_set_it_up(northside: Stage, harbor: Stage) -> None:
    rule(northside, "admins")
    client, _answer = login(northside, northside.adam.email)
    assert client.get("/settings/")["Location"] == "/protect/"
    assert client.get("/inbox/")["Location"] == "/protect/"
    assert client.get("/api/v1/contacts/").status_code == 401
    assert client.get("/protect/").status_code == 200
    done = client.post("/protect/", {"code": code_now(northside.adam.user_id)})
    assert done["Location"] == "/protect/codes/"
    assert client.get("/settings/").status_code == 200
    assert client.get("/api/v1/contacts/").status_code == 200
    agent = northside.client(member=northside.alice)
    assert agent.get("/settings/").status_code == 200
    assert harbor.client(member=harbor.charlie).get("/settings/").status_code == 200


def test_socket_is_closed_to_who_lacks_one(northside: Stage) -> None:
    rule(northside, "everyone")
    client, _answer = login(northside, northside.alice.email)
    from tenants.handshake import NOT_SIGNED_IN, admit  # noqa: PLC0415 - only here

    cookie = f"redress_session={client.cookies['redress_session'].value}"
    origin = f"http://{northside.host}"
    headers = {b"host": northside.host.encode(), b"origin": origin.encode(), b"cookie": cookie.encode()}
    assert admit(headers, "conversations:read") == NOT_SIGNED_IN


def test_new_tenants_ask_their_owners_and_the_demo_nobody(northside: Stage) -> None:
    made = {}
    for slug, is_demo in (("rule-a", False), ("rule-b", True)):
        tenant = actions.create_tenant(
            slug=slug, name=slug, owner_email=f"o@{slug}.example", actor=SYSTEM, is_demo=is_demo
        )
        made[slug] = queries.tenant_for(tenant.id).require_two_factor
    assert made == {"rule-a": "owners", "rule-b": "nobody"}


def test_rule_is_changed_by_those_who_manage_the_team(northside: Stage) -> None:
    assert (
        northside.client(member=northside.alice).post("/settings/security/rule/", {"policy": "everyone"}).status_code
        == 403
    )
    adam = northside.client(member=northside.adam)
    assert adam.post("/settings/security/rule/", {"policy": "nonsense"}).status_code == 400
    assert adam.post("/settings/security/rule/", {"policy": "owners"}).status_code == 302
    changes = Event.objects.filter(type="tenant.second_factor_policy_changed").order_by("seq")
    assert [change.payload["policy"] for change in changes] == ["nobody", "owners"]
    with pytest.raises(Invalid):
        rule(northside, "some")


# --- proving again ----------------------------------------------------------------------------


def test_what_protects_a_login_changes_only_after_proving_again(
    northside: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(northside)
    client, _answer = login(northside, northside.alice.email)
    client.post("/login/second/", {"code": code_now(northside.alice.user_id)})
    later = clocks.now() + timedelta(minutes=11)
    monkeypatch.setattr(clocks, "now", lambda: later)
    assert client.post("/settings/security/app/remove/")["Location"].startswith("/prove/?next=")
    assert client.get("/protect/")["Location"].startswith("/prove/")
    assert queries.has_second_factor(northside.alice.user_id)
    given = {"password": PASSWORD, "code": "000000", "next": "https://evil.example/"}
    assert client.post("/prove/", given).status_code == 403
    given["code"] = code_now(northside.alice.user_id)
    assert client.post("/prove/", given)["Location"] == "/settings/security/"
    client.post("/settings/security/app/remove/")
    assert not queries.has_second_factor(northside.alice.user_id)
    assert not RecoveryCode.objects.filter(user_id=northside.alice.user_id).exists()
    assert not TrustedBrowser.objects.filter(user_id=northside.alice.user_id).exists()


def test_strangers_have_nothing_to_prove(northside: Stage) -> None:
    assert northside.client().get("/prove/")["Location"] == "/login/"
    assert northside.client().get("/protect/")["Location"].startswith("/prove/")
    assert northside.client().get("/login/second/")["Location"] == "/login/"
    assert northside.client().post("/passkeys/new/options/").status_code == 403
    assert northside.client().post("/passkeys/enter/", {"answer": "{}"}).status_code == 400


def test_passkey_answers_that_prove_nothing(northside: Stage) -> None:
    client = northside.client()
    for answer in ("", "{}", "[]", "null", '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}', "\x00"):
        assert client.post("/passkeys/options/").status_code == 200
        assert client.post("/passkeys/enter/", {"answer": answer}).status_code == 400, answer
        assert client.post("/passkeys/enter/", {"answer": answer}).status_code == 400, "a challenge is used up"
    assert client.get("/settings/").status_code == 302


def test_keys_are_made_only_after_proving_again(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    adam = northside.client(member=northside.adam)
    later = clocks.now() + timedelta(minutes=11)
    monkeypatch.setattr(clocks, "now", lambda: later)
    given = {"name": "late", "scopes": "events:read"}
    came_from = f"http://{northside.host}/settings/keys/"
    asked = adam.post("/settings/keys/new/", given, HTTP_REFERER=came_from)
    assert asked["Location"] == "/prove/?next=%2Fsettings%2Fkeys%2F"
    assert not queries.api_keys().filter(name="late").exists()
    assert adam.post("/prove/", {"password": PASSWORD, "next": "/settings/keys/"})["Location"] == "/settings/keys/"
    assert adam.post("/settings/keys/new/", given).status_code == 200
    assert queries.api_keys().filter(name="late").exists()
    hostile = adam.post("/prove/", {"password": PASSWORD, "next": "//evil.example/"})
    assert hostile["Location"] == "/settings/security/"
