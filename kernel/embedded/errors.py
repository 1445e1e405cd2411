"""What can go wrong with an embedded server."""


class EmbeddedServerError(Exception):
    """A server cannot be prepared or does not come up; the message is one sentence for the person at the terminal."""
