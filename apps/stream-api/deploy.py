#!/usr/bin/env python3
"""Deploys template.yaml to Heist, by the calls that CloudFormation makes on AWS for what is in it.

    eval "$(./deploy.py dist/rust.zip Implementation=rust)"

The zip is read from here, since Heist has no S3. What is printed sets the shell's variables to the
stack's outputs. This goes when Heist has CloudFormation.
"""

import json
import shlex
import sys
import uuid
from pathlib import Path

import boto3
import yaml

TEMPLATE = Path(__file__).with_name("template.yaml")
NOTHING = object()  # what AWS::NoValue becomes, and is left out


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Sub x` is {"Fn::Sub": "x"}."""


def short_form(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name == "Ref" else f"Fn::{name}": value}


Loader.add_multi_constructor("!", short_form)


class Stack:
    """The template's resources, each made when another one first needs it."""

    def __init__(self, client, zip_file, region="us-east-1", **parameters):
        self.client, self.zip_file = client, zip_file
        self.template = yaml.load(TEMPLATE.read_text(), Loader)
        account = client("sts").get_caller_identity()["Account"]
        given = {"Cloud": "Heist", "CodeBucket": "", "CodeKey": zip_file} | parameters
        self.values = {
            "AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com", "AWS::NoValue": NOTHING,
        }
        for name, parameter in self.template["Parameters"].items():
            self.values[name] = given.pop(name) if name in given else parameter["Default"]
        if given:
            raise SystemExit(f"the template has no parameter {', '.join(given)}")
        self.attributes = {}

    def deploy(self):
        """Makes all that is to be made; gives the outputs."""
        for name, resource in self.template["Resources"].items():
            if "Condition" not in resource or self.condition(resource["Condition"]):
                self.made(name)
        return {name: self.value(out["Value"]) for name, out in self.template["Outputs"].items()}

    def condition(self, name):
        one, other = self.template["Conditions"][name]["Fn::Equals"]
        return self.value(one) == self.value(other)

    def made(self, name):
        """What Ref gives for a resource."""
        if name not in self.values:
            resource = self.template["Resources"][name]
            for other in resource.get("DependsOn", []):
                self.made(other)
            make = getattr(self, resource["Type"].removeprefix("AWS::").replace("::", "_"))
            properties = self.value(resource.get("Properties", {}))
            self.values[name], self.attributes[name] = make(**properties)
        return self.values[name]

    def value(self, node):
        """A part of the template with its functions called."""
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NOTHING]
        if not isinstance(node, dict):
            return node
        match list(node.items()):
            case [("Ref", name)]:
                return self.made(name)
            case [("Fn::GetAtt", [name, attribute])]:
                self.made(name)
                return self.attributes[name][attribute]
            case [("Fn::Sub", text)]:
                return self.substitute(text)
            case [("Fn::If", [condition, then, other])]:
                return self.value(then if self.condition(condition) else other)
            case [("Fn::FindInMap", [name, *keys])]:
                found = self.template["Mappings"][name]
                for key in keys:
                    found = found[self.value(key)]
                return found
        values = {name: self.value(value) for name, value in node.items()}
        return {name: value for name, value in values.items() if value is not NOTHING}

    def substitute(self, text):
        before, *parts = text.split("${")
        for part in parts:
            name, after = part.split("}", 1)
            node = {"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}
            before += self.value(node) + after
        return before

    # The types of resources; each gives what Ref and what GetAtt give ----------------------------

    def DynamoDB_Table(self, PointInTimeRecoverySpecification, SSESpecification, **table):
        sse = {"Enabled": SSESpecification["SSEEnabled"]}
        client, name = self.client("dynamodb"), table["TableName"]
        made = client.create_table(SSESpecification=sse, **table)["TableDescription"]
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=PointInTimeRecoverySpecification)
        return name, {"Arn": made["TableArn"]}

    def KMS_Key(self, KeyPolicy, EnableKeyRotation, **key):
        client = self.client("kms")
        made = client.create_key(Policy=json.dumps(KeyPolicy), **key)["KeyMetadata"]
        if EnableKeyRotation:
            client.enable_key_rotation(KeyId=made["KeyId"])
        return made["KeyId"], {"Arn": made["Arn"]}

    def KMS_Alias(self, **alias):
        self.client("kms").create_alias(**alias)
        return alias["AliasName"], {}

    def SNS_Topic(self, TopicName, **attributes):
        made = self.client("sns").create_topic(Name=TopicName, Attributes=attributes)
        return made["TopicArn"], {"TopicName": TopicName}

    def SNS_TopicPolicy(self, Topics, PolicyDocument):
        for topic in Topics:
            self.client("sns").set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(PolicyDocument))
        return None, {}

    def Logs_LogGroup(self, LogGroupName, RetentionInDays):
        client = self.client("logs")
        client.create_log_group(logGroupName=LogGroupName)
        client.put_retention_policy(logGroupName=LogGroupName, retentionInDays=RetentionInDays)
        groups = client.describe_log_groups(logGroupNamePrefix=LogGroupName)["logGroups"]
        return LogGroupName, {"Arn": groups[0]["arn"]}

    def IAM_Role(self, RoleName, AssumeRolePolicyDocument, Policies):
        client, trust = self.client("iam"), json.dumps(AssumeRolePolicyDocument)
        made = client.create_role(RoleName=RoleName, AssumeRolePolicyDocument=trust)["Role"]
        for policy in Policies:
            policy["PolicyDocument"] = json.dumps(policy["PolicyDocument"])
            client.put_role_policy(RoleName=RoleName, **policy)
        return RoleName, {"Arn": made["Arn"]}

    def CloudWatch_Alarm(self, **alarm):
        self.client("cloudwatch").put_metric_alarm(**alarm)
        return alarm["AlarmName"], {}

    def Lambda_Function(self, Code, **function):
        client, code = self.client("lambda"), {"ZipFile": Path(Code["S3Key"]).read_bytes()}
        made = client.create_function(Code=code, **function)
        client.get_waiter("function_active_v2").wait(
            FunctionName=made["FunctionName"], WaiterConfig={"Delay": 1})
        return made["FunctionName"], {"Arn": made["FunctionArn"]}

    def Lambda_Permission(self, SourceArn, **permission):
        self.client("lambda").add_permission(
            StatementId=uuid.uuid4().hex, SourceArn=SourceArn, **permission)
        return None, {}

    def ApiGateway_RestApi(self, **api):
        made = self.gateway("create_rest_api", api)
        return made["id"], {"RootResourceId": made["rootResourceId"]}

    def ApiGateway_RequestValidator(self, **validator):
        return self.gateway("create_request_validator", validator)["id"], {}

    def ApiGateway_Resource(self, **resource):
        return self.gateway("create_resource", resource)["id"], {}

    def ApiGateway_Method(self, Integration, **method):
        self.gateway("put_method", method)
        at = {name: method[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
        self.gateway("put_integration", at | Integration)
        return None, {}

    def ApiGateway_Deployment(self, **deployment):
        return self.gateway("create_deployment", deployment)["id"], {}

    def ApiGateway_Stage(self, **stage):
        return self.gateway("create_stage", stage)["stageName"], {}

    def gateway(self, operation, properties):
        """API Gateway's own names start with a small letter."""
        return getattr(self.client("apigateway"), operation)(**lowered(properties))


def lowered(node):
    """Properties with their names as API Gateway has them; keys of maps stay as they are."""
    if not isinstance(node, dict):
        return node
    return {name[0].lower() + name[1:]: lowered(value) for name, value in node.items()}


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    zip_file, *parameters = sys.argv[1:]
    parameters = dict(parameter.split("=", 1) for parameter in parameters)
    session = boto3.Session()
    if not session.client("sts").meta.endpoint_url.startswith("http://"):
        raise SystemExit('this is for Heist: eval "$(heist env)" first; on AWS use CloudFormation')
    region = session.region_name or "us-east-1"
    outputs = Stack(session.client, zip_file, region, **parameters).deploy()
    for name, value in outputs.items():
        print(f"{name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
