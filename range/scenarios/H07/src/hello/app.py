"""A first function, of the kind that the intern builds."""


def handler(event, context):
    return {"hello": event.get("name", "nobody")}
