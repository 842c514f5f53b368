"""What clients send, checked: items, ids, versions, pages."""

import base64
import json
import re
import unicodedata
import uuid

from problem import Problem, invalid, missing

MAX_BODY_BYTES = 16 * 1024
MAX_TITLE, MAX_DESCRIPTION, MAX_DURATION_SECONDS = 200, 2000, 24 * 60 * 60
DEFAULT_LIMIT, MAX_LIMIT = 25, 100
FIELDS = ("title", "description", "durationSeconds")


def draft(body):
    """The fields of an item that a client sets; those that are absent or null are left out."""
    if len((body or "").encode()) > MAX_BODY_BYTES:
        raise Problem(413, "BodyTooLarge", f"The body may have {MAX_BODY_BYTES} bytes.")
    try:
        fields = json.loads(body or "")
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise invalid("The body must be a JSON object.")
    if not fields.keys() <= set(FIELDS):
        raise invalid(f"The body has an unknown field; known are {', '.join(FIELDS)}.")
    fields = {name: value for name, value in fields.items() if value is not None}
    title = text(fields, "title", MAX_TITLE)
    if not title.strip() or any(unicodedata.category(char) == "Cc" for char in title):
        raise invalid("title must be one line that is not blank.")
    text(fields, "description", MAX_DESCRIPTION)
    duration = fields.get("durationSeconds", 1)
    # True is an int in Python, but not in JSON.
    if type(duration) is not int or not 1 <= duration <= MAX_DURATION_SECONDS:
        raise invalid(f"durationSeconds must be an integer from 1 to {MAX_DURATION_SECONDS}.")
    return fields


def text(fields, name, most):
    """A field's text, empty without one. JSON can write halves of characters; those are no text."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > most or re.search("[\ud800-\udfff]", value):
        raise invalid(f"{name} must be a string of at most {most} characters.")
    return value


def item_id(event):
    """The id in the path. What is no id names no item."""
    given = event["pathParameters"]["id"]
    try:
        if str(uuid.UUID(given)) == given:
            return given
    except ValueError:
        pass
    raise missing()


def if_match(event):
    """The version that a client has seen, from If-Match; None without one."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    tag = headers.get("if-match")
    if tag is None:
        return None
    found = re.fullmatch('"([1-9][0-9]{0,14})"', tag)
    if not found:
        raise invalid('If-Match must be the ETag of an earlier answer, such as "1".')
    return int(found[1])


def page(event):
    """How many items are wanted, and the id after which."""
    query = event.get("queryStringParameters") or {}
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise invalid(f"limit must be an integer from 1 to {MAX_LIMIT}.")
    token = query.get("nextToken")
    return int(limit), None if token is None else id_after(token)


def next_token(last_id):
    """Clients pass it back and need not know that it is an id."""
    return base64.urlsafe_b64encode(uuid.UUID(last_id).bytes).rstrip(b"=").decode()


def id_after(token):
    if not re.fullmatch("[A-Za-z0-9_-]{22}", token):
        raise invalid("nextToken must be that of an earlier answer.")
    return str(uuid.UUID(bytes=base64.urlsafe_b64decode(token + "==")))
