"""What holds for all tests."""

from hypothesis import settings

# Machines differ in speed; what a test finds must not.
settings.register_profile("firebreak", deadline=None)
settings.load_profile("firebreak")
