"""The Heist: clumsy players, and those who want points without a theft or a fix."""

import io
import json
import re
import shutil
import socket
import subprocess
import zipfile

import pytest
from arena import RANGE, Range, arena  # noqa: F401 (a fixture)
from conftest import BINARY, Cloud

FLAG = re.compile(r"HEIST\{[^}…]+\}")


def steal(arena):
    """What is to be read of H01, and the mark that is to be left there."""
    url = arena.env("thief", "H01")["API_URL"]
    flag = FLAG.search(arena.cloud.admin.curl(f"{url}/stream").body).group(0)
    arena.cloud.admin.curl("-X", "POST", "-d", '{"title": "x"}', f"{url}/stream")
    return flag


def lock(arena, kind):
    """Sets what H01's methods ask for, as the owner."""
    account = arena.env("owner", "H01")["HEIST_ACCOUNT_ID"]
    owner = arena.keys("owner", "H01")
    api = owner.client("apigateway")
    rest = api.get_rest_apis()["items"][0]["id"]
    stream = next(it["id"] for it in api.get_resources(restApiId=rest)["items"] if it["path"] == "/stream")
    for method in ("GET", "POST"):
        change = {"op": "replace", "path": "/authorizationType", "value": kind}
        api.update_method(restApiId=rest, resourceId=stream, httpMethod=method, patchOperations=[change])
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"arn:aws:execute-api:*:{account}:{rest}/*"}
    owner.client("iam").put_role_policy(
        RoleName="CustomerRole", PolicyName="call",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    api.create_deployment(restApiId=rest, stageName="prod")


def code(text):
    """The ZIP file of a function's code."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", text)
    return packed.getvalue()


def total(told):
    return told["score"]["theft"] - told["score"]["hints"] + told["score"]["fix"]


def door(arena, verb, until):
    """Orders something at the operator's door; reads on until it has been told all of these."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(arena.cloud.data / "admin.sock"))
    order = {"team": "player", "scenario": "H01", "verb": verb}
    line.sendall(json.dumps(order).encode() + b"\n")
    waiting = list(until)
    for told in line.makefile():
        waiting = [text for text in waiting if text not in told]
        if not waiting:
            return line
    raise AssertionError(f"it ended without {waiting}")


def test_what_the_owner_reads_is_no_theft(arena):
    arena.play("H01")
    owner = arena.keys("owner", "H01")
    items = owner.client("dynamodb").scan(TableName="StreamItems")["Items"]
    flag = FLAG.search(json.dumps(items)).group(0)
    key = owner.client("iam").create_user(UserName="puppet") and owner.client("iam").create_access_key(
        UserName="puppet")["AccessKey"]
    owner.client("iam").attach_user_policy(
        UserName="puppet", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    puppet = arena.keys("owner", "H01")
    puppet = type(puppet)(arena.cloud, key["AccessKeyId"], key["SecretAccessKey"])
    assert flag in json.dumps(puppet.client("dynamodb").scan(TableName="StreamItems")["Items"])
    told, well = arena.play("submit", flag, check=False)
    assert not well and "nobody has stolen it" in told, told
    assert total(arena.play("status")[0]) == 0
    assert arena.play("explain")[0]["thefts"] == []
    assert steal(arena) == flag
    told, well = arena.play("submit", flag)
    assert well and told["goals"] == ["read"]
    arena.play("quit")


def test_what_the_range_does_gives_nothing_away(arena):
    """Its own attacks are nobody's: they show no flag, reach no goal, and are no theft."""
    arena.play("H01")
    for verb in ("verify", "detonate"):
        told, _ = arena.play(verb)
        assert not FLAG.search(json.dumps(told, ensure_ascii=False)), told
    status, _ = arena.play("status")
    assert not any(goal["reached"] for goal in status["goals"]), status
    assert arena.play("explain")[0]["thefts"] == []
    arena.play("apply", "solution")
    told, fixed = arena.play("verify")
    assert fixed and total(told) == 0, "the fix was not the player's"
    assert "applied the fix solution" in json.dumps(arena.play("debrief")[0]["account"]["timeline"])
    arena.play("quit")


def test_points_are_not_farmed(arena):
    arena.play("H01")
    flag = steal(arena)
    assert total(arena.play("submit", flag)[0]) == 100
    assert total(arena.play("submit", flag)[0]) == 100
    lock(arena, "AWS_IAM")
    assert total(arena.play("verify")[0]) == 250
    assert total(arena.play("verify")[0]) == 250
    for _ in range(3):
        told, _ = arena.play("hint")
        assert told["cost"] == 0, "nothing is left to steal"
    lock(arena, "NONE")
    assert total(arena.play("verify")[0]) == 100, "what is undone is worth nothing"
    debrief, _ = arena.play("debrief")
    assert debrief["undone"] and not debrief["account"]["fixed"]
    lock(arena, "AWS_IAM")
    assert total(arena.play("verify")[0]) == 250
    arena.play("quit")


def test_what_comes_after_a_proof_does_not_undo_it(arena):
    """It is said, and the next proof judges it; the points follow the last proof all along."""
    arena.play("H01")
    flag = steal(arena)
    arena.play("submit", flag)
    lock(arena, "AWS_IAM")
    arena.play("verify")
    debrief, _ = arena.play("debrief")
    account = debrief["account"]
    assert account["fixed"] and account["changed"] is None and not debrief["undone"]
    keys = arena.keys("owner", "H01").client("iam")
    keys.create_user(UserName="forgotten")
    debrief, _ = arena.play("debrief")
    assert debrief["account"]["fixed"] == account["fixed"] and debrief["score"]["fix"] == 150
    assert debrief["account"]["changed"]["what"] == "iam:CreateUser on forgotten"
    assert "heist play verify" in " ".join(debrief["next_steps"])
    lock(arena, "NONE")
    assert steal(arena) == flag
    debrief, _ = arena.play("debrief")
    assert [it["order"] for it in debrief["account"]["thefts"]] == ["before", "after"]
    assert debrief["account"]["fixed"] and not debrief["undone"], "no proof has judged it yet"
    lock(arena, "AWS_IAM")
    arena.play("verify")
    debrief, _ = arena.play("debrief")
    assert [it["order"] for it in debrief["account"]["thefts"]] == ["before", "between"]
    assert debrief["account"]["changed"] is None and debrief["score"]["fix"] == 150
    arena.play("quit")


def test_a_debrief_shows_the_policy_of_an_api(arena):
    arena.play("H01")
    owner = arena.keys("owner", "H01")
    api = owner.client("apigateway")
    rest = api.get_rest_apis()["items"][0]["id"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Sid": "OursOnly", "Effect": "Allow", "Principal": {"AWS": arena.env("owner", "H01")["HEIST_ACCOUNT_ID"]},
        "Action": "execute-api:Invoke", "Resource": "*"}]}
    api.update_rest_api(restApiId=rest, patchOperations=[
        {"op": "replace", "path": "/policy", "value": json.dumps(policy)}])
    changes = {it["title"]: it["diff"] for it in arena.play("debrief")[0]["changes"]}
    assert "OursOnly" in changes["The APIs and their policies"], changes
    owner.client("lambda").update_function_code(FunctionName="StreamAPI", ZipFile=code("# nothing"))
    changes = {it["title"]: it["diff"] for it in arena.play("debrief")[0]["changes"]}
    assert "StreamAPI" in changes["The functions and their code"], changes
    arena.play("quit")


def test_hints_cost_what_they_say(arena):
    arena.play("H01")
    status, _ = arena.play("status")
    assert status["next_hint"] == 0 and "as the thief" in status["next"]
    costs = [arena.play("hint")[0]["cost"] for _ in range(3)]
    assert costs == [0, 10, 20]
    assert "no more hints" in arena.play("hint", check=False)[0]
    assert total(arena.play("submit", steal(arena))[0]) == 70
    status, _ = arena.play("status")
    assert "change sides" in status["next"] and status["next_hint"] is None
    for nothing in ("", "  "):
        told, well = arena.play("submit", nothing, check=False)
        assert not well and "that is nothing" in told
    arena.play("quit")


def test_a_game_goes_on_until_it_is_begun_again(arena):
    first, _ = arena.play("H01")
    done = arena.cloud.heist("play", "H01")
    assert first["recon"]["ApiUrl"] in done.stdout and "heist play H01 --again" in done.stdout
    again, _ = arena.play("H01")
    assert again["accounts"] != first["accounts"]
    told, well = arena.play("status", "--scenario", "H99", check=False)
    assert not well and "H99 is not being played; what is: H01" in told
    assert "repeat `eval`" in arena.cloud.heist("play", "reset").stdout
    arena.play("quit")


def test_many_proofs_at_once(arena):
    arena.play("H01")
    command = [BINARY, "play", "verify", "--json", "--data", str(arena.cloud.data)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(20)]
    findings = [json.loads(it.communicate(timeout=180)[0])["finding"] for it in running]
    assert findings == ["open"] * 20
    assert arena.play("explain")[0]["thefts"] == []
    arena.play("quit")


def test_a_crash_in_the_middle(tmp_path):
    """Of a set-up it leaves no game and no account; of a proof no theft."""
    cloud = Cloud(tmp_path)
    arena = Range(cloud)
    line = door(arena, {"again": "H01"}, ["deploying"])
    cloud.kill()
    line.close()
    cloud.start()
    told, well = arena.play("brief", check=False)
    assert not well and "H01 is not set up" in told
    assert arena.cloud.heist("play", "H01").returncode == 0
    org = cloud.admin.client("organizations")
    names = sorted(it["Name"] for it in org.list_accounts()["Accounts"] if it["Name"].startswith("range"))
    assert names == ["range thief", "range victim"]
    line = door(arena, "verify", ["A.unsigned-read", "A.unsigned-write"])
    cloud.kill()
    line.close()
    cloud.start()
    assert arena.play("explain")[0]["thefts"] == []
    status, _ = arena.play("status")
    assert not any(goal["reached"] for goal in status["goals"])
    assert total(arena.play("submit", steal(arena))[0]) > 0, "what is done afterwards counts"
    cloud.stop()


def test_a_client_that_goes_away_changes_nothing(arena):
    arena.play("H01")
    door(arena, "verify", ["round 1"]).close()
    told, _ = arena.play("verify")
    assert told["finding"] == "open"
    debrief, _ = arena.play("debrief")
    proofs = [it for it in debrief["account"]["timeline"] if "an attack still works" in it["what"]]
    assert sum(it["times"] for it in proofs) == 2, "the one that nobody waited for was made, too"
    arena.play("quit")


def own_scenario(folder, recon):
    """H01 under another name, with more for the thief to know."""
    shutil.copytree(RANGE / "H01", folder)
    path = folder / "scenario.yaml"
    text = path.read_text().replace("id: H01", f"id: {folder.name}", 1)
    path.write_text(text.replace("recon:\n", f"recon:\n  {recon}\n", 1))


@pytest.mark.parametrize("name", ["Path", "LdPreload", "AwsEndpointUrl", "BashEnv", '"A;id"', '"A B"', '"Ä"'])
def test_a_scenario_names_no_variable_that_steers(arena, tmp_path, name):
    own_scenario(tmp_path / "X02", f"{name}: /tmp/evil")
    told, well = arena.play(str(tmp_path / "X02"), check=False)
    assert not well and "X02/scenario.yaml:" in told and "name of a variable" in told, told


def test_a_shell_takes_texts_of_a_scenario_as_texts(arena, tmp_path):
    nasty = f"$(touch {tmp_path}/one)`touch {tmp_path}/two`'; touch {tmp_path}/three; '\" \\ $HOME"
    own_scenario(tmp_path / "X03", f"MottoText: {json.dumps(nasty)}")
    arena.play(str(tmp_path / "X03"), "--again")
    exports = arena.cloud.heist("play", "env", "thief", "--scenario", "X03").stdout
    done = subprocess.run(
        ["sh", "-c", 'eval "$1"; printf %s "$MOTTO_TEXT"', "sh", exports], capture_output=True, text=True)
    assert done.stdout == nasty and not list(tmp_path.glob("[ot][nwh]*"))
    arena.play("quit", "--scenario", "X03")


def test_a_debrief_tells_what_was_done(arena, tmp_path):
    arena.play("H01")
    url = arena.env("thief", "H01")["API_URL"]
    arena.cloud.admin.curl(f"{url}/stream/<script>alert(1)<%2fscript>|x|%E2%80%AE")
    flag = steal(arena)
    arena.play("submit", flag)
    debrief, _ = arena.play("debrief")
    assert "verify" in " ".join(debrief["next_steps"]) and debrief["changes"] == []
    arena.play("explain")
    lock(arena, "AWS_IAM")
    arena.cloud.admin.curl(f"{url}/stream")
    arena.play("verify")
    debrief, _ = arena.play("debrief")
    account = debrief["account"]
    steps = [step.split(" ")[0] for step in account["thefts"][0]["path"]]
    assert steps == ["lambda:Invoke", "dynamodb:Scan"]
    order = [it["what"] for it in account["timeline"] if it["sort"] in ("theft", "mark")]
    assert [it for it in order if "took" in it or "proved" in it or "asked" in it] == [
        "GET /stream (execute-api): took the title that is not announced yet", "asked what had happened",
        "the fix is proved"]
    assert account["first_theft"] <= account["noticed"] <= account["fixed"]
    assert account["noticed_by"] == "the owner, with `apigateway:GetRestApis`", "who explains is not known"
    assert [it["what"] for it in account["tested"]["rows"]] == ["GET /stream (execute-api)"]
    assert account["working"][0] == 0 and len(account["withstood"]) == account["working"][1]
    assert account["unseen"] == account["hostile"] == 2
    mended = [(it["what"], it["times"]) for it in account["mended"]["rows"]]
    assert ("apigateway:CreateDeployment", 1) in mended and ("iam:PutRolePolicy", 1) in mended, mended
    assert not [what for what, _ in mended if ":Get" in what], mended
    titles = [change["title"] for change in debrief["changes"]]
    assert titles == ["GET /stream", "POST /stream", "Policies of CustomerRole"]
    bills = {name: dict((line[0], line[1]) for line in account[name]["lines"]) for name in ("attack", "defence")}
    assert bills["attack"]["dynamodb"] == 2, "a scan, and a title that was added"
    assert "dynamodb" not in bills["defence"], bills
    for name in ("debrief.html", "debrief.md"):
        arena.cloud.heist("play", "debrief", "--output", str(tmp_path / name))
        text = (tmp_path / name).read_text()
        assert "<script" not in text.replace("\\<", "") and flag not in text
        assert "\u202e" not in text and "http-equiv=\"refresh\"" not in text
        assert not re.search(r"(src|href)=\"?(http|//)", text)
    assert len((tmp_path / "debrief.html").read_text()) < 200_000
    arena.play("quit")
