"""Settings of all tests: properties are judged by what they find, never by how long a busy machine took."""

from hypothesis import settings

settings.register_profile("steelyard", deadline=None)
settings.load_profile("steelyard")
