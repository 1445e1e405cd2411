import json

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command
from django.db import connection

from conversations.models import Outlet
from kernel import crypto


def stored(outlet_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM conversations_outlet WHERE id = %s", [outlet_id])
        return cursor.fetchone()[0]


def test_the_database_never_sees_the_secret(northside):
    assert "token-of-the-tests" not in stored(northside.outlet_id)
    assert Outlet.objects.get(id=northside.outlet_id).access_token == "token-of-the-tests"


def test_a_changed_ciphertext_is_refused_not_read(northside):
    sealed = crypto.seal("secret")
    with pytest.raises(InvalidToken):
        crypto.unseal(sealed[:-4] + "AAAA")


def test_a_new_first_key_takes_over_and_the_old_one_can_go(northside, settings, capsys):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    assert Outlet.objects.get(id=northside.outlet_id).access_token == "token-of-the-tests"
    call_command("reseal_secrets", "--json")
    assert json.loads(capsys.readouterr().out)[northside.schema] == 1
    settings.ENCRYPTION_KEYS = [new]
    assert Outlet.objects.get(id=northside.outlet_id).access_token == "token-of-the-tests"
    settings.ENCRYPTION_KEYS = [old]
    with pytest.raises(InvalidToken):
        Outlet.objects.get(id=northside.outlet_id)
