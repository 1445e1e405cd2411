"""`var/demo.json`: addresses and logins of what `make run` started, for people, scripts and benchmarks."""

import json
from pathlib import Path
from typing import Any

from config.runtime import write_private
from config.stack import Stack


def seed_file(var: Path) -> Path:
    """Return the file in which the demo seed keeps the logins and keys it made; keys are stored nowhere else."""
    return var / "demo-logins.json"


def complete(stack: Stack) -> dict[str, Any]:
    """Write `var/demo.json` in one step and return what is in it."""
    seeded = json.loads(seed_file(stack.runtime.var).read_text(encoding="utf-8"))
    base = f"http://localhost:{stack.port}"
    document = {
        "base_url": base,
        "operator": seeded["operator"],
        "whatsapp": {
            "app_secret": stack.runtime["WHATSAPP_APP_SECRET"],
            "verify_token": stack.runtime["WHATSAPP_VERIFY_TOKEN"],
            "webhook_url": stack.webhook_url,
            "graph_url": stack.runtime["WHATSAPP_GRAPH_URL"],
        },
        "mail": {"outbox_url": stack.outbox_url},
        "tenants": [
            {**tenant, "url": f"http://{tenant['slug']}.localhost:{stack.port}"} for tenant in seeded["tenants"]
        ],
    }
    write_private(stack.runtime.var / "demo.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return document


def announce(document: dict[str, Any]) -> str:
    """Return the lines for the terminal."""
    lines = [f"Redress is ready: {document['base_url']}", ""]
    for tenant in document["tenants"]:
        lines.append(f"  {tenant['url']}/inbox/")
        lines += [f"    {user['role']:<7}{user['email']}  {user['password']}" for user in tenant["users"]]
    operator = document["operator"]
    lines += [f"  operator     {operator['email']}  {operator['password']}"]
    if document["mail"]["outbox_url"]:
        lines += [f"  mail         {document['mail']['outbox_url']}"]
    lines += ["", "  Customers write:  .venv/bin/python manage.py simulate     Stop: Ctrl-C"]
    return "\n".join(lines)
