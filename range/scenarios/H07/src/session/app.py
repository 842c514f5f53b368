"""What the intern before wrote: a function that hands out the session of the role that it wears."""

import os


def handler(event, context):
    names = {"id": "ACCESS_KEY_ID", "secret": "SECRET_ACCESS_KEY", "token": "SESSION_TOKEN"}
    return {name: os.environ[f"AWS_{variable}"] for name, variable in names.items()}
