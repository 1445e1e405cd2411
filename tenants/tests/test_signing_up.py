"""Starting a business on the public site: the form, the mail, the tenant; and everybody who should get nowhere."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kernel import clocks
from kernel.events.models import Event
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions, pacing, slugs, terms, totp
from tenants.actions.links import LinkGone
from tenants.models import Authenticator, Email, Membership, OneTimeLink, Tenant, TermsAcceptance, User
from tenants.tests.mails import link_to, path_of, waiting
from tests.cast import PASSWORD, Stage, clean_redis

FORM = {
    "business": "Bluebird Credit", "slug": "bluebird", "name": "Nora Fields", "email": "Nora@bluebird.example",
    "password": "seven green lanterns", "time_zone": "America/Chicago", "terms": "on",
}  # fmt: skip
NORA = "nora@bluebird.example"


@pytest.fixture
def public(northside: Stage) -> Iterator[Client]:
    with tenant_context(PUBLIC), clean_redis():
        yield Client(HTTP_HOST="localhost:8000")


def sign_up(public: Client, **changes: str) -> Any:
    return public.post("/signup/", FORM | changes)


def test_sign_up_to_inbox(public: Client) -> None:
    assert sign_up(public)["Location"] == "/signup/sent/"
    assert not Tenant.objects.filter(slug="bluebird").exists()
    link = link_to(NORA)
    assert link.startswith("http://localhost:8000/signup/")
    assert public.get(path_of(link)).status_code == 200
    assert not Tenant.objects.filter(slug="bluebird").exists(), "looking at a link makes nothing"
    made = public.post(path_of(link))
    assert made.status_code == 302
    assert made["Location"].startswith("http://bluebird.localhost:8000/enter/?ticket=")
    browser = Client(HTTP_HOST="bluebird.localhost:8000")
    assert browser.get(path_of(made["Location"]))["Location"] == "/welcome/"
    assert browser.get("/welcome/")["Location"] == "/protect/", "owners need a second factor"
    browser.get("/protect/")
    secret = Authenticator.objects.get(user__email=NORA).secret
    browser.post("/protect/", {"code": totp.code_at(secret, totp.step_of(clocks.now()))})
    assert 'href="/welcome/"' in browser.get("/protect/codes/").content.decode()
    page = browser.get("/welcome/").content.decode()
    assert "Bluebird Credit is ready" in page
    row = Membership.objects.select_related("user", "tenant").get(tenant__slug="bluebird")
    assert (row.role, row.user.email, row.user.name) == ("owner", NORA, "Nora Fields")
    assert (row.tenant.plan, row.tenant.time_zone, row.tenant.language) == ("starter", "America/Chicago", "en")
    assert not row.tenant.is_demo
    accepted = TermsAcceptance.objects.get(user=row.user)
    assert (accepted.version, accepted.address) == (terms.CURRENT, "127.0.0.1")
    with tenant_context(row.tenant.schema_name):
        assert list(Event.objects.order_by("seq").values_list("type", flat=True)) == [
            "tenant.created", "member.added", "member.signed_in", "member.second_factor_added",
        ]  # fmt: skip


def test_password_of_the_form_is_the_owners(public: Client) -> None:
    sign_up(public)
    public.post(path_of(link_to(NORA)))
    browser = Client(HTTP_HOST="bluebird.localhost:8000")
    given = {"email": NORA, "password": FORM["password"]}
    assert browser.post("/login/", given)["Location"] == "/inbox/"


def test_link_and_ticket_work_once(public: Client) -> None:
    sign_up(public)
    path = path_of(link_to(NORA))
    ticket = path_of(public.post(path)["Location"])
    assert public.post(path).status_code == 410
    first, second = Client(HTTP_HOST="bluebird.localhost:8000"), Client(HTTP_HOST="bluebird.localhost:8000")
    assert first.get(ticket).status_code == 302
    assert second.get(ticket).status_code == 410
    assert second.get("/inbox/").status_code == 302
    assert Tenant.objects.filter(slug="bluebird").count() == 1


def test_ticket_of_one_tenant_opens_no_other(public: Client, northside: Stage, harbor: Stage) -> None:
    ticket = actions.make_ticket(user_id=northside.alice.user_id, tenant_id=northside.tenant.id)
    foreign = harbor.client()
    assert foreign.get(f"/enter/?ticket={ticket}").status_code == 410
    assert foreign.get("/inbox/").status_code == 302
    assert northside.client().get(f"/enter/?ticket={ticket}").status_code == 302


def test_ticket_runs_out_after_a_minute(public: Client, northside: Stage) -> None:
    now = clocks.now()
    made: dict[str, Any] = {"user_id": northside.alice.user_id, "tenant_id": northside.tenant.id, "now": now}
    late = actions.make_ticket(**made)
    with pytest.raises(LinkGone):
        actions.redeem_ticket(tenant=northside.tenant, ticket=late, now=now + timedelta(seconds=60))
    in_time = actions.make_ticket(**made)
    who = actions.redeem_ticket(tenant=northside.tenant, ticket=in_time, now=now + timedelta(seconds=59))
    assert who.member == northside.alice


def test_link_runs_out_after_a_day_and_nobody_reads_the_token_from_the_table(public: Client) -> None:
    sign_up(public)
    token = path_of(link_to(NORA)).split("/")[2]
    row = OneTimeLink.objects.get()
    assert token not in str(bytes(row.digest))
    with pytest.raises(LinkGone):
        actions.confirm_sign_up(token=token, now=clocks.now() + timedelta(hours=24, seconds=1))


def test_known_and_unknown_emails_get_the_same_answer_and_other_mails(public: Client, northside: Stage) -> None:
    fresh, known = sign_up(public), sign_up(public, email=northside.alice.email, slug="bluebird-2")
    assert (fresh.status_code, fresh["Location"]) == (known.status_code, known["Location"])
    assert "You already have a login" in waiting(northside.alice.email)[0]["text"]
    assert "You already have a login" not in waiting(NORA)[0]["text"]


def test_known_person_keeps_their_password(public: Client, northside: Stage) -> None:
    sign_up(public, email=northside.alice.email)
    public.post(path_of(link_to(northside.alice.email)))
    user = User.objects.get(id=northside.alice.user_id)
    assert user.check_password(PASSWORD)
    assert not user.check_password(FORM["password"])
    assert set(user.memberships.values_list("tenant__slug", flat=True)) == {"northside", "bluebird"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("slug", "www", "none of our own host names"),
        ("slug", "Bad Slug", "none of our own host names"),
        ("slug", "-x", "none of our own host names"),
        ("slug", "northside", "This address is taken."),
        ("email", "nora", "Check the address."),
        ("password", "short", "Use 12 to 200 characters."),
        ("password", "aaaaaaaaaaaaaaaa", "Use more different characters."),
        ("password", "bluebird2026", "Do not make it of your name, email or business."),
        ("business", "", "Use 1 to 120 characters."),
        ("time_zone", "Mars/Base", "Use a name such as America/New_York."),
        ("terms", "", ""),
    ],
)
def test_form_says_what_it_cannot_take_and_sends_nothing(public: Client, field: str, value: str, sentence: str) -> None:
    given = FORM | {field: value}
    if field == "terms":
        del given["terms"]
        sentence = "Accept the terms to go on."
    answer = public.post("/signup/", given)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert FORM["password"] not in answer.content.decode()
    assert Email.objects.count() == 0


def test_two_people_want_one_address(public: Client) -> None:
    sign_up(public)
    sign_up(public, email="omar@x.example", name="Omar Salem", password="eleven tall cypress")
    public.post(path_of(link_to(NORA)))
    late = path_of(link_to("omar@x.example"))
    answer = public.post(late)
    assert answer.status_code == 409
    assert "Somebody else has this address by now." in answer.content.decode()
    assert public.post(late, {"slug": "www"}).status_code == 400
    assert public.post(late, {"slug": "bluebird-2"})["Location"].startswith("http://bluebird-2.localhost:8000/enter/")
    assert Membership.objects.get(tenant__slug="bluebird").user.email == NORA


def test_programs_that_fill_in_everything_get_nowhere(public: Client) -> None:
    assert sign_up(public, website="http://spam.example")["Location"] == "/signup/sent/"
    assert (Email.objects.count(), OneTimeLink.objects.count()) == (0, 0)


def test_one_address_cannot_sign_up_for_ever(public: Client) -> None:
    for n in range(pacing.PER_HOUR["sign_up"]):
        assert sign_up(public, email=f"p{n}@x.example", slug=f"s-{n}").status_code == 302
    refused = sign_up(public, email="last@x.example", slug="last")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 7200
    assert waiting("last@x.example") == []


def test_link_can_be_asked_for_again_a_few_times_and_the_old_one_dies(public: Client) -> None:
    sign_up(public)
    old = path_of(link_to(NORA))
    answers = [public.post("/signup/resend/", {"email": NORA}).status_code for _again in range(5)]
    assert answers == [302, 302, 302, 302, 429]
    assert len(waiting(NORA)) == 5
    assert public.post(old).status_code == 410
    assert public.post(path_of(link_to(NORA))).status_code == 302


def test_asking_again_for_an_unknown_email_sends_nothing_and_says_the_same(public: Client) -> None:
    assert public.post("/signup/resend/", {"email": "ghost@x.example"})["Location"] == "/signup/sent/?again=1"
    assert Email.objects.count() == 0


def test_link_never_leads_to_the_host_a_request_claims(public: Client, northside: Stage) -> None:
    public.post("/signup/", FORM, HTTP_X_FORWARDED_HOST="evil.example")
    assert link_to(NORA).startswith("http://localhost:8000/")
    northside.client().post("/password/", {"email": northside.alice.email}, HTTP_X_FORWARDED_HOST="evil.example")
    assert link_to(northside.alice.email).startswith("http://northside.localhost:8000/password/")
    assert Client(HTTP_HOST="evil.example").post("/signup/", FORM).status_code == 404


def test_address_is_suggested_and_looked_at(public: Client) -> None:
    page = public.get("/signup/address/", {"business": "Northside"}).content.decode()
    assert 'value="northside-2"' in page
    assert "This address is free." in page
    assert "This address is taken." in public.get("/signup/address/", {"slug": "harbor"}).content.decode()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Piña & Sons, LLC", "pina-and-sons-llc"), ("O'Brien Credit", "obrien-credit"), ("  ", ""), ("東京", ""),
        ("x" * 60, "x" * 36), ("--A--", "a"),
    ],
)  # fmt: skip
def test_slug_from_name(name: str, slug: str) -> None:
    assert slugs.from_name(name) == slug


def test_members_are_asked_again_when_the_terms_change(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client = northside.client(member=northside.alice)
    actions.accept_terms(user_id=northside.alice.user_id, address="192.0.2.1")
    assert client.get("/settings/").status_code == 200
    monkeypatch.setattr(terms, "CURRENT", "2027-01-01")
    assert client.get("/settings/")["Location"] == "/terms/accept/"
    assert client.get("/settings/", HTTP_HX_REQUEST="true").status_code == 403
    assert client.get("/terms/accept/").status_code == 200
    actions.accept_terms(user_id=northside.alice.user_id, address="192.0.2.1", version="2027-01-01")
    assert client.get("/settings/").status_code == 200
    versions = TermsAcceptance.objects.filter(user_id=northside.alice.user_id).values_list("version", flat=True)
    assert sorted(versions) == ["2026-10-01", "2027-01-01"]


def test_terms_have_a_page_for_each_version(public: Client) -> None:
    for version in terms.VERSIONS:
        assert version in public.get(f"/terms/{version}/").content.decode()
    assert public.get("/terms/1999-01-01/").status_code == 404
