"""What goes wrong, as clients are told."""


class Problem(Exception):
    """An answer that is not what was asked for; `code` is stable, `message` is for people."""

    def __init__(self, status, code, message):
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


def invalid(message):
    return Problem(400, "InvalidRequest", message)


def missing():
    return Problem(404, "NotFound", "There is no such item.")


def conflict():
    return Problem(412, "VersionConflict", "The item has changed; read it again.")


def busy():
    return Problem(503, "Busy", "There are too many requests; try again shortly.")
