"""What a driver's `open()` raises."""


class NotConnected(Exception):
    """No session could be opened: nothing was sent. `code` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code
