"""Whether a kept connection still lives, without a question to the server for each request.

A server that ends a connection says so, and then its socket has something to read. What ends
without a word (a cable, a machine) is found by asking, as Django does for every request: here
after a pause, since a connection that answered a moment ago is as good as one that is asked.
"""

import select
import time

from django.db.backends.postgresql import base
from psycopg import Error as DatabaseError
from psycopg.pq import TransactionStatus

# A connection that has rested for longer is asked.
RESTS_SECONDS = 5.0
FAILED = {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that failed is closed, as ever, and the next request has another one."""

    # When it was looked at last: what came after it in that request was answered, or it is closed.
    looked_at = 0.0

    def is_usable(self) -> bool:
        now = time.monotonic()
        rested, self.looked_at = now - self.looked_at, now
        if rested < RESTS_SECONDS and self.connection is not None and self._is_quiet():
            return True
        return bool(super().is_usable())

    def _is_quiet(self) -> bool:
        """Nothing was said unasked, as an end would be; and no transaction of it has failed."""
        try:
            if self.connection.info.transaction_status in FAILED:
                return False
            return not select.select([self.connection.fileno()], [], [], 0)[0]
        except (OSError, ValueError, DatabaseError):
            return False
