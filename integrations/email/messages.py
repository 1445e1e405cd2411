"""From our values to the bytes that travel: a message with a text and an HTML side."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from integrations.email.types import Mail
from kernel import clocks

PLAIN = SMTP.clone(max_line_length=200, utf8=False)


def build(mail: Mail, sender: str) -> EmailMessage:
    """Return a message of the address `sender`. Raises ValueError for a header no message can carry.

    It says of itself that a machine wrote it (RFC 3834), so that no absence note comes back.
    """
    message = EmailMessage(policy=PLAIN)
    user, _at, domain = sender.rpartition("@")
    message["From"] = Address(_one_line(mail.sender_name), user, domain)
    message["To"] = Address("", *_halves(mail.to))
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(clocks.now())
    message["Message-ID"] = f"<{mail.tag}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = mail.language  # set before, it would move into the first part
    return message


def _halves(address: str) -> tuple[str, str]:
    user, _at, domain = address.rpartition("@")
    if not user or not domain or not address.isascii() or not address.isprintable() or " " in address:
        message = "no address of plain mail"
        raise ValueError(message)
    return user, domain


def _one_line(text: str) -> str:
    return " ".join(text.split())
