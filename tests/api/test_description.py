"""The description of the API: for programs, for people, and in the repository."""

import json
import re
from contextlib import closing
from http import HTTPStatus

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client

from config.environment import ROOT
from kernel.api.description import description
from kernel.api.problems import catalog, meaning
from tenants.scopes import SCOPES

HOSTS = ["northside.localhost:8000", "localhost:8000"]


@pytest.mark.parametrize("host", HOSTS)
def test_description_is_public_on_every_host(northside, client, host):
    answer = client.get("/api/v1/schema/", HTTP_HOST=host)

    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"] == "3.1.0"
    assert json.loads(answer.content) == yaml.safe_load(
        client.get("/api/v1/schema?format=yaml", HTTP_HOST=host).content
    )
    assert client.get("/api/v1/schema/", HTTP_HOST=host, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_description_cannot_be_written_to(northside, host, method):
    browser = Client(enforce_csrf_checks=True)
    answer = getattr(browser, method)("/api/v1/schema/", HTTP_HOST=host)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("address", ["/developers/", "/developers/redoc/"])
def test_pages_for_people_bring_everything_themselves(northside, client, host, address):
    answer = client.get(address, HTTP_HOST=host)
    page = answer.content.decode()
    policy = answer["Content-Security-Policy"]

    assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\son\w+=|<style|style=", page) == []
    assert all(
        found.startswith("/") and not found.startswith("//") for found in re.findall(r'(?:src|href)="([^"]+)"', page)
    )
    assert "script-src 'self';" in policy
    assert ("style-src 'self' 'unsafe-inline'" in policy) == (address == "/developers/redoc/")


def test_files_of_the_pages_are_served(northside, client):
    for address in ("/developers/", "/developers/redoc/"):
        page = client.get(address, HTTP_HOST=HOSTS[0]).content.decode()
        for name in re.findall(r'(?:src|href)="(/static/(?:api|drf)[^"]+)"', page):
            with closing(client.get(name, HTTP_HOST=HOSTS[0])) as answer:
                assert answer.status_code == 200, name


def test_description_says_what_a_security_needs():
    schemes = description()["components"]["securitySchemes"]

    assert schemes["apiKey"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"


def test_description_knows_every_error_code():
    assert description()["components"]["schemas"]["ErrorCode"]["enum"] == [refusal.code for refusal in catalog()]


def test_catalog_has_each_code_once_and_a_meaning_for_it():
    description()
    codes = [refusal.code for refusal in catalog()]

    assert len(codes) == len(set(codes))
    assert {"VALIDATION_ERROR", "WINDOW_CLOSED", "RATE_LIMITED", "IDEMPOTENCY_MISMATCH", "METHOD_NOT_ALLOWED"} <= set(
        codes
    )
    for refusal in catalog():
        assert refusal.code == refusal.code.upper()
        assert refusal.status in HTTPStatus
        assert meaning(refusal).endswith(".")
        assert "\n" not in meaning(refusal)


def test_description_has_the_resources_of_this_version():
    paths = set(description()["paths"])

    assert {
        "/api/v1/conversations/", "/api/v1/conversations/{conversation_id}/", "/api/v1/contacts/",
        "/api/v1/conversations/{conversation_id}/messages/", "/api/v1/conversations/{conversation_id}/handoff/",
        "/api/v1/conversations/outlet/{outlet_id}/active/", "/api/v1/messages/send/", "/api/v1/outlets/",
        "/api/v1/messages/{message_id}/status/", "/api/v1/tenants/{tenant}/outlets/", "/api/v1/tenants/{tenant}/users/",
        "/api/v1/api-keys/", "/api/v1/templates/", "/api/v1/members/", "/api/v1/events/", "/api/v1/health/",
    } <= paths  # fmt: skip
    assert all(path.endswith("/") for path in paths)


def test_scopes_of_keys_are_those_of_the_description():
    used = {
        scope
        for methods in description()["paths"].values()
        for operation in methods.values()
        for scope in operation["security"][0]["apiKey"]
    }

    assert used <= SCOPES
    assert SCOPES - used <= {"team:write"}, "a scope nobody asks for"


def test_documents_of_the_repository_are_what_the_code_produces():
    call_command("openapi", check=True)


def test_command_writes_both_documents_and_notices_a_difference(tmp_path):
    with pytest.raises(CommandError, match="make openapi"):
        call_command("openapi", check=True, directory=tmp_path)
    call_command("openapi", directory=tmp_path)
    call_command("openapi", check=True, directory=tmp_path)

    assert (tmp_path / "openapi.yaml").read_bytes() == (ROOT / "docs" / "openapi.yaml").read_bytes()
    (tmp_path / "api.md").write_text("# Something else", encoding="utf-8")
    with pytest.raises(CommandError, match="Something else"):
        call_command("openapi", check=True, directory=tmp_path)
