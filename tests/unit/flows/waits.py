"""Used as a program: waits until it is interrupted; a deaf one longer, whatever it is told.

Once it waits, a file that it is given is called by its process number.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

hears, file = sys.argv[1:]
if hears == "deaf":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
Path(f"{file}.{os.getpid()}").touch()
with contextlib.suppress(KeyboardInterrupt):
    time.sleep(3600)
