"""What every test of this folder needs."""

from tests.failures.session import plain_steps

__all__ = ["plain_steps"]
