"""The function starts with all of its settings, or says which one is wrong."""

import importlib
import sys

import pytest

SETTINGS = {
    "TABLE_NAME": "StreamItems", "TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:StreamUpdates",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def start(monkeypatch, **settings):
    for name in (*SETTINGS, "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("app", None)
    return importlib.import_module("app")


@pytest.mark.parametrize("level, logs", [({}, True), ({"LOG_LEVEL": "ERROR"}, False)])
def test_it_starts(monkeypatch, level, logs):
    app = start(monkeypatch, **SETTINGS, **level)
    assert app.API.store.table.name == "StreamItems"
    assert app.API.topic.arn == SETTINGS["TOPIC_ARN"] and app.API.log_requests is logs


@pytest.mark.parametrize("name", ["TABLE_NAME", "TOPIC_ARN"])
@pytest.mark.parametrize("value", [None, ""])
def test_it_says_what_is_not_set(monkeypatch, name, value):
    settings = SETTINGS | {name: value}
    with pytest.raises(RuntimeError, match=name):
        start(monkeypatch, **{name: value for name, value in settings.items() if value is not None})


def test_it_knows_its_log_levels(monkeypatch):
    with pytest.raises(RuntimeError, match="LOG_LEVEL is LOUD"):
        start(monkeypatch, **SETTINGS, LOG_LEVEL="LOUD")
