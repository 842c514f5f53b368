"""API Gateway: the event a function gets, what it may answer, mappings, policies, limits."""

import json

import pytest
from conftest import ACCOUNT, REGION, policy, refused, unique

ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}"
ANSWER = "import json\ndef handler(event, context):\n    return json.loads(event['body'])"


class Api:
    """A REST API with methods on paths, all to one function."""

    def __init__(self, cloud, code, **options):
        self.cloud, self.client = cloud, cloud.admin.client("apigateway")
        self.id = self.client.create_rest_api(name=unique("api"), **options)["id"]
        self.function = cloud.function(code)
        self.arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function}"
        cloud.admin.client("lambda").add_permission(
            FunctionName=self.function, StatementId="api", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/*")
        self.resources = {r["path"]: r["id"] for r in
                          self.client.get_resources(restApiId=self.id)["items"]}

    def resource(self, path):
        if path not in self.resources:
            parent, _, part = path.rpartition("/")
            made = self.client.create_resource(
                restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self.resources[path] = made["id"]
        return self.resources[path]

    def method(self, path, method="ANY", authorization="NONE", **options):
        at = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": method}
        self.client.put_method(authorizationType=authorization, **at, **options)
        self.client.put_integration(
            type="AWS_PROXY", integrationHttpMethod="POST", **at,
            uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self.arn}/invocations")
        return self

    def mock(self, path, status=200, body="{}", headers=None):
        at = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": "GET"}
        self.client.put_method(authorizationType="NONE", **at)
        self.client.put_integration(
            type="MOCK", **at, requestTemplates={"application/json": f'{{"statusCode": {status}}}'})
        self.client.put_method_response(statusCode=str(status), **at)
        self.client.put_integration_response(
            statusCode=str(status), responseTemplates={"application/json": body}, **at)
        return self

    def deploy(self, stage="prod", **options):
        self.client.create_deployment(restApiId=self.id, stageName=stage, **options)
        return self

    def url(self, path, stage="prod"):
        return f"{self.cloud.endpoint}/_aws/execute-api/{self.id}/{stage}{path}"

    def curl(self, path, *arguments, stage="prod", keys=None, signed=None):
        return (keys or self.cloud.admin).curl(*arguments, self.url(path, stage), signed=signed)


@pytest.fixture(scope="module")
def echo(cloud):
    api = Api(cloud, ECHO)
    return api.method("/").method("/items/{id}").method("/all/{proxy+}").deploy()


@pytest.fixture(scope="module")
def answering(cloud):
    return Api(cloud, ANSWER).method("/", "POST").deploy()


def test_the_event(echo):
    event = echo.curl("/items/a%20b?x=1&x=2&y=%C3%BC", "-H", "X-One: 1", "-H", "Cookie: a=b").json
    assert event["resource"] == "/items/{id}" and event["httpMethod"] == "GET"
    assert event["path"] == "/items/a%20b" or event["path"] == "/items/a b"
    assert event["pathParameters"] == {"id": "a%20b"} or event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "2", "y": "ü"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["ü"]}
    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert headers["x-one"] == "1" and headers["cookie"] == "a=b"
    assert headers["x-forwarded-proto"] == "http" and headers["x-forwarded-for"]
    assert event["body"] is None and event["isBase64Encoded"] is False
    assert event["stageVariables"] is None
    context = event["requestContext"]
    assert context["accountId"] == ACCOUNT and context["apiId"] == echo.id
    assert context["stage"] == "prod" and context["resourcePath"] == "/items/{id}"
    assert context["path"].startswith("/prod/items/") and context["protocol"] == "HTTP/1.1"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] and context["requestTimeEpoch"] > 1_500_000_000_000


def test_greedy_paths_and_root(echo):
    event = echo.curl("/all/a/b/c", "-X", "PATCH", "-d", "text").json
    assert event["resource"] == "/all/{proxy+}" and event["pathParameters"] == {"proxy": "a/b/c"}
    assert (event["httpMethod"], event["body"]) == ("PATCH", "text")
    event = echo.curl("/").json
    assert event["resource"] == "/" and event["pathParameters"] is None
    assert event["queryStringParameters"] is None


def test_what_a_function_may_answer(answering):
    def post(answer):
        return answering.curl("/", "-d", json.dumps(answer))

    got = post({"statusCode": 418, "body": "tea", "headers": {"X-Kind": "pot"},
                "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}})
    assert (got.status, got.body, got.headers["x-kind"]) == (418, "tea", "pot")
    got = post({"statusCode": 204})
    assert (got.status, got.body) == (204, "")
    for wrong in ({"body": {"no": "string"}, "statusCode": 200}, {"statusCode": "many"}, "text",
                  {"statusCode": 200, "surprise": 1}, ["list"]):
        got = post(wrong)
        assert got.status == 502 and got.json == {"message": "Internal server error"}, (wrong, got)


def test_a_function_that_fails_is_a_bad_gateway(cloud):
    api = Api(cloud, "def handler(e, c): raise Exception('secret')").method("/").deploy()
    got = api.curl("/")
    assert got.status == 502 and got.json == {"message": "Internal server error"}
    assert got.headers["x-amzn-errortype"] == "InternalServerErrorException"


def test_deployments_are_snapshots(cloud):
    api = Api(cloud, ECHO).method("/").deploy()
    api.method("/new")
    assert api.curl("/new").json == {"message": "Missing Authentication Token"}
    api.deploy("beta")
    assert api.curl("/new", stage="beta").status == 200
    assert api.curl("/new").status == 403
    api.deploy()
    assert api.curl("/new").status == 200


def test_stages(cloud):
    api = Api(cloud, ECHO).method("/").deploy(variables={"colour": "blue"})
    assert api.curl("/").json["stageVariables"] == {"colour": "blue"}
    stages = api.client.get_stages(restApiId=api.id)["item"]
    assert [stage["stageName"] for stage in stages] == ["prod"]
    with refused("BadRequestException", 400, "[Aa]ctive stages"):
        api.client.delete_deployment(restApiId=api.id, deploymentId=stages[0]["deploymentId"])
    api.client.delete_stage(restApiId=api.id, stageName="prod")
    assert api.curl("/").json == {"message": "Forbidden"}


def test_mock_integrations(cloud):
    api = Api(cloud, ECHO).mock("/ok", 200, '{"ok": true}').deploy()
    got = api.curl("/ok")
    assert got.status == 200 and got.json == {"ok": True}


def test_a_resource_policy_closes_an_open_api(cloud):
    document = policy({
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*/GET/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}})
    api = Api(cloud, ECHO, policy=document).method("/").method("/sub").deploy()
    assert api.curl("/sub").status == 200
    got = api.curl("/sub", "-X", "POST", "-d", "x")
    assert got.status == 403 and "User: anonymous is not authorized to perform: execute-api:Invoke" in got.body


def test_iam_methods_know_the_caller(cloud):
    api = Api(cloud, ECHO).method("/", authorization="AWS_IAM").deploy()
    user = cloud.user(("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/*"))
    got = api.curl("/", keys=user, signed="execute-api")
    assert got.status == 200, got
    identity = got.json["requestContext"]["identity"]
    assert identity["userArn"] == user.arn and identity["accessKey"] == user.key_id
    assert identity["caller"].startswith("AIDA") and identity["accountId"] == ACCOUNT
    got = api.curl("/", keys=user, signed="lambda")
    assert got.status == 403 and "Credential should be scoped to correct service" in got.body
    bad = type(user)(cloud, user.key_id, "wrong" * 8)
    got = api.curl("/", keys=bad, signed="execute-api")
    assert got.status == 403 and got.headers["x-amzn-errortype"] == "InvalidSignatureException"
    bad = type(user)(cloud, "AKIAIOSFODNN7EXAMPLE", user.secret)
    got = api.curl("/", keys=bad, signed="execute-api")
    assert got.status == 403 and got.headers["x-amzn-errortype"] == "UnrecognizedClientException"
    assert got.json == {"message": "The security token included in the request is invalid."}


def test_a_role_calls_a_function_that_lets_nobody_in(cloud):
    api = Api(cloud, ECHO).method("/").method("/mine", authorization="AWS_IAM").deploy()
    cloud.admin.client("lambda").remove_permission(FunctionName=api.function, StatementId="api")
    assert api.curl("/").status == 500
    invoke = ("lambda:InvokeFunction", api.arn)
    role = cloud.role("apigateway", invoke)
    replace = lambda path, value: api.client.update_integration(
        restApiId=api.id, resourceId=api.resource(path), httpMethod="ANY",
        patchOperations=[{"op": "replace", "path": "/credentials", "value": value}])
    assert replace("/", role)["credentials"] == role
    replace("/mine", "arn:aws:iam::*:user/*")
    api.deploy()
    assert api.curl("/").status == 200
    ask = ("execute-api:Invoke", "*")
    for statements, status in (([ask, invoke], 200), ([ask], 500)):
        assert api.curl("/mine", keys=cloud.user(*statements), signed="execute-api").status == status
    foreign = "arn:aws:iam::111122223333:role/x"
    with refused("AccessDeniedException", 403, "Cross-account pass role is not allowed"):
        replace("/", foreign)


def test_an_api_has_no_authorizers(cloud):
    api = Api(cloud, ECHO)
    assert api.client.get_authorizers(restApiId=api.id)["items"] == []
    with refused("NotFoundException", 404, "Invalid Authorizer identifier specified"):
        api.client.get_authorizer(restApiId=api.id, authorizerId="x")


def test_unknown_apis(cloud):
    port = cloud.port
    got = cloud.admin.curl(f"http://abcdefghij.execute-api.localhost:{port}/prod/")
    assert got.status in (403, 404) and "message" in got.json


@pytest.mark.parametrize("call, code", [
    (lambda c, i, r: c.get_rest_api(restApiId="missing"), "NotFoundException"),
    (lambda c, i, r: c.create_resource(restApiId=i, parentId="missing", pathPart="x"), "NotFoundException"),
    (lambda c, i, r: c.create_resource(restApiId=i, parentId=r, pathPart="a b"), "BadRequestException"),
    (lambda c, i, r: c.put_method(restApiId=i, resourceId=r, httpMethod="FETCH", authorizationType="NONE"),
     "BadRequestException"),
    (lambda c, i, r: c.put_method(restApiId=i, resourceId=r, httpMethod="GET", authorizationType="SOME"),
     "BadRequestException"),
    (lambda c, i, r: c.get_method(restApiId=i, resourceId=r, httpMethod="GET"), "NotFoundException"),
    (lambda c, i, r: c.create_deployment(restApiId=i, stageName="no spaces"), "BadRequestException"),
    (lambda c, i, r: c.create_rest_api(name=""), "BadRequestException"),
])
def test_mistakes(cloud, call, code):
    client = cloud.admin.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    with refused(code):
        call(client, api, root)


def test_paths_are_unique(cloud):
    client = cloud.admin.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.create_resource(restApiId=api, parentId=root, pathPart="a")
    with refused("ConflictException", 409, "Another resource with the same parent already has this name: a"):
        client.create_resource(restApiId=api, parentId=root, pathPart="a")
