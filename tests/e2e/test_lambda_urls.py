"""Lambda function URLs: boto3 and the AWS CLI set them up, curl and botocore's signer ask them, by host
(with TLS and AWS's own names) and by path; who may, who may not, and what is forgotten."""

import json
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from conftest import ACCOUNT, REGION, refused, unique
from test_isolation import member, user

ECHO = "import json\ndef handler(event, context):\n    return {'event': event, 'arn': context.invoked_function_arn}"
BOTH = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
FORBIDDEN = ("Forbidden. For troubleshooting Function URL authorization issues, see: "
             "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")


class Url:
    """The URL of a fresh function, or of its alias."""

    def __init__(self, cloud, auth_type, code=ECHO, function=None, alias=None, **options):
        self.cloud, self.client = cloud, cloud.admin.client("lambda")
        self.function = function or cloud.function(code)
        self.at = {"FunctionName": self.function} | ({"Qualifier": alias} if alias else {})
        self.made = self.client.create_function_url_config(AuthType=auth_type, **self.at, **options)
        self.host = self.made["FunctionUrl"].removeprefix("https://").rstrip("/")
        self.id = self.host.split(".")[0]

    def grant(self, principal, auth_type):
        """Both statements, as AWS's console makes them."""
        id = unique("grant")
        self.client.add_permission(
            StatementId=f"{id}-url", Action=BOTH[0], Principal=principal,
            FunctionUrlAuthType=auth_type, **self.at)
        self.client.add_permission(
            StatementId=f"{id}-run", Action=BOTH[1], Principal=principal,
            InvokedViaFunctionUrl=True, **self.at)

    def by_path(self, path="/"):
        return f"{self.cloud.endpoint}/_aws/lambda-url/{self.id}{path}"

    def by_host(self, path="/"):
        return f"http://{self.id}.lambda-url.{REGION}.localhost:{self.cloud.port}{path}"

    def curl(self, path="/", *arguments, keys=None, signed=None):
        return (keys or self.cloud.admin).curl(*arguments, self.by_path(path), signed=signed)

    def tls(self, path, *arguments, keys=None, signed=None):
        """curl to AWS's own name, led to this instance, with the local authority's certificate."""
        to = ["--cacert", self.cloud.ca, "--connect-to", f"{self.host}:443:127.0.0.1:{self.cloud.port}"]
        keys = keys or self.cloud.admin
        return keys.curl(*to, *arguments, f"https://{self.host}{path}", signed=signed)


def sign(keys, method, url, service="lambda", body=b"", headers=None):
    """A request to `url` signed by botocore, sent to the instance whatever the host."""
    request = AWSRequest(method, url, data=body, headers=headers or {})
    SigV4Auth(keys.session.get_credentials(), service, REGION).add_auth(request)
    where = urlsplit(url)
    request.headers["Host"] = where.netloc
    request.url = keys.cloud.endpoint + where._replace(scheme="", netloc="").geturl()
    return URLLib3Session().send(request.prepare())


@pytest.fixture(scope="module")
def foreign(cloud):
    """Another account: its id, and somebody who may do everything in it."""
    organizations = cloud.admin.client("organizations")
    with suppress(organizations.exceptions.AlreadyInOrganizationException):
        organizations.create_organization(FeatureSet="ALL")
    return member(cloud, unique("foreign"))


def test_an_open_url(cloud):
    url = Url(cloud, "NONE")
    got = url.curl()
    assert got.status == 403 and got.json == {"Message": FORBIDDEN}
    assert got.headers["x-amzn-errortype"] == "AccessDeniedException"
    url.grant("*", "NONE")
    got = url.curl("/a%20b?x=1&x=%2F2", "-H", "Cookie: a=1; b=2", "-H", "X-One: 1", "-d", "a=b")
    event = got.json["event"]
    assert got.headers["content-type"] == "application/json"
    assert event["rawPath"] == "/a%20b" and event["rawQueryString"] == "x=1&x=%2F2"
    assert event["queryStringParameters"] == {"x": "1,/2"} and event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-one"] == "1" and event["isBase64Encoded"] is True
    context = event["requestContext"]
    assert (context["http"]["method"], context["domainName"]) == ("POST", url.host)
    assert context["accountId"] == "anonymous" and context["authorizer"] is None
    assert cloud.admin.curl(url.by_host("/h")).json["event"]["rawPath"] == "/h"
    got = url.tls("/t")
    assert got.json["event"]["headers"]["x-forwarded-proto"] == "https"
    assert url.curl("/", "-I").status == 200
    with refused("AccessDeniedException", 403, "lambda:InvokeFunction"):
        cloud.invoke(url.function, {}, keys=cloud.user(("lambda:Get*", "*")))


def test_what_functions_answer(cloud):
    code = "import json\ndef handler(event, context):\n    return json.loads(event['body'])"
    url = Url(cloud, "NONE", code)
    url.grant("*", "NONE")

    def post(answer):
        return url.curl("/", "-H", "Content-Type: application/json", "-d", json.dumps(answer))

    got = post({"statusCode": "418", "body": "tea", "headers": {"X-Kind": "pot"}, "cookies": ["a=1"]})
    assert (got.status, got.body, got.headers["x-kind"]) == (418, "tea", "pot")
    assert got.headers["set-cookie"] == "a=1"
    assert post("hello").body == "hello" and post([1, True]).json == [1, True]
    got = post({"statusCode": "many"})
    assert (got.status, got.body) == (502, "Internal Server Error")
    got = url.curl("/", "-d", "not for this function")
    assert (got.status, got.body) == (502, "Internal Server Error")
    cloud.admin.client("lambda").put_function_concurrency(
        FunctionName=url.function, ReservedConcurrentExecutions=0)
    assert post("hello").status == 429


def test_signed_by_curl_and_botocore_by_host_and_path(cloud):
    url = Url(cloud, "AWS_IAM")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{url.function}"
    friend, half = cloud.user((BOTH, arn)), cloud.user((BOTH[0], arn))
    assert url.curl().json == {"Message": FORBIDDEN}
    for path in (url.by_path("/p?b=2&a=1"), url.by_host("/p?b=2&a=1")):
        got = sign(friend, "POST", path, body=b'{"a": "\xc3\xbc"}',
                   headers={"Content-Type": "application/json"})
        assert got.status_code == 200, got.text
        event = json.loads(got.content)["event"]
        assert event["rawPath"] == "/p" and event["body"] == '{"a": "ü"}'
        iam = event["requestContext"]["authorizer"]["iam"]
        assert iam["userArn"] == friend.arn and iam["accessKey"] == friend.key_id
        assert "authorization" not in event["headers"]
        assert sign(half, "GET", path).status_code == 403
        wrong = sign(friend, "GET", path, service="execute-api")
        assert wrong.status_code == 403 and "correct service: 'lambda'" in wrong.text
    assert url.curl("/c", keys=friend, signed="lambda").json["event"]["rawPath"] == "/c"
    assert url.tls("/t", keys=friend, signed="lambda").json["event"]["rawPath"] == "/t"
    assert url.curl("/", keys=friend, signed="execute-api").status == 403
    client = cloud.admin.client("lambda")
    with refused("ValidationException", 400, "RESPONSE_STREAM"):
        client.update_function_url_config(FunctionName=url.function, InvokeMode="RESPONSE_STREAM")


def test_another_account_needs_both_sides(cloud, foreign):
    url, (account, inside) = Url(cloud, "AWS_IAM"), foreign
    thief, poor = user(inside, unique("thief"), ("*", "*")), user(inside, unique("poor"))
    assert sign(thief, "GET", url.by_path()).status_code == 403
    url.grant(account, "AWS_IAM")
    assert sign(thief, "GET", url.by_host()).status_code == 200
    assert sign(poor, "GET", url.by_host()).status_code == 403
    with refused("AccessDeniedException", 403):
        cloud.invoke(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{url.function}", {}, keys=thief)
    named = Url(cloud, "AWS_IAM")
    named.grant(poor.arn, "AWS_IAM")
    assert sign(poor, "GET", named.by_path()).status_code == 403, "its own account gives nothing"
    # The wildcard that is left behind lets in whoever signs.
    left = Url(cloud, "AWS_IAM")
    left.grant("*", "AWS_IAM")
    assert left.curl().status == 403 and sign(thief, "GET", left.by_path()).status_code == 200


def test_the_alias_that_was_forgotten(cloud):
    client, whole = cloud.admin.client("lambda"), Url(cloud, "NONE")
    client.publish_version(FunctionName=whole.function)
    client.create_alias(FunctionName=whole.function, Name="live", FunctionVersion="1")
    alias = Url(cloud, "NONE", function=whole.function, alias="live")
    whole.grant("*", "NONE")
    assert (whole.curl().status, alias.curl().status) == (200, 403)
    alias.grant("*", "NONE")
    assert alias.curl().json["arn"].endswith(":live")
    client.update_function_url_config(FunctionName=whole.function, AuthType="AWS_IAM")
    assert (whole.curl().status, alias.curl().status) == (403, 200)
    listed = client.list_function_url_configs(FunctionName=whole.function)["FunctionUrlConfigs"]
    assert [one["AuthType"] for one in listed] == ["AWS_IAM", "NONE"]
    client.delete_alias(FunctionName=whole.function, Name="live")
    assert alias.curl().json == {"Message": None}
    client.delete_function(FunctionName=whole.function)
    assert whole.curl().json == {"Message": None}


def test_the_whole_of_it_with_the_cli(cloud):
    name = cloud.function(ECHO)
    at = ("--function-name", name)
    made = cloud.admin.aws("lambda", "create-function-url-config", *at, "--auth-type", "NONE",
                           "--cors", '{"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"]}')
    url = f"{cloud.endpoint}/_aws/lambda-url/{made['FunctionUrl'][8:].split('.')[0]}/"
    cloud.admin.aws("lambda", "add-permission", *at, "--statement-id", "FunctionURLAllowPublicAccess",
                    "--action", BOTH[0], "--principal", "*", "--function-url-auth-type", "NONE")
    cloud.admin.aws("lambda", "add-permission", *at, "--statement-id", "FunctionURLInvokeAllowPublicAccess",
                    "--action", BOTH[1], "--principal", "*", "--invoked-via-function-url")
    shown = json.loads(cloud.admin.aws("lambda", "get-policy", *at)["Policy"])["Statement"]
    assert [statement["Condition"] for statement in shown] == [
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}]
    got = cloud.admin.curl("-H", "Origin: https://a.example", url)
    assert got.status == 200 and got.headers["access-control-allow-origin"] == "https://a.example"
    got = cloud.admin.curl("-X", "OPTIONS", "-H", "Origin: https://a.example",
                           "-H", "Access-Control-Request-Method: GET", url)
    assert got.status == 200 and got.body == "" and got.headers["access-control-allow-methods"] == "GET"
    cloud.admin.aws("lambda", "remove-permission", *at, "--statement-id", "FunctionURLInvokeAllowPublicAccess")
    assert cloud.admin.curl(url).json == {"Message": FORBIDDEN}
    changed = cloud.admin.aws("lambda", "update-function-url-config", *at, "--auth-type", "AWS_IAM")
    assert changed["AuthType"] == "AWS_IAM" and changed["Cors"]["AllowMethods"] == ["GET"]
    assert cloud.admin.curl(url, signed="lambda").status == 200
    cloud.admin.aws("lambda", "delete-function-url-config", *at)
    assert cloud.admin.curl(url, signed="lambda").json == {"Message": None}
    with refused("ResourceNotFoundException", 404):
        cloud.admin.client("lambda").get_function_url_config(FunctionName=name)


def test_the_page_that_lists_them(cloud):
    client, whole = cloud.admin.client("lambda"), Url(cloud, "NONE")
    client.publish_version(FunctionName=whole.function)
    for name in ("a", "b", "c"):
        client.create_alias(FunctionName=whole.function, Name=name, FunctionVersion="1")
        Url(cloud, "AWS_IAM", function=whole.function, alias=name)
    pages = client.get_paginator("list_function_url_configs").paginate(
        FunctionName=whole.function, PaginationConfig={"PageSize": 2})
    arns = [one["FunctionArn"].split(":", 7)[-1] for page in pages for one in page["FunctionUrlConfigs"]]
    assert arns == [whole.made["FunctionArn"].split(":", 7)[-1], "a", "b", "c"]


def test_urls_are_there_after_a_crash(fresh):
    url = Url(fresh, "NONE")
    url.grant("*", "NONE")
    fresh.kill()
    fresh.start()
    assert url.curl("/again").json["event"]["rawPath"] == "/again"
