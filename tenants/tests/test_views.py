"""Signing in and out, language, profile, keys, and the pages for when things fail, over HTTP."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from kernel.actors import SYSTEM
from kernel.events.models import Event
from tenants import actions, queries
from tenants.models import ApiKey, User
from tenants.templatetags import assets
from tests.cast import PASSWORD, Stage


@pytest.fixture
def adam(northside: Stage) -> Any:
    return northside.client(member=northside.adam)


def sign_in(stage: Stage, target: str = "", **fields: str) -> Any:
    given = {"email": stage.alice.email, "password": PASSWORD, "next": target, **fields}
    return stage.client().post("/login/", given)


def test_signing_in_leads_to_the_inbox_and_sets_a_session(northside: Stage) -> None:
    answer = sign_in(northside)
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    cookie = answer.cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "inbox/", "http:///x"],
)
def test_signing_in_never_leads_away(northside: Stage, target: str) -> None:
    assert sign_in(northside, target)["Location"] == "/inbox/"


def test_signing_in_leads_back_to_where_it_was_asked_for(northside: Stage) -> None:
    assert sign_in(northside, "/settings/keys/?x=1")["Location"] == "/settings/keys/?x=1"
    assert northside.client(member=northside.alice).get("/login/?next=/settings/")["Location"] == "/settings/"


def test_wrong_password_and_stranger_read_the_same(northside: Stage, harbor: Stage) -> None:
    pages = [
        sign_in(northside, password="nope"),
        sign_in(northside, email="nobody@northside.example"),
        sign_in(northside, email=harbor.charlie.email),
    ]
    for page in pages:
        assert page.status_code == 403
        assert "That email and password do not match. 4 tries left." in page.content.decode()
    assert not Event.objects.filter(type="member.signed_in").exists()


def test_sixth_try_is_locked_out_for_minutes_even_with_the_right_password(northside: Stage) -> None:
    for _try in range(5):
        sign_in(northside, password="nope")
    locked = sign_in(northside)
    assert locked.status_code == 429
    assert "Too many tries. Try again in 15 minutes." in locked.content.decode()


def test_email_is_shown_again_as_text(northside: Stage) -> None:
    page = sign_in(northside, email='"><script>alert(1)</script>')
    assert "<script>alert" not in page.content.decode()


def test_session_ends_with_the_browser_unless_it_is_kept(northside: Stage) -> None:
    name = django_settings.SESSION_COOKIE_NAME
    assert sign_in(northside).cookies[name]["max-age"] == ""
    assert int(sign_in(northside, keep="on").cookies[name]["max-age"]) == 12 * 3600


def test_signing_out_ends_the_session_and_needs_a_post(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/inbox/").status_code == 302
    assert Event.objects.filter(type="member.signed_out").count() == 1


def test_language_is_this_browsers_and_the_persons(northside: Stage) -> None:
    stranger = northside.client()
    stranger.post("/language/", {"language": "es", "next": "/login/"})
    assert "Iniciar sesión" in stranger.get("/login/").content.decode()
    stranger.post("/language/", {"language": "xx"})
    assert 'lang="es"' in stranger.get("/login/").content.decode()
    client = northside.client(member=northside.alice)
    assert client.post("/language/", {"language": "es", "next": "https://evil.example"})["Location"] == "/inbox/"
    assert User.objects.get(id=northside.alice.user_id).language == "es"


def test_theme_cookie_draws_the_page_without_a_flash(northside: Stage) -> None:
    client = northside.client()
    assert 'data-theme="light" data-theme-default' in client.get("/login/").content.decode()
    client.cookies["redress_theme"] = "dark"
    assert 'data-theme="dark">' in client.get("/login/").content.decode()
    client.cookies["redress_theme"] = '"><script>'
    assert 'data-theme="light" data-theme-default' in client.get("/login/").content.decode()


def test_profile_changes_what_a_person_decides_and_nothing_else(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    fields = {"name": "Alicia Moreno", "language": "es", "time_zone": "America/Bogota", "role": "owner"}
    assert client.post("/settings/", fields)["Location"] == "/settings/?saved=1"
    page = client.get("/settings/").content.decode()
    assert 'value="Alicia Moreno"' in page
    assert "<option selected>America/Bogota</option>" in page
    member = queries.session_member(northside.tenant.id, northside.alice.user_id)
    assert member is not None
    assert member.member.role == "agent"


def test_bad_profile_says_which_field(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    answer = client.post("/settings/", {"name": " ", "language": "en", "time_zone": "UTC"})
    assert answer.status_code == 400
    assert "Use 1 to 120 characters." in answer.content.decode()


def test_key_is_shown_once_and_works_until_it_is_revoked(northside: Stage, adam: Any) -> None:
    page = adam.post("/settings/keys/new/", {"name": "Website", "scopes": ["contacts:read"]}).content.decode()
    key = page.split("data-new-key>")[1].split("<")[0]
    assert key.startswith("rk_dev_")
    assert key not in adam.get("/settings/keys/").content.decode()
    row = ApiKey.objects.get(name="Website")
    assert row.scopes == ["contacts:read"]
    assert adam.post(f"/settings/keys/{row.id}/revoke/")["Location"] == "/settings/keys/"
    assert ApiKey.objects.get(id=row.id).revoked_at is not None


@pytest.mark.parametrize(
    "fields", [{"name": "", "scopes": ["contacts:read"]}, {"name": "x"}, {"name": "x", "scopes": ["all"]}]
)
def test_key_that_cannot_be_is_refused_on_the_page(adam: Any, fields: dict[str, Any]) -> None:
    before = ApiKey.objects.count()
    answer = adam.post("/settings/keys/new/", fields)
    assert answer.status_code == 400
    assert "data-new-key" not in answer.content.decode()
    assert ApiKey.objects.count() == before


def test_agents_neither_see_nor_make_keys(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    assert client.get("/settings/keys/").status_code == 403
    assert client.post("/settings/keys/new/", {"name": "x", "scopes": ["contacts:read"]}).status_code == 403
    assert "/settings/keys/" not in client.get("/settings/").content.decode()
    assert "/developers/" not in client.get("/settings/").content.decode()


def test_another_tenants_key_cannot_be_revoked(northside: Stage, harbor: Stage, adam: Any) -> None:
    foreign = ApiKey.objects.filter(tenant_id=harbor.tenant.id).first()
    assert foreign is not None
    assert adam.post(f"/settings/keys/{foreign.id}/revoke/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_suspended_tenant_has_one_page_for_everybody(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    for address in ("/inbox/", "/login/", "/settings/"):
        answer = client.get(address)
        assert answer.status_code == 423
        assert "This account is suspended." in answer.content.decode()


def test_unknown_page_is_a_page_and_a_script_gets_a_sentence(northside: Stage) -> None:
    page = northside.client().get("/no-such-page/")
    assert page.status_code == 404
    assert "There is nothing at this address." in page.content.decode()
    assert b"<!doctype html>" in page.content
    part = northside.client().get("/no-such-page/", HTTP_HX_REQUEST="true")
    assert (part.status_code, part.content) == (404, b"There is nothing at this address.")


def test_public_site_leads_to_a_business(northside: Stage) -> None:
    visitor = Client(HTTP_HOST="localhost:8000")
    assert visitor.post("/", {"slug": " NorthSide "})["Location"] == "http://northside.localhost:8000/login/"
    for slug in ("nobody", "", "<b>", "ñ"):
        answer = visitor.post("/", {"slug": slug})
        assert answer.status_code == 404
        assert "There is no business at this address." in answer.content.decode()
    assert visitor.post("/", {"slug": "a\x00b"}).status_code == 400


def test_assets_come_from_the_manifest(settings: Settings, tmp_path: Any) -> None:
    manifest = """{
        "inbox.ts": {"file": "assets/inbox-1.js", "css": ["assets/inbox-1.css"], "imports": ["pages.ts", "pages.ts"]},
        "pages.ts": {"file": "assets/pages-1.js", "css": ["assets/pages-1.css"]}
    }"""
    path = tmp_path / assets.MANIFEST
    path.parent.mkdir(parents=True)
    path.write_text(manifest)
    settings.BASE_DIR = tmp_path
    assets._manifest.cache_clear()
    try:
        preload = '<link rel="modulepreload" href="/static/assets/pages-1.js">'
        module = '<script type="module" src="/static/assets/inbox-1.js"></script>'
        assert assets.vite("inbox").split("\n") == [
            '<link rel="stylesheet" href="/static/assets/pages-1.css">',
            f'<link rel="stylesheet" href="/static/assets/inbox-1.css">{preload}{module}',
        ]
        path.unlink()
        assets._manifest.cache_clear()
        with pytest.raises(assets.NotBuiltError, match="npm run build"):
            assets.vite("inbox")
    finally:
        assets._manifest.cache_clear()


def test_icon_escapes_its_name() -> None:
    assert assets.icon('"><b>') == '<svg class="i " aria-hidden="true"><use href="#i-&quot;&gt;&lt;b&gt;"></use></svg>'
