"""The files of the production shape, as far as they can be held to the code without a container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from config.environment import ROOT
from kernel.events.stream import PATHS

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("redress:")}


def test_every_process_of_the_product_is_there():
    assert set(OURS) == {
        "prepare", "web", "live", "ingest", "dispatcher", "worker-send", "worker-default", "beat", "health",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_images_of_others_are_pinned(name):
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.search(r"\d+\.\d+", tag), SERVICES[name]["image"]


def test_bases_are_pinned_and_the_same():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert set(bases) == {bases[0]}
    assert re.fullmatch(r"python:3\.1[12]\.\d+-slim-\w+", bases[0])


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health():
    after_user = DOCKERFILE.rpartition("\nUSER redress\n")[2]
    assert "HEALTHCHECK" in after_user
    assert "RUN" not in after_user
    for one in OURS.values():
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_exist(name):
    command = OURS[name].get("command", ["granian"])
    if command[:2] == ["python", "manage.py"]:
        assert command[2] in get_commands()
    elif command[:2] == ["python", "-m"]:
        assert (ROOT / command[2].replace(".", "/")).with_suffix(".py").is_file()
    else:
        assert command[0] in {"celery", "granian"}


def test_each_task_queue_has_a_worker():
    served = {
        queue
        for one in OURS.values()
        if "-Q" in one.get("command", [])
        for queue in one["command"][one["command"].index("-Q") + 1].split(",")
    }
    assert served == set(settings.TASK_QUEUES)


def test_the_proxy_sends_to_live_what_live_answers():
    [live] = re.findall(r"@live path (.+)", (ROOT / "infra" / "Caddyfile").read_text())
    assert set(live.split()) == {"/ws/*", "/webhooks/*", *PATHS}


def test_what_the_composition_asks_for_is_described():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    told = (ROOT / "docs" / "deploy.md").read_text() + (ROOT / ".env.example").read_text()
    assert {name for name in asked if name not in told} <= {"REDRESS_VERSION", "CERTIFICATES"}


def test_secrets_and_data_stay_out_of_the_image():
    ignored = set(Path(ROOT / ".dockerignore").read_text().split())
    assert {".git", "var", ".env*", "**/tests", ".venv", "node_modules"} <= ignored
