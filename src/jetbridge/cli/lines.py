"""Log records in, lines for the terminal out: the time of day and the message."""

import logging
import time

__all__ = ["Lines"]


class Lines(logging.Formatter):
    """Formats a record as `12:30:45  message`, with its traceback below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s  %(message)s", "%H:%M:%S")
        self._second = 0
        self._text = ""

    def format(self, record: logging.LogRecord) -> str:
        """As logging does it, in one step where there is no traceback."""
        if record.exc_info or record.exc_text or record.stack_info:
            return super().format(record)
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        return self.formatMessage(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # logging's
        """The time of day."""
        return self.clock(record.created)

    def clock(self, at: float) -> str:
        """The time of day of `at`, seconds since 1970; written out once a second, for there are many lines in one."""
        second = int(at)
        if second != self._second:
            self._second, self._text = second, time.strftime("%H:%M:%S", time.localtime(second))
        return self._text
