"""`steelyard ui`: the desk in this terminal, until interrupted; the same as `steelyard up --foreground`."""

from typing import Any

from flows.commands.up import open_desk


def serve_ui(port: int, reports_port: int | None = None) -> dict[str, Any]:
    """Raises: ConfigError when there are no deployments, or the server does not start."""
    return open_desk(port, foreground=True, as_json=False, reports_port=reports_port)
