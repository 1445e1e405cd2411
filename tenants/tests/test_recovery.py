"""New passwords, invitations, new e-mails, and the browsers somebody is signed in with."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from kernel import clocks
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.events.models import Event
from tenants import actions, queries
from tenants.actions.links import LinkGone
from tenants.devices import described
from tenants.models import Email, Login, Membership, OneTimeLink, User
from tenants.tests.mails import link_to, path_of, waiting
from tests.cast import PASSWORD, Stage

NEW = "nine purple kettles"


def signs_in(stage: Stage, email: str, password: str) -> bool:
    answer = stage.client().post("/login/", {"email": email, "password": password})
    return bool(answer.status_code == 302)


# --- a new password ---------------------------------------------------------------------------


def ask_for_password(stage: Stage, email: str) -> Any:
    return stage.client().post("/password/", {"email": email})


def test_new_password_by_mail_ends_every_session(northside: Stage) -> None:
    before = northside.client(member=northside.alice)
    assert ask_for_password(northside, "ALICE@northside.example")["Location"] == "/password/?sent=1"
    link = link_to(northside.alice.email)
    assert link.startswith("http://northside.localhost:8000/password/")
    browser = northside.client()
    assert browser.get(path_of(link)).status_code == 200
    assert browser.post(path_of(link), {"password": NEW})["Location"] == "/login/?changed=1"
    assert before.get("/inbox/").status_code == 302
    assert signs_in(northside, northside.alice.email, NEW)
    assert not signs_in(northside, northside.alice.email, PASSWORD)
    assert waiting(northside.alice.email)[0]["kind"] == "password_changed"
    assert Event.objects.filter(type="member.password_changed").count() == 1


def test_weak_password_is_refused_and_the_link_still_works(northside: Stage) -> None:
    ask_for_password(northside, northside.alice.email)
    path = path_of(link_to(northside.alice.email))
    for weak in ("short", "passwordpassword", "alice northside", ""):
        assert northside.client().post(path, {"password": weak}).status_code == 400, weak
    assert northside.client().post(path, {"password": NEW}).status_code == 302
    assert northside.client().post(path, {"password": "another good one"}).status_code == 410
    assert not signs_in(northside, northside.alice.email, "another good one")


def test_strangers_and_members_get_the_same_answer_after_the_same_work(
    northside: Stage, harbor: Stage, django_assert_num_queries: Any
) -> None:
    answers, mails = [], []
    for email in (northside.bob.email, "ghost@x.example", harbor.charlie.email):
        answer = ask_for_password(northside, email)
        answers.append((answer.status_code, answer["Location"], answer.content))
        mails.append((Email.objects.filter(recipient=email).count(), OneTimeLink.objects.filter(email=email).count()))
    assert len(set(answers)) == 1
    assert mails == [(1, 1)] * 3
    assert "has no login there" in waiting(harbor.charlie.email)[0]["text"]
    assert "http" not in waiting("ghost@x.example")[0]["text"]


def test_link_of_one_tenant_opens_nothing_at_another(northside: Stage, harbor: Stage) -> None:
    ask_for_password(northside, northside.alice.email)
    path = path_of(link_to(northside.alice.email))
    assert harbor.client().post(path, {"password": NEW}).status_code == 410
    assert signs_in(northside, northside.alice.email, PASSWORD)


def test_newer_link_replaces_the_older_and_an_hour_ends_it(northside: Stage) -> None:
    ask_for_password(northside, northside.alice.email)
    old = path_of(link_to(northside.alice.email))
    ask_for_password(northside, northside.alice.email)
    assert northside.client().post(old, {"password": NEW}).status_code == 410
    token = path_of(link_to(northside.alice.email)).split("/")[2]
    with pytest.raises(LinkGone):
        actions.reset_password(
            tenant=northside.tenant, token=token, password=NEW, now=clocks.now() + timedelta(hours=1)
        )  # fmt: skip


def test_removed_member_cannot_come_back_by_a_link(northside: Stage) -> None:
    ask_for_password(northside, northside.alice.email)
    path = path_of(link_to(northside.alice.email))
    actions.remove_member(member_id=northside.alice.id, actor=SYSTEM)
    assert northside.client().post(path, {"password": NEW}).status_code == 410
    assert User.objects.get(id=northside.alice.user_id).check_password(PASSWORD)


def test_mails_to_one_person_are_few_and_tokens_cannot_be_guessed_for_long(northside: Stage) -> None:
    answers = [ask_for_password(northside, northside.alice.email).status_code for _ask in range(6)]
    assert answers == [302, 302, 302, 302, 429, 429]
    guesses = [northside.client().get(f"/password/{n}/").status_code for n in range(61)]
    assert guesses[-1] == 429


def test_lockout_says_when_to_try_again(northside: Stage) -> None:
    given = {"email": northside.alice.email, "password": "nope"}
    answers = [northside.client().post("/login/", given) for _try in range(6)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 429, 429]
    assert 890 <= int(answers[-1]["Retry-After"]) <= 900
    assert "Retry-After" not in answers[0]


# --- invitations ------------------------------------------------------------------------------


def invite(stage: Stage, email: str = "zoe@x.example", role: str = "agent", inviter: Any = None) -> str:
    actions.invite_member(email=email, role=role, inviter=inviter or as_info(stage, "adam"))
    return path_of(link_to(email))


def as_info(stage: Stage, name: str) -> Any:
    who = queries.session_member(stage.tenant.id, stage.members[name].user_id)
    assert who is not None
    return who.member


GIVEN = {"name": "Zoe Marsh", "password": NEW, "terms": "on"}


def test_newcomer_accepts_and_is_in(northside: Stage) -> None:
    path = invite(northside)
    assert [one.email for one in queries.waiting_invitations()] == ["zoe@x.example"]
    browser = northside.client()
    assert "Adam Reyes invites zoe@x.example." in browser.get(path).content.decode()
    assert browser.post(path, GIVEN)["Location"] == "/inbox/"
    assert browser.get("/settings/").status_code == 200
    row = Membership.objects.get(user__email="zoe@x.example", tenant_id=northside.tenant.id)
    assert (row.role, row.user.name, row.is_active) == ("agent", "Zoe Marsh", True)
    assert not queries.waiting_invitations().exists()
    assert northside.client().get(path).status_code == 410
    types = Event.objects.filter(type__startswith="member.").order_by("seq").values_list("type", flat=True)
    assert "member.invited" in types
    assert Event.objects.filter(type="member.added", payload__role="agent", actor_id=str(northside.adam.id)).exists()


def test_person_with_a_login_keeps_it_and_signs_in_as_ever(northside: Stage, harbor: Stage) -> None:
    path = invite(northside, harbor.charlie.email)
    browser = northside.client()
    assert browser.post(path, {"password": "a stolen new one"})["Location"] == "/login/?joined=1"
    assert browser.get("/settings/").status_code == 302, "a link in a mail is no proof of a password"
    assert signs_in(northside, harbor.charlie.email, PASSWORD)
    assert User.objects.get(email=harbor.charlie.email).name == "Charlie Stone"


def test_newcomer_needs_name_password_and_terms(northside: Stage) -> None:
    path = invite(northside)
    for field in GIVEN:
        given = {name: value for name, value in GIVEN.items() if name != field}
        assert northside.client().post(path, given).status_code == 400, field
    assert not Membership.objects.filter(user__email="zoe@x.example").exists()


def test_nobody_invites_above_themselves_or_twice_the_same_person(northside: Stage) -> None:
    with pytest.raises(Forbidden):
        invite(northside, role="owner")
    with pytest.raises(Conflict):
        invite(northside, northside.bob.email)
    with pytest.raises(Invalid):
        invite(northside, "no mail")
    assert Email.objects.count() == 0
    first = invite(northside)
    second = invite(northside)
    assert northside.client().get(first).status_code == 410
    assert northside.client().get(second).status_code == 200


def test_withdrawn_or_foreign_invitation_opens_nothing(northside: Stage, harbor: Stage) -> None:
    path = invite(northside)
    assert harbor.client().post(path, GIVEN).status_code == 410
    (waiting_one,) = queries.waiting_invitations()
    actions.withdraw_invitation(invitation_id=waiting_one.id, actor=SYSTEM)
    assert northside.client().post(path, GIVEN).status_code == 410
    with harbor.inside():
        assert not queries.waiting_invitations().exists()


# --- a new e-mail -----------------------------------------------------------------------------


def test_new_email_is_proven_first_and_the_old_one_warned(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    given = {"email": "alice.m@x.example", "current": PASSWORD}
    assert client.post("/settings/security/email/", given)["Location"] == "/settings/security/?sent=1"
    assert "alice.m@x.example" in waiting(northside.alice.email)[0]["text"]
    assert User.objects.get(id=northside.alice.user_id).email == northside.alice.email
    path = path_of(link_to("alice.m@x.example"))
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == "/settings/security/?email=1"
    assert "alice.m@x.example" in client.get("/settings/security/").content.decode()
    assert signs_in(northside, "alice.m@x.example", PASSWORD)
    assert not signs_in(northside, northside.alice.email, PASSWORD)
    payload = Event.objects.get(type="member.email_changed").payload
    assert payload == {"member_id": str(northside.alice.id)}


def test_new_email_needs_the_password_and_never_tells_whose_it_is(northside: Stage, harbor: Stage) -> None:
    client = northside.client(member=northside.alice)
    wrong = client.post("/settings/security/email/", {"email": "a@x.example", "current": "nope"})
    assert wrong.status_code == 400
    assert Email.objects.count() == 0
    answers = [
        client.post("/settings/security/email/", {"email": email, "current": PASSWORD})["Location"]
        for email in ("free@x.example", harbor.charlie.email)
    ]
    assert len(set(answers)) == 1
    assert "already has a login of its own" in waiting(harbor.charlie.email)[0]["text"]
    assert "http" not in waiting(harbor.charlie.email)[0]["text"]


def test_email_taken_meanwhile_changes_nothing(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    client.post("/settings/security/email/", {"email": "soon@x.example", "current": PASSWORD})
    path = path_of(link_to("soon@x.example"))
    actions.add_member(tenant_id=northside.tenant.id, email="soon@x.example", role="agent", actor=SYSTEM)
    assert client.post(path).status_code == 410
    assert User.objects.get(id=northside.alice.user_id).email == northside.alice.email


# --- browsers ---------------------------------------------------------------------------------


def test_browsers_are_listed_and_signed_out_one_by_one(northside: Stage) -> None:
    laptop = northside.client(member=northside.alice)
    phone = Client(HTTP_HOST=northside.host, HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Version/17 Safari/604.1")
    phone.post("/login/", {"email": northside.alice.email, "password": PASSWORD})
    page = laptop.get("/settings/security/").content.decode()
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1
    login_id = Login.objects.get(agent__contains="iPhone").id
    assert laptop.post(f"/settings/security/devices/{login_id}/end/").status_code == 302
    assert phone.get("/settings/").status_code == 302
    assert phone.get("/api/v1/contacts/").status_code == 401
    assert laptop.get("/settings/").status_code == 200


def test_all_others_are_signed_out_at_once(northside: Stage) -> None:
    here, there, elsewhere = (northside.client(member=northside.alice) for _browser in range(3))
    here.post("/settings/security/devices/end/")
    assert [client.get("/settings/").status_code for client in (here, there, elsewhere)] == [200, 302, 302]


def test_nobody_signs_somebody_else_out(northside: Stage) -> None:
    bob = northside.client(member=northside.bob)
    login_id = Login.objects.get(user_id=northside.bob.user_id).id
    northside.client(member=northside.alice).post(f"/settings/security/devices/{login_id}/end/")
    assert bob.get("/settings/").status_code == 200


def test_password_change_keeps_this_browser_and_ends_the_others(northside: Stage) -> None:
    here, there = (northside.client(member=northside.alice) for _browser in range(2))
    wrong = here.post("/settings/security/password/", {"current": "nope", "password": NEW})
    assert wrong.status_code == 400
    assert "That is not your password." in wrong.content.decode()
    right = here.post("/settings/security/password/", {"current": PASSWORD, "password": NEW})
    assert right["Location"] == "/settings/security/?password=1"
    assert [client.get("/settings/").status_code for client in (here, there)] == [200, 302]


def test_signing_out_ends_the_browser(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    client.post("/logout/")
    assert Login.objects.get(user_id=northside.alice.user_id).ended_at is not None


def test_old_browsers_and_links_are_forgotten(northside: Stage) -> None:
    northside.client(member=northside.alice)
    ask_for_password(northside, northside.alice.email)
    assert (actions.purge_logins(), actions.purge_links()) == (0, 0)
    later = clocks.now() + timedelta(days=31)
    assert (actions.purge_logins(now=later), actions.purge_links(now=later)) == (1, 1)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120) Gecko Firefox/120", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Chrome/120 Safari/537", "Chrome on macOS"),
        ("curl/8", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_browsers_are_named_as_people_know_them(agent: str, words: str) -> None:
    with translation.override("en"):
        assert described(agent) == words
