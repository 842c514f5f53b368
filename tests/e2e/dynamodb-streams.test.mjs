// DynamoDB Streams through the AWS SDK for JavaScript, version 3, against the built binary.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DescribeStreamCommand, DynamoDBStreamsClient, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand, ResourceNotFoundException } from "@aws-sdk/client-dynamodb-streams";
import { start } from "./heist.mjs";

const TableName = "streamed";
let server, tables, streams, StreamArn, ShardId;

before(async () => {
  server = await start();
  tables = new DynamoDBClient(server.options);
  streams = new DynamoDBStreamsClient(server.options);
  const { TableDescription } = await tables.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
  }));
  StreamArn = TableDescription.LatestStreamArn;
  await waitUntilTableExists({ client: tables, maxWaitTime: 30, minDelay: 1 }, { TableName });
});

after(async () => {
  tables.destroy();
  streams.destroy();
  await server.stop();
});

const iterator = async (ShardIteratorType) =>
  (await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType }))).ShardIterator;

test("a stream is found and described", async () => {
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
  assert.deepEqual(Streams.map((stream) => stream.StreamArn), [StreamArn]);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  assert.equal(StreamDescription.StreamStatus, "ENABLED");
  assert.ok(StreamDescription.CreationRequestDateTime instanceof Date);
  assert.deepEqual(StreamDescription.KeySchema, [{ AttributeName: "pk", KeyType: "HASH" }]);
  [{ ShardId }] = StreamDescription.Shards;
});

test("records come in order, with their images", async () => {
  let ShardIterator = await iterator("LATEST");
  await tables.send(new PutItemCommand({ TableName, Item: { pk: { S: "a" }, data: { B: new Uint8Array([0, 255]) } } }));
  await tables.send(new DeleteItemCommand({ TableName, Key: { pk: { S: "a" } } }));
  const found = [];
  while (found.length < 2) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
    found.push(...page.Records);
    ShardIterator = page.NextShardIterator;
  }
  assert.deepEqual(found.map((record) => record.eventName), ["INSERT", "REMOVE"]);
  assert.deepEqual(found[0].dynamodb.NewImage, { pk: { S: "a" }, data: { B: new Uint8Array([0, 255]) } });
  assert.deepEqual(found[1].dynamodb.Keys, { pk: { S: "a" } });
  assert.ok(found[1].dynamodb.ApproximateCreationDateTime instanceof Date);
  assert.equal(found[1].dynamodb.NewImage, undefined);
});

test("a closed shard ends, and errors have their types", async () => {
  await tables.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  const last = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator("TRIM_HORIZON") }));
  assert.equal(last.Records.length, 2);
  assert.equal(last.NextShardIterator, undefined);
  const gone = StreamArn.replace("/stream/2", "/stream/1");
  await assert.rejects(streams.send(new DescribeStreamCommand({ StreamArn: gone })), (error) =>
    error instanceof ResourceNotFoundException && !(error instanceof ExpiredIteratorException));
});
