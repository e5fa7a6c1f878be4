"""A file that only one process at a time holds; a process that is killed holds nothing."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import TextIO

logger = logging.getLogger(__name__)


def locked_file(path: Path, busy: str) -> TextIO:
    """Make ``path`` and hold it until the returned file is closed.

    Parameters
    ----------
    busy:
        What to say if another process holds it.

    Raises
    ------
    OSError
        With ``busy``, or if the file cannot be made.
    """
    while True:
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise OSError(busy) from None
        except OSError as error:
            # Some network disks have no locks.
            logger.warning("%s cannot be locked (%s): start no other run into it", path.parent, error.strerror)
            return file
        # A run that came to its end may have removed the file between the opening and the locking.
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()
