"""How the server writes its log: one line an event, and an error's traceback without the values that were at hand."""

import structlog


def configure_log() -> None:
    """Lets the log show tracebacks as plain text.

    structlog's own way draws a table of all local variables of every frame where rich is installed: personal data would
    stand in the log, and one unexpected error kept the whole server from answering for minutes.
    """
    *prepared, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*prepared, plain])
