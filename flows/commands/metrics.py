"""`steelyard metrics`: serves them until it is ended."""

from typing import Any

from rich.console import Console

from tasks.errors import ConfigError


def serve_metrics(port: int, *, as_json: bool) -> dict[str, Any]:
    """Until Ctrl-C. Raises: ConfigError for a port that cannot be had."""
    from flows.metrics import LOOPBACK, serve

    try:
        listens_at, thread = serve(port)
    except OSError as error:
        raise ConfigError(f"--port {port} cannot be had ({error.strerror}): take another one") from error
    Console(stderr=as_json).print(f"metrics at http://{LOOPBACK}:{listens_at}/metrics until Ctrl-C", soft_wrap=True)
    thread.join()
    return {"port": listens_at}
