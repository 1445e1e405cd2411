"""`manage.py connect_outlet TENANT --account ID`: connect a WhatsApp number as the settings page does."""

import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations import actions, connecting
from integrations.whatsapp.types import NumberInfo
from kernel.actors import Actor, ActorKind
from kernel.errors import Refusal
from kernel.tenancy import tenant_context
from tenants.queries import tenant_by_slug

TOKEN = "WHATSAPP_ACCESS_TOKEN"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Asks the vendor at each step; what goes wrong is said in one sentence, with exit code 1."""

    help = f"Connect a WhatsApp number. The access token is read from ${TOKEN}, or asked for; never from the arguments."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("tenant", help="short name of the tenant")
        parser.add_argument("--account", required=True, help="WhatsApp Business Account ID")
        parser.add_argument("--number", default="", help="phone number ID; left out: list the account's numbers")
        parser.add_argument("--name", default="", help="what the number is called here")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """List the numbers, or connect one."""
        tenant = tenant_by_slug(options["tenant"])
        if tenant is None:
            message = f"There is no tenant {options['tenant']!r}."
            raise CommandError(message)
        token = os.environ.get(TOKEN) or getpass.getpass("Access token: ")
        with tenant_context(tenant.schema_name):
            try:
                self._connect(options, token)
            except Refusal as refusal:
                said = [str(one) for sentences in refusal.details.values() for one in sentences]
                raise CommandError(" ".join(dict.fromkeys([str(refusal.message), *said]))) from refusal

    def _connect(self, options: dict[str, Any], token: str) -> None:
        account, number_id = options["account"], options["number"]
        if not number_id:
            for number in connecting.find_numbers(waba_id=account, access_token=token):
                self._tell(number)
            return
        number = connecting.number_of(waba_id=account, phone_number_id=number_id, access_token=token)
        outlet_id = actions.create_outlet(
            name=options["name"] or number.verified_name,
            phone_number_id=number.id,
            display_phone_number=number.display_phone_number,
            waba_id=account,
            access_token=token,
            actor=Actor(ActorKind.OPERATOR, "connect_outlet"),
        )
        self.stdout.write(f"Connected {number.display_phone_number} as {outlet_id}")
        problem = connecting.subscribe(waba_id=account, access_token=token)
        self.stdout.write(problem or "The vendor sends its webhooks: write to the number from a phone.")

    def _tell(self, number: NumberInfo) -> None:
        words = (number.id, number.display_phone_number, number.verified_name, number.quality, number.status)
        self.stdout.write("  ".join(words))
