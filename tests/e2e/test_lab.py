"""The guided lab: heist lab, from the first step to the last, by itself and by hand."""

import json
import os
import stat
import subprocess

import pytest
from conftest import ACCOUNT, BINARY, REGION, VENV, Cloud, eventually, trust

PATH = f"{VENV}:{os.environ['PATH']}"
BUILD = ["who", "table", "topic", "inbox", "too-early", "role", "function", "invoke", "api",
         "methods", "deploy", "permission", "wrong-path", "crud"]
SECURE = ["lock-draft", "lock", "stranger", "customer", "narrow", "key", "encrypt", "use-key"]
PROVE = ["stateless", "two-permissions", "either-or-both", "deny-wins", "wiretap", "key-policy",
         "fan-out", "at-least-once", "who-did-it", "scan"]


class Student:
    """Somebody at a shell of an instance's machine."""

    def __init__(self, folder):
        self.cloud, self.folder = Cloud(folder), folder / "work"
        self.folder.mkdir()
        (folder / "bin").mkdir()
        (folder / "bin/heist").symlink_to(BINARY.resolve())
        self.path = f"{folder / 'bin'}:{PATH}"

    def lab(self, *arguments, well=True):
        """Runs `heist lab`; gives all it printed."""
        # All of it at once takes a minute, and several on a machine that does more.
        done = self.cloud.admin.run(
            BINARY, "lab", *arguments, "--data", self.cloud.data, check=False, timeout=600,
            env={"PATH": PATH})
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == well, f"{arguments}: {done.returncode}\n{said}"
        assert "\x1b" not in said, "colours go to terminals only"
        return said

    def lines(self, *arguments, **options):
        return [json.loads(line) for line in self.lab(*arguments, "--json", **options).splitlines()]

    def current(self):
        return self.lines()[0].get("id")

    def go_to(self, step):
        """Does the steps before this one."""
        while self.current() != step:
            self.lab("run")

    def shell(self, script):
        """Types commands into a new shell, set up as the lab says."""
        script = f'eval "$(heist env)"\neval "$(heist lab env)"\n{script}'
        env = {"PATH": self.path, "HEIST_DATA": str(self.cloud.data), "AWS_PAGER": "",
               "HOME": str(self.cloud.home)}
        done = subprocess.run(["sh", "-eu", "-c", script], env=env, cwd=self.folder,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def failure(self, *words, verb=("check",)):
        """Expects the check to fail, and the coach to say these words."""
        said = " ".join(self.lab(*verb, well=False).split())
        for word in words:
            assert word in said, f"{word!r} is not in: {said}"


@pytest.fixture
def student(tmp_path):
    student = Student(tmp_path)
    yield student
    student.cloud.stop()


def test_the_whole_lab_by_itself(student):
    lines = student.lines("run", "--unattended")
    assert lines.pop() == {"finished": True, "steps": len(lines)}
    assert [line["step"] for line in lines] == BUILD + SECURE + PROVE
    for line in lines:
        assert line["ok"] is True and line["failure"] is None and line["seen"], line
    kept = student.cloud.data / "lab.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    student.cloud.kill()
    student.cloud.start()
    assert student.lines() == [{"finished": True, "steps": len(lines)}]
    assert all(step["done"] for step in student.lines("list")[0]["steps"])
    (found,) = student.lines("env")
    client = student.cloud.admin.client
    (api,) = client("apigateway").get_rest_apis()["items"]
    assert found["API_ID"] == api["id"] and found["ACCOUNT_ID"] == ACCOUNT

    (removed,) = student.lines("reset")
    assert all(one["problem"] is None for one in removed["removed"]), removed
    for service, operation, member in [
        ("apigateway", "get_rest_apis", "items"), ("dynamodb", "list_tables", "TableNames"),
        ("kms", "list_aliases", "Aliases"), ("lambda", "list_functions", "Functions"),
        ("logs", "describe_log_groups", "logGroups"), ("sns", "list_subscriptions", "Subscriptions"),
        ("sns", "list_topics", "Topics"), ("sqs", "list_queues", "QueueUrls"),
    ]:
        eventually(lambda: not getattr(client(service), operation)().get(member), member)
    assert client("iam").list_roles()["Roles"] == []
    for key in client("kms").list_keys()["Keys"]:
        state = client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
        assert state == "PendingDeletion"
    assert student.current() == "who" and student.lines("env") == [{}]
    assert not (student.cloud.data / "lab").exists()


def test_by_hand_the_coach_says_what_is_wrong(student):
    said = student.lab()
    assert "Find out who you are" in said and "heist lab check" in said
    assert len(said.splitlines()) < 25, "a wall of text"
    student.lab("check")
    student.failure("no table StreamItems yet")
    student.go_to("too-early")
    student.failure("Type the command although it fails")
    student.go_to("permission")

    # Without the permission, and with one for another path.
    student.failure("lambda:InvokeFunction to apigateway.amazonaws.com", "aws:SourceArn",
                    f"arn:aws:execute-api:{REGION}:{ACCOUNT}:", "/prod/*/stream")
    add = ("aws lambda add-permission --function-name StreamAPI --statement-id api --action "
           "lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn "
           "arn:aws:execute-api:$AWS_REGION:$ACCOUNT_ID:$API_ID/prod/*/")
    student.shell(add + "streams")
    student.failure("another source ARN")
    assert "heist explain" in student.lab("hint")

    # What was found is still there after a restart, for another shell to go on with.
    student.cloud.kill()
    student.cloud.start()
    assert student.current() == "permission"
    student.shell("aws lambda remove-permission --function-name StreamAPI --statement-id api")
    student.shell(add + "stream")
    assert "ok  GET lists the items" in student.lab("check")

    # Each of the three things that a new route needs, missing in turn.
    student.go_to("crud")
    (shown,) = student.lines("show", "crud")
    resource, rest = shown["run"].split("aws apigateway create-deployment")
    deploy, rest = rest.split("aws lambda add-permission")
    permission, role = rest.split("aws iam put-role-policy")
    student.shell(resource)
    student.failure("deployed before the route was made")
    student.shell("aws apigateway create-deployment" + deploy)
    student.failure("covers /stream alone")
    student.shell("aws lambda add-permission" + permission)
    student.failure("LambdaRole lacks dynamodb:GetItem", "the function's own")
    student.shell("aws iam put-role-policy" + role)
    student.lab("check")

    student.go_to("lock")
    student.failure("changed the draft alone")
    student.go_to("customer")
    student.failure("does not cover this method and path")
    student.go_to("narrow")
    student.failure("still covers other tables")
    student.go_to("use-key")
    student.failure("kms:GenerateDataKey* and kms:Decrypt on arn:aws:kms:")
    student.lab("run")

    assert student.current() == "stateless"
    student.failure("is a question", verb=("check",))
    student.failure("the choices are a, b, c", verb=("answer", "z"))
    student.failure("each copy has its own variable", verb=("answer", "a"))
    said = student.lab("answer", "b")
    assert "Right." in said and "three copies, and each counted to 1" in said
    functions = student.cloud.admin.client("lambda").list_functions()["Functions"]
    assert [one["FunctionName"] for one in functions] == ["StreamAPI"]
    assert student.current() == "two-permissions"


def test_a_reset_leaves_alone_what_the_lab_did_not_make(student):
    client = student.cloud.admin.client
    client("dynamodb").create_table(
        TableName="StreamItems", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "mine", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "mine", "AttributeType": "S"}])
    client("iam").create_role(RoleName="CustomerRole", AssumeRolePolicyDocument=trust("lambda"))
    assert student.current() == "who"
    assert json.loads((student.cloud.data / "lab.json").read_text())["found"] == ["stranger", "table"]
    student.failure("Table already exists: StreamItems", verb=("run", "--unattended"))

    def reset():
        said = student.lab("reset")
        assert "the table StreamItems: was there before the lab" in said, said
        assert client("dynamodb").list_tables()["TableNames"] == ["StreamItems"]
        assert [role["RoleName"] for role in client("iam").list_roles()["Roles"]] == ["CustomerRole"]

    reset()
    # Now the lab makes one of its own, which goes again.
    client("dynamodb").delete_table(TableName="StreamItems")
    eventually(lambda: not client("dynamodb").list_tables()["TableNames"], "no table")
    (student.cloud.data / "lab.json").unlink()
    student.go_to("inbox")
    assert client("sns").list_topics()["Topics"]
    student.lab("reset")
    eventually(lambda: not client("dynamodb").list_tables()["TableNames"], "no table")
    assert not client("sns").list_topics().get("Topics")
    assert [role["RoleName"] for role in client("iam").list_roles()["Roles"]] == ["CustomerRole"]


def test_without_an_instance_it_says_how_to_start_one(student, tmp_path):
    env = {"PATH": PATH, "HOME": str(tmp_path)}
    command = [BINARY, "lab", "check", "--data", tmp_path / "nothing"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 1 and "heist up" in done.stderr
    student.cloud.kill()
    said = student.lab("check", well=False)
    assert "start it with: heist up" in said
    student.cloud.start()
    student.lab("check")


def test_a_file_of_a_step_is_printed(student):
    assert "def lambda_handler" in student.lab("file", "app.py")
    assert "no step uses a file" in student.lab("file", "passwd", well=False)
