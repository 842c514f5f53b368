// The document client of the AWS SDK for JavaScript, version 3, against the built binary.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateTableCommand, DeleteTableCommand, DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand, waitUntilTableExists, waitUntilTableNotExists } from "@aws-sdk/client-dynamodb";
import { BatchExecuteStatementCommand, BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocument, DynamoDBDocumentClient, ExecuteStatementCommand, ExecuteTransactionCommand, GetCommand, NumberValue, paginateQuery, paginateScan, PutCommand, QueryCommand, ScanCommand, TransactGetCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { start } from "./heist.mjs";

const TableName = "documents";
let server, client, documents;

before(async () => {
  server = await start();
  client = new DynamoDBClient(server.options);
  documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true } });
  await client.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }, { AttributeName: "kind", AttributeType: "S" }],
    GlobalSecondaryIndexes: [{ IndexName: "by-kind", KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }], Projection: { ProjectionType: "ALL" } }],
    LocalSecondaryIndexes: [{ IndexName: "by-pk-kind", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "kind", KeyType: "RANGE" }], Projection: { ProjectionType: "KEYS_ONLY" } }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
});

after(async () => {
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  client.destroy();
  await server.stop();
});

const fill = (pk, count, more = () => ({})) => documents.send(new BatchWriteCommand({
  RequestItems: { [TableName]: Array.from({ length: count }, (_, sk) => ({ PutRequest: { Item: { pk, sk, ...more(sk) } } })) },
}));
const named = (name) => (error) => error.name === name && error.$metadata.httpStatusCode === 400;

test("values of JavaScript come back", async () => {
  class Point { constructor() { this.x = 1; } }
  const Item = {
    pk: "types", sk: -1.5, text: "ü", empty: "", yes: true, nothing: null, list: [1, "two", [null]], map: { deep: { er: [] } },
    texts: new Set(["a", "b"]), numbers: new Set([1, 2]), bytes: new Uint8Array([0, 255]), many: new Set([new Uint8Array([1])]),
  };
  await documents.send(new PutCommand({ TableName, Item: { ...Item, gone: undefined, point: new Point() } }));
  const got = await documents.send(new GetCommand({ TableName, Key: { pk: "types", sk: -1.5 }, ConsistentRead: true }));
  assert.deepEqual(got.Item, { ...Item, point: { x: 1 } });
  const large = DynamoDBDocumentClient.from(new DynamoDBClient(server.options), { unmarshallOptions: { wrapNumbers: true } });
  const value = "12345678901234567890.123456789";
  await documents.send(new PutCommand({ TableName, Item: { pk: "large", sk: 9007199254740993n, value: NumberValue.from(value) } }));
  const { Items } = await large.send(new QueryCommand({ TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "large" } }));
  assert.deepEqual([Items[0].value.toString(), Items[0].sk.toString()], [value, "9007199254740993"]);
  await assert.rejects(documents.send(new GetCommand({ TableName, Key: { pk: "large", sk: 9007199254740993n } })), /can't be converted|safe/i);
});

test("conditions, updates and what they return", async () => {
  const Key = { pk: "update", sk: 1 };
  await documents.send(new PutCommand({ TableName, Item: { ...Key, n: 1, tags: new Set(["a"]), list: [1] } }));
  const put = new PutCommand({ TableName, Item: Key, ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
  await assert.rejects(documents.send(put), (error) => {
    assert.equal(error.name, "ConditionalCheckFailedException");
    assert.deepEqual(error.Item.n, { N: "1" });
    return true;
  });
  const { Attributes } = await documents.send(new UpdateCommand({
    TableName, Key, ReturnValues: "ALL_NEW",
    UpdateExpression: "SET #l = list_append(#l, :more), fresh = if_not_exists(fresh, :zero) + :one ADD n :one, tags :tags REMOVE gone",
    ExpressionAttributeNames: { "#l": "list" },
    ExpressionAttributeValues: { ":more": [2], ":zero": 0, ":one": 1, ":tags": new Set(["b"]) },
  }));
  assert.deepEqual(Attributes, { ...Key, n: 2, fresh: 1, tags: new Set(["a", "b"]), list: [1, 2] });
  const gone = await documents.send(new DeleteCommand({ TableName, Key, ConditionExpression: "contains(tags, :a)", ExpressionAttributeValues: { ":a": "a" }, ReturnValues: "ALL_OLD" }));
  assert.equal(gone.Attributes.n, 2);
  assert.equal((await documents.send(new GetCommand({ TableName, Key }))).Item, undefined);
});

test("pages of queries and scans, and indexes", async () => {
  await fill("pages", 25, (sk) => ({ kind: "abc"[sk % 3] }));
  const query = { TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "pages" } };
  const seen = [];
  for await (const page of paginateQuery({ client: documents, pageSize: 7 }, { ...query })) seen.push(...page.Items.map((item) => item.sk));
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, n) => n));
  const index = { TableName, IndexName: "by-kind", KeyConditionExpression: "kind = :k AND sk BETWEEN :a AND :b", ExpressionAttributeValues: { ":k": "b", ":a": 4, ":b": 10 }, ScanIndexForward: false };
  assert.deepEqual((await documents.send(new QueryCommand(index))).Items.map((item) => item.sk), [10, 7, 4]);
  const local = { ...query, IndexName: "by-pk-kind", ConsistentRead: true, Limit: 3, ProjectionExpression: "sk" };
  assert.deepEqual((await documents.send(new QueryCommand(local))).Items, [{ sk: 0 }, { sk: 3 }, { sk: 6 }]);
  let count = 0;
  for (let Segment = 0; Segment < 3; Segment++) {
    const scan = { TableName, Segment, TotalSegments: 3, FilterExpression: "pk = :p", ExpressionAttributeValues: { ":p": "pages" }, Select: "COUNT" };
    for await (const page of paginateScan({ client: documents, pageSize: 4 }, scan)) count += page.Count;
  }
  assert.equal(count, 25);
  const one = await documents.send(new ScanCommand({ TableName, Limit: 1 }));
  assert.ok(one.LastEvaluatedKey.pk);
});

test("batches and transactions", async () => {
  await fill("batch", 25);
  const Keys = Array.from({ length: 25 }, (_, sk) => ({ pk: "batch", sk }));
  const got = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ProjectionExpression: "sk" } } }));
  assert.deepEqual(got.Responses[TableName].map((item) => item.sk).sort((a, b) => a - b), Keys.map((key) => key.sk));
  assert.deepEqual(got.UnprocessedKeys, {});
  const add = (sk, n) => ({ Update: { TableName, Key: { pk: "bank", sk }, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": n } } });
  await documents.send(new TransactWriteCommand({ TransactItems: [add(1, 5), add(2, -5)] }));
  const check = { ConditionCheck: { TableName, Key: { pk: "bank", sk: 1 }, ConditionExpression: "n > :n", ExpressionAttributeValues: { ":n": 5 }, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } };
  await assert.rejects(documents.send(new TransactWriteCommand({ TransactItems: [add(2, 1), check] })), (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    assert.deepEqual(error.CancellationReasons[1].Item.n, { N: "5" });
    return true;
  });
  const both = await documents.send(new TransactGetCommand({ TransactItems: [1, 2, 3].map((sk) => ({ Get: { TableName, Key: { pk: "bank", sk } } })) }));
  assert.deepEqual(both.Responses.map((one) => one.Item?.n), [5, -5, undefined]);
});

test("PartiQL with values of JavaScript", async () => {
  await documents.send(new ExecuteStatementCommand({ Statement: `INSERT INTO "${TableName}" VALUE {'pk': 'partiql', 'sk': ?, 'list': ?}`, Parameters: [1, [1, { deep: true }]] }));
  const select = { Statement: `SELECT * FROM "${TableName}" WHERE pk = ? AND sk = ?`, Parameters: ["partiql", 1] };
  assert.deepEqual((await documents.send(new ExecuteStatementCommand(select))).Items[0].list, [1, { deep: true }]);
  await documents.send(new ExecuteTransactionCommand({ TransactStatements: [
    { Statement: `UPDATE "${TableName}" SET n = ? WHERE pk = 'partiql' AND sk = 1`, Parameters: [7] },
    { Statement: `INSERT INTO "${TableName}" VALUE {'pk': 'partiql', 'sk': 2}` },
  ] }));
  const { Responses } = await documents.send(new BatchExecuteStatementCommand({ Statements: [select, { ...select, Parameters: ["partiql", 9] }] }));
  assert.deepEqual(Responses.map((one) => one.Item?.n), [7, undefined]);
});

test("the document client's own methods", async () => {
  const own = DynamoDBDocument.from(new DynamoDBClient(server.options));
  await own.put({ TableName, Item: { pk: "own", sk: 1 } });
  assert.deepEqual((await own.get({ TableName, Key: { pk: "own", sk: 1 } })).Item, { pk: "own", sk: 1 });
  await assert.rejects(own.get({ TableName, Key: { pk: "own" } }), named("ValidationException"));
  await assert.rejects(own.get({ TableName: "none", Key: { pk: "own" } }), named("ResourceNotFoundException"));
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: "ends" } }));
  const told = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.deepEqual(told.TimeToLiveDescription, { TimeToLiveStatus: "ENABLED", AttributeName: "ends" });
});
