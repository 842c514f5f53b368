// The AWS SDK for JavaScript, version 3, against the built binary.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { APIGatewayClient, CreateRestApiCommand, GetResourcesCommand } from "@aws-sdk/client-api-gateway";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchClient, ListMetricsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, GetRoleCommand, IAMClient, paginateListUsers } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, QueueDoesNotExist, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { GetTraceSummariesCommand, XRayClient } from "@aws-sdk/client-xray";
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, paginateQuery, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { account, start } from "./heist.mjs";

let server, options;

before(async () => {
  server = await start();
  options = server.options;
});

after(() => server.stop());

const make = (Client, more = {}) => new Client({ ...options, ...more });

test("sts and iam: who am I, roles, sessions, refusals", async () => {
  const sts = make(STSClient), iam = make(IAMClient);
  const who = await sts.send(new GetCallerIdentityCommand({}));
  assert.equal(who.Account, account);
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "js", AssumeRolePolicyDocument }));
  const got = await iam.send(new GetRoleCommand({ RoleName: "js" }));
  assert.ok(got.Role.CreateDate instanceof Date);
  const { Credentials: given } = await sts.send(new AssumeRoleCommand({ RoleArn: Role.Arn, RoleSessionName: "me" }));
  const credentials = { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
  const session = await make(STSClient, { credentials }).send(new GetCallerIdentityCommand({}));
  assert.ok(session.Arn.endsWith(":assumed-role/js/me"));
  await assert.rejects(make(IAMClient, { credentials }).send(new GetRoleCommand({ RoleName: "js" })), (error) => {
    assert.equal(error.name, "AccessDenied");
    assert.equal(error.$metadata.httpStatusCode, 403);
    assert.match(error.message, /is not authorized to perform: iam:GetRole on resource/);
    return true;
  });
  for (const UserName of ["a", "b", "c"]) await iam.send(new CreateUserCommand({ UserName }));
  const names = [];
  for await (const page of paginateListUsers({ client: iam, pageSize: 2 }, {})) names.push(...page.Users.map((user) => user.UserName));
  assert.deepEqual(names.filter((name) => "abc".includes(name)), ["a", "b", "c"]);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "a" }));
  assert.match(AccessKey.AccessKeyId, /^AKIA/);
});

test("dynamodb: documents, conditions, batches, pages", async () => {
  const client = make(DynamoDBClient), documents = DynamoDBDocumentClient.from(client);
  const TableName = "js-table";
  await client.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  const Item = { pk: "a", sk: 1, text: "ü", list: [1, null, { deep: true }], bytes: new Uint8Array([0, 255]) };
  await documents.send(new PutCommand({ TableName, Item }));
  const got = await documents.send(new GetCommand({ TableName, Key: { pk: "a", sk: 1 } }));
  assert.deepEqual(got.Item, Item);
  await assert.rejects(documents.send(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" })), { name: "ConditionalCheckFailedException" });
  const updated = await documents.send(new UpdateCommand({
    TableName, Key: { pk: "a", sk: 1 }, UpdateExpression: "SET #t = :t ADD n :one", ReturnValues: "UPDATED_NEW",
    ExpressionAttributeNames: { "#t": "text" }, ExpressionAttributeValues: { ":t": "new", ":one": 1 },
  }));
  assert.deepEqual(updated.Attributes, { text: "new", n: 1 });
  await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: [2, 3, 4, 5].map((sk) => ({ PutRequest: { Item: { pk: "a", sk } } })) } }));
  const seen = [];
  const query = { TableName, KeyConditionExpression: "pk = :a", ExpressionAttributeValues: { ":a": "a" } };
  for await (const page of paginateQuery({ client: documents, pageSize: 2 }, query)) seen.push(...page.Items.map((item) => item.sk));
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
});

test("sqs and sns: fan-out", async () => {
  const sqs = make(SQSClient), sns = make(SNSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "js" }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "js" }));
  const Endpoint = `arn:aws:sqs:${options.region}:${account}:js`;
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage", Resource: Endpoint, Condition: { ArnEquals: { "aws:SourceArn": TopicArn } } }] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
  const envelope = JSON.parse(Messages[0].Body);
  assert.equal(envelope.Message, "hello");
  assert.equal(envelope.MessageId, MessageId);
  const MessageAttributes = { n: { DataType: "Number", StringValue: "1" } };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "direct", MessageAttributes })); // the SDK checks the MD5s
  await assert.rejects(sqs.send(new GetQueueUrlCommand({ QueueName: "none" })), (error) => error instanceof QueueDoesNotExist);
});

test("kms: a round trip", async () => {
  const kms = make(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: KeyMetadata.KeyId, Plaintext: Buffer.from("secret") }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(Plaintext).toString(), "secret");
});

// A zip archive of one small stored file.
function zip(name, text) {
  const data = Buffer.from(text), file = Buffer.from(name);
  let crc = ~0;
  for (const byte of data) for (let bit = 0, x = (crc ^= byte); bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0), common.writeUInt32LE(~crc >>> 0, 10), common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18), common.writeUInt16LE(file.length, 22);
  const head = Buffer.concat([Buffer.from("PK\x03\x04"), common, file, data]);
  const extra = Buffer.alloc(14);
  extra.writeUInt32LE(0o100644 * 65536, 6);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), common, extra, file]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4), end.writeUInt16LE(1, 6), end.writeUInt32LE(entry.length, 8), end.writeUInt32LE(head.length, 12);
  return Buffer.concat([head, entry, Buffer.from("PK\x05\x06"), end]);
}

test("lambda: a node function", async () => {
  const lambda = make(LambdaClient), iam = make(IAMClient);
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "js-lambda", AssumeRolePolicyDocument }));
  const ZipFile = zip("index.mjs", "export const handler = async (event) => ({ got: event });");
  await lambda.send(new CreateFunctionCommand({ FunctionName: "js", Runtime: "nodejs20.x", Handler: "index.handler", Role: Role.Arn, Code: { ZipFile } }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName: "js" });
  const answer = await lambda.send(new InvokeCommand({ FunctionName: "js", Payload: JSON.stringify({ n: 1 }), LogType: "Tail" }));
  assert.equal(answer.FunctionError, undefined, answer.Payload && Buffer.from(answer.Payload).toString());
  assert.deepEqual(JSON.parse(Buffer.from(answer.Payload)), { got: { n: 1 } });
  assert.match(Buffer.from(answer.LogResult, "base64").toString(), /REPORT RequestId/);
});

test("apigateway, cloudwatch, logs, cloudtrail, xray", async () => {
  const api = make(APIGatewayClient);
  const { id } = await api.send(new CreateRestApiCommand({ name: "js" }));
  assert.equal((await api.send(new GetResourcesCommand({ restApiId: id }))).items[0].path, "/");
  const cloudwatch = make(CloudWatchClient);
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: "Js", MetricData: [{ MetricName: "n", Value: 1 }] }));
  assert.equal((await cloudwatch.send(new ListMetricsCommand({ Namespace: "Js" }))).Metrics[0].MetricName, "n");
  const logs = make(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: "/js" }));
  assert.equal((await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/js" }))).logGroups.length, 1);
  const { Events } = await make(CloudTrailClient).send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateLogGroup" }] }));
  assert.equal(JSON.parse(Events[0].CloudTrailEvent).requestParameters.logGroupName, "/js");
  const now = Date.now();
  const traces = await make(XRayClient).send(new GetTraceSummariesCommand({ StartTime: new Date(now - 60_000), EndTime: new Date(now) }));
  assert.ok(Array.isArray(traces.TraceSummaries));
});
