//! Each resource type makes what it says, tells its attributes, and goes again.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use client::CallError;
use common::{Here, cloud, deploy};
use deploy::{Assets, Event, File, Folder, Plan, Status, Template};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Mutex};

const PRINCIPALS: &str = "
Resources:
  Team:
    Type: AWS::IAM::Group
    Properties:
      Policies:
        - PolicyName: look
          PolicyDocument:
            Version: 2012-10-17
            Statement: {Effect: Allow, Action: 'sns:List*', Resource: '*'}
  Ann:
    Type: AWS::IAM::User
    Properties:
      UserName: ann
      Groups: [!Ref Team]
      ManagedPolicyArns: [!Ref Managed]
      PermissionsBoundary: !GetAtt Managed.PolicyArn
      LoginProfile: {Password: Correct-horse-7}
      Tags: [{Key: tenant, Value: 7}]
  Bob: {Type: AWS::IAM::User}
  Both:
    Type: AWS::IAM::UserToGroupAddition
    Properties: {GroupName: !Ref Team, Users: [!Ref Bob]}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Path: /range/
      Roles: [!Ref Role]
      PolicyDocument: &document
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {AWS: !Ref AWS::AccountId}}]
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: inline
      Users: [!Ref Ann]
      Roles: [!Ref Role]
      PolicyDocument: *document
  Key:
    Type: AWS::IAM::AccessKey
    Properties: {UserName: !Ref Ann}
Outputs:
  Arn: {Value: !GetAtt Ann.Arn}
  KeyId: {Value: !Ref Key}
  Secret: {Value: !GetAtt Key.SecretAccessKey}
";

/// How many users, roles and groups there are.
async fn principals(here: &Here<'_>) -> [usize; 3] {
    [
        here.count("iam", "ListUsers", "Users").await,
        here.count("iam", "ListRoles", "Roles").await,
        here.count("iam", "ListGroups", "Groups").await,
    ]
}

#[tokio::test]
async fn principals_and_their_policies() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let before = principals(&here).await;
    let stack = deploy(&here, "s", PRINCIPALS).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(stack.outputs["Arn"], "arn:aws:iam::000000000000:user/ann");
    let ann = cloud.client(&stack.outputs["KeyId"], &stack.outputs["Secret"], None);
    assert_eq!(ann.call("sqs", "ListQueues", json!({})).await.unwrap(), json!({}));
    let refused = ann.call("sns", "ListTopics", json!({})).await.unwrap_err();
    assert!(refused.message.contains("permissions boundary"), "{}", refused.message);
    let group = json!({"GroupName": stack.resources["Team"].physical_id});
    let members = here.ask("iam", "GetGroup", group).await;
    assert_eq!(members["Users"].as_array().map(Vec::len), Some(2));
    assert!(!format!("{:?}", stack.resources).contains(&stack.outputs["Secret"]));

    here.ask("iam", "CreateAccessKey", json!({"UserName": "ann"})).await;
    let more = json!({"UserName": "ann", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    here.ask("iam", "AttachUserPolicy", more).await;
    deploy::delete(&stack, &here, &|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(principals(&here).await, before);
    let own = here.ask("iam", "ListPolicies", json!({"Scope": "Local"})).await;
    assert_eq!(own["Policies"], json!([]));
}

const ENCRYPTED: &str = "
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: 'true', PendingWindowInDays: 7, Tags: [{Key: a, Value: b}]}
  Name:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/catalogue, TargetKeyId: !Ref Key}
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId: !Ref Name
      Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]
  Guard:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Sid: Open, Effect: Allow, Principal: '*', Action: sns:Subscribe, Resource: !Ref Topic}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: subscribers, KmsMasterKeyId: !GetAtt Key.Arn}
  Log:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /range/log, RetentionInDays: '7'}
Outputs:
  Topic: {Value: !Join ['/', [!GetAtt Topic.TopicName, !GetAtt Queue.QueueName]]}
  Log: {Value: !GetAtt Log.Arn}
";

#[tokio::test]
async fn keys_topics_queues_and_logs() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let stack = deploy(&here, "s", ENCRYPTED).await.unwrap_or_else(|error| panic!("{error}"));
    let log = "arn:aws:logs:us-east-1:000000000000:log-group:/range/log:*";
    assert_eq!(stack.outputs["Log"], log);
    let topic = json!({"TopicArn": stack.resources["Topic"].physical_id});
    let shown = here.ask("sns", "GetTopicAttributes", topic).await;
    assert!(shown["Attributes"]["Policy"].as_str().unwrap().contains("Open"));
    assert_eq!(shown["Attributes"]["SubscriptionsConfirmed"], "1");
    let key = json!({"KeyId": "alias/catalogue"});
    let key = here.ask("kms", "DescribeKey", key).await["KeyMetadata"]["KeyId"].clone();
    let rotation = here.ask("kms", "GetKeyRotationStatus", json!({"KeyId": key})).await;
    assert_eq!(rotation["KeyRotationEnabled"], true);

    deploy::delete(&stack, &here, &|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
    deploy::delete(&stack, &here, &|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
    let key = here.ask("kms", "DescribeKey", json!({"KeyId": key})).await;
    assert_eq!(key["KeyMetadata"]["KeyState"], "PendingDeletion");
    assert_eq!(here.count("logs", "DescribeLogGroups", "logGroups").await, 0);
    assert_eq!(here.counts().await, [0; 7]);
}

const CODE: &str = "
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'live, next'}
Resources:
  Runner:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}
  Handler:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: main.handler
      Role: !GetAtt Runner.Arn
      Code: src
      ReservedConcurrentExecutions: 2
  First:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Handler}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Handler
      FunctionVersion: !GetAtt First.Version
      Name: !Select [0, !Ref Names]
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Check:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, Name: v, ValidateRequestParameters: true}
  Root:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: ANY
      RequestValidatorId: !Ref Check
      Integration: {Type: MOCK}
  Deployed:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Root
    Properties:
      RestApiId: !Ref Api
      StageName: v1
      StageDescription: {Variables: {a: b}}
Outputs:
  Alias: {Value: !Ref Live}
";

#[tokio::test]
async fn code_versions_and_apis() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/main.js"), "exports.handler = async () => 1").unwrap();
    let template = Template::parse("t.yaml", CODE).unwrap_or_else(|faults| panic!("{faults}"));
    let told = Mutex::new(Vec::new());
    let tell = |event: Event<'_>| {
        told.lock().unwrap().push((event.logical_id.to_owned(), event.status));
    };
    let (parameters, assets) = (BTreeMap::new(), Folder(folder.path().into()));
    let plan = Plan { name: "s", parameters: &parameters, assets: &assets, progress: &tell };
    let stack = deploy::deploy(&template, &plan, &here).await.unwrap_or_else(|e| panic!("{e}"));
    let function = stack.resources["Handler"].physical_id.clone();
    assert_eq!(
        stack.outputs["Alias"],
        format!("arn:aws:lambda:us-east-1:000000000000:function:{function}:live")
    );
    let api = json!({"restApiId": stack.resources["Api"].physical_id, "stageName": "v1"});
    assert_eq!(here.ask("apigateway", "GetStage", api).await["variables"], json!({"a": "b"}));
    let concurrency = json!({"FunctionName": function});
    let concurrency = here.ask("lambda", "GetFunctionConcurrency", concurrency).await;
    assert_eq!(concurrency["ReservedConcurrentExecutions"], 2);
    let told = std::mem::take(&mut *told.lock().unwrap());
    let place = |id: &str, status| told.iter().position(|told| *told == (id.to_owned(), status));
    assert!(place("Runner", Status::Created) < place("Handler", Status::Creating), "{told:?}");
    assert!(place("Api", Status::Creating) < place("Runner", Status::Created), "{told:?}");

    deploy::delete(&stack, &here, &|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(here.counts().await, [0; 7]);
}

/// A cloud that writes down what it is asked.
#[derive(Default)]
struct Scribe(Mutex<Vec<(String, Value)>>);

impl client::Cloud for Scribe {
    async fn call(&self, _: &str, operation: &str, input: Value) -> Result<Value, CallError> {
        self.0.lock().unwrap().push((operation.to_owned(), input));
        Ok(json!({"FunctionUrl": "https://u/", "FunctionArn": "arn:f"}))
    }

    fn account(&self) -> &str {
        testkit::ACCOUNT
    }

    fn region(&self) -> &str {
        testkit::REGION
    }
}

#[tokio::test]
async fn addresses_alarms_and_stage_settings_are_asked_for_as_the_model_has_them() {
    let template = "
Resources:
  Url:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: f, Qualifier: live, AuthType: NONE, Cors: {MaxAge: '9'}}
  Zap:
    Type: AWS::CloudWatch::Alarm
    DependsOn: Url
    Properties:
      AlarmName: zap
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: '1'
      Threshold: 10
      MetricName: Invocations
      Namespace: AWS/Lambda
      Dimensions: [{Name: FunctionName, Value: f}]
  Zed:
    Type: AWS::ApiGateway::Stage
    DependsOn: Zap
    Properties:
      RestApiId: a
      DeploymentId: d
      StageName: s
      MethodSettings:
        - {ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: 20, MetricsEnabled: true}
        - {ResourcePath: /a/b, HttpMethod: GET, LoggingLevel: INFO}
Outputs:
  Url: {Value: !GetAtt Url.FunctionUrl}
  Alarm: {Value: !GetAtt Zap.Arn}
";
    let template = Template::parse("t.yaml", template).unwrap_or_else(|faults| panic!("{faults}"));
    let (scribe, none) = (Scribe::default(), BTreeMap::new());
    let plan = Plan { name: "s", parameters: &none, assets: &(), progress: &|_| {} };
    let stack = deploy::deploy(&template, &plan, &scribe).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(stack.outputs["Url"], "https://u/");
    assert_eq!(stack.outputs["Alarm"], "arn:aws:cloudwatch:us-east-1:000000000000:alarm:zap");
    deploy::delete(&stack, &scribe, &|_| {}).await.unwrap();
    let replace = |path: &str, value: &str| json!({"op": "replace", "path": path, "value": value});
    let expected = json!([
        ["CreateFunctionUrlConfig", {"AuthType": "NONE", "Cors": {"MaxAge": 9}, "Qualifier": "live",
            "FunctionName": "f"}],
        ["PutMetricAlarm", {"AlarmName": "zap", "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1, "Threshold": 10, "MetricName": "Invocations",
            "Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}],
        ["CreateStage", {"restApiId": "a", "deploymentId": "d", "stageName": "s"}],
        ["UpdateStage", {"restApiId": "a", "stageName": "s", "patchOperations": [
            replace("/*/*/metrics/enabled", "true"), replace("/*/*/throttling/rateLimit", "20"),
            replace("/~1a~1b/GET/logging/loglevel", "INFO")]}],
        ["DeleteStage", {"restApiId": "a", "stageName": "s"}],
        ["DeleteAlarms", {"AlarmNames": ["zap"]}],
        ["DeleteFunctionUrlConfig", {"FunctionName": "f", "Qualifier": "live"}],
    ]);
    assert_eq!(json!(*scribe.0.lock().unwrap()), expected);
}

#[tokio::test]
async fn what_is_retained_stays() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let template = "Resources:
  Kept: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
  Gone: {Type: AWS::SQS::Queue, DeletionPolicy: Delete}
";
    let stack = deploy(&here, "s", template).await.unwrap();
    deploy::delete(&stack, &here, &|_| {}).await.unwrap();
    let left = here.ask("sqs", "ListQueues", json!({})).await["QueueUrls"].take();
    assert_eq!(left, json!([stack.resources["Kept"].physical_id]));
}

/// Files that are not on this machine.
struct Kept;

impl Assets for Kept {
    fn files(&self, path: &str) -> Result<Vec<File>, String> {
        Err(format!("there is no {path}: bring it"))
    }
}

#[tokio::test]
async fn code_that_is_not_there_is_named_with_its_line() {
    let function = |code: &str, runtime: &str| {
        let head = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n";
        format!("{head}      Role: r\n      Runtime: {runtime}\n      Code: {code}")
    };
    let refused = async |template: String| {
        let template = Template::parse("t.yaml", &template).unwrap();
        let (scribe, none) = (Scribe::default(), BTreeMap::new());
        let plan = Plan { name: "s", parameters: &none, assets: &Kept, progress: &|_| {} };
        deploy::deploy(&template, &plan, &scribe).await.unwrap_err().to_string()
    };
    let missing = refused(function("./lib", "python3.12")).await;
    assert_eq!(missing, "t.yaml:7:7: F (AWS::Lambda::Function): there is no ./lib: bring it");
    let other = refused(function("{ZipFile: x}", "java21")).await;
    assert!(other.contains("ZipFile is for Python and Node.js, not \"java21\""), "{other}");
}
