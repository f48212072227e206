"""Opening the socket: as the library connects, but a server that hangs up is noticed at once."""

import asyncio
import contextlib
from typing import Any

from tasks.brokers.ibkr.settings import IbkrSettings


async def shake_hands(client: Any, chosen: IbkrSettings, patience_s: float) -> None:
    """Raises: OSError or TimeoutError, and then nothing is connected; nor is it when the caller is cancelled."""
    hung_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hang_up(words: str) -> None:
        if not hung_up.done():
            hung_up.set_exception(ConnectionResetError(words))

    client.apiError += hang_up
    opening = asyncio.ensure_future(client.connectAsync(chosen.host, chosen.port, chosen.client_id, patience_s))
    try:
        await asyncio.wait({opening, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if hung_up.done() and not opening.done():
            opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
        if hung_up.done():
            hung_up.result()
    except BaseException:
        opening.cancel()
        client.disconnect()
        raise
    finally:
        client.apiError -= hang_up
        if hung_up.done():
            hung_up.exception()
