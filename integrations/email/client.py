"""Sending mail through the installation's SMTP server.

One connection per message, with the whole conversation under the installation's breaker. Until the final dot nothing
has been sent; after it a lost answer means that nobody knows, and such a message is never repeated here.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

from django.conf import settings

from integrations.breaker import Breaker
from integrations.email import errors
from integrations.email.addresses import server
from integrations.email.messages import build
from integrations.email.types import Mail, Server
from kernel.tenancy import PUBLIC

VENDOR = "email"
TIMEOUT = 15.0
"""Seconds for each step of the conversation."""
OK = range(200, 300)
GO_ON = 354
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_TROUBLE = (smtplib.SMTPException, OSError)


class EmailClient:
    """The installation's mail server. Cheap to make: it connects for each message."""

    def __init__(self, url: str = "", sender: str = "") -> None:
        """Take another server or sender than the settings name."""
        self._server = server(url or settings.EMAIL_URL)
        self._sender = sender or settings.EMAIL_FROM
        self._breaker = Breaker(VENDOR, PUBLIC)

    def send(self, mail: Mail) -> None:
        """Hand a message to the server. Raises VendorError: not sent, refused, or of unknown fate."""
        try:
            message = build(mail, self._sender)
        except ValueError as problem:
            raise errors.unfit(problem) from problem
        self._breaker.call(lambda: self._deliver(message, mail.to))

    def _deliver(self, message: EmailMessage, to: str) -> None:
        with _connection(self._server) as connection:
            _expect(OK, connection.mail(self._sender))
            _expect(OK, connection.rcpt(to))
            _expect(range(GO_ON, GO_ON + 1), connection.docmd("DATA"))
            answer = _hand_over(connection, message)
        _expect(OK, answer)


@contextmanager
def _connection(to: Server) -> Iterator[smtplib.SMTP]:
    try:
        connection = _open(to)
    except smtplib.SMTPResponseException as problem:
        raise errors.refused(problem.smtp_code, _bytes(problem.smtp_error)) from problem
    except _TROUBLE as problem:
        raise errors.not_reached(problem) from problem
    try:
        yield connection
    except _TROUBLE as problem:
        raise errors.not_reached(problem) from problem
    finally:
        with suppress(*_TROUBLE):  # the message's fate is known; a server that is rude at parting changes nothing
            connection.quit()
        connection.close()


def _open(to: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    name = socket.gethostname()
    if to.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(to.host, to.port, name, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(to.host, to.port, name, timeout=TIMEOUT)
    try:
        if to.security == "starttls":
            connection.starttls(context=context)
        if to.user:
            connection.login(to.user, to.password)
        connection.ehlo_or_helo_if_needed()
    except _TROUBLE:
        connection.close()
        raise
    return connection


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> tuple[int, bytes]:
    body = message.as_bytes(policy=SMTP.clone(cte_type="7bit"))
    try:
        connection.send(_LEADING_DOT.sub(b"..", body) + b"\r\n.\r\n")
        return connection.getreply()
    except _TROUBLE as problem:
        raise errors.lost(problem) from problem


def _expect(codes: range, answer: tuple[int, bytes]) -> None:
    code, said = answer
    if code not in codes:
        raise errors.refused(code, said)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()
