//! What is wrong with templates and parameters is said with file, line and what to do.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use common::{Here, cloud, deploy, deploy_with, faults};
use deploy::{DeployError, Template};
use serde_json::json;

/// The only fault of a template.
fn fault(template: &str) -> String {
    let all = faults(template);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap()
}

/// Asserts what the only fault of a template is: its place, and part of its words.
fn wrong(template: &str, place: &str, words: &str) {
    let fault = fault(template);
    assert!(fault.starts_with(&format!("t.yaml:{place}: ")), "{fault}");
    assert!(fault.contains(words), "{fault}");
}

/// A template with one topic whose `DisplayName` is `value`.
fn topic(value: &str) -> String {
    format!(
        "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {value}"
    )
}

#[test]
fn names_that_are_not_there() {
    wrong(&topic("!Ref Nope"), "5:7", "there is no Nope to refer to: write one of T, AWS::");
    wrong(&topic("!GetAtt Nope.Arn"), "5:7", "there is no resource Nope to have an attribute");
    wrong(&topic("!Sub 'a${Nope}'"), "5:7", "there is no Nope to refer to");
    wrong(&topic("!Sub 'a${Nope.Arn}'"), "5:7", "there is no resource Nope");
    wrong(&topic("!If [Nope, a, b]"), "5:7", "there is no condition Nope: there are none");
    wrong(
        &topic("x\n    DependsOn: [U]"),
        "6:5",
        "DependsOn names U, which is no resource: write T",
    );
    wrong(&topic("x\n    Condition: C"), "2:3", "there is no condition C");
    let other = "\n  U: {Type: AWS::SQS::Queue}";
    let attribute = "AWS::SQS::Queue has no attribute Url: write one of Arn, QueueName, QueueUrl";
    wrong(&(topic("!GetAtt U.Url") + other), "5:7", attribute);
    let conditions = "\nConditions: {C: !Equals [!Ref T, a]}";
    wrong(&(topic("x") + conditions), "6:26", "a condition cannot know a resource");
}

#[test]
fn types_and_properties_that_are_not_there() {
    wrong("Resources: {T: {Type: AWS::EC2::Instance}}", "1:17", "there is no resource type");
    let unknown = topic("x\n      Displayname: y");
    wrong(&unknown, "6:7", "the property Displayname is not known here: write one of Content");
    let nested = topic("x\n      Subscription:\n      - {Protocol: sqs, Endpont: y}");
    let all = faults(&nested);
    assert!(all[0].starts_with("t.yaml:7:9: the property Endpoint is missing"), "{all:?}");
    assert!(all[1].starts_with("t.yaml:7:25: the property Endpont is not known"), "{all:?}");
    wrong(
        "Resources: {M: {Type: AWS::KMS::Alias, Properties: {AliasName: a}}}",
        "1:40",
        "TargetKeyId",
    );
    wrong(&topic("[a]"), "5:7", "this has another form: write a text");
    wrong(&topic("x\n      Tags: {a: b}"), "6:7", "write a list");
    let number =
        "Resources:\n  L:\n    Type: AWS::Logs::LogGroup\n    Properties: {RetentionInDays: ten}";
    wrong(number, "4:18", "write a number");
    wrong(
        "Resources: {T: {Type: AWS::SNS::Topic, Count: 2}}",
        "1:40",
        "a resource has no Count here",
    );
    wrong("Resources: {a-b: {Type: AWS::SNS::Topic}}", "1:13", "letters and digits only");
    let policy = "Resources: {T: {Type: AWS::SNS::Topic, DeletionPolicy: Snapshot}}";
    wrong(policy, "1:40", "write Delete or Retain");
}

#[test]
fn sections_that_are_not_there() {
    wrong("Outputs: {}", "1:1", "the template has no Resources");
    wrong(&(topic("x") + "\nTransform: AWS::Serverless-2016-10-31"), "6:1", "no Transform here");
    wrong(
        &(topic("x") + "\nOutputs:\n  O: {Export: {Name: n}, Value: v}"),
        "7:7",
        "no Export here",
    );
    wrong(&(topic("x") + "\nOutputs:\n  O: {Description: d}"), "7:3", "has no Value: add it");
    wrong(&(topic("x") + "\nParameters: []"), "6:1", "is no mapping");
    assert!(fault("a: [").contains("this is not YAML: "));
}

#[test]
fn functions_that_are_used_wrongly() {
    wrong(&topic("{'Fn::GetAZs': a}"), "5:21", "the function Fn::GetAZs is not supported");
    wrong(&topic("{Ref: T, b: c}"), "5:21", "the function Ref has neighbours");
    wrong(&topic("!Join [a]"), "5:20", "Fn::Join has other arguments: write a list of two");
    wrong(&topic("!Sub 'a${b'"), "5:20", "add }, or write ${!");
    wrong(&topic("!GetAtt Arn"), "5:20", "write a resource and an attribute");
    wrong(&topic("!If [a, b]"), "5:20", "a condition's name and two values");
    wrong(&topic("'{{resolve:ssm:x}}'"), "5:7", "dynamic references");
    wrong(&(topic("x") + "\nConditions: {C: !Ref AWS::Region}"), "6:14", "this is no condition");
}

#[test]
fn circles() {
    let queue = |id: &str, other: &str| {
        format!("\n  {id}:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: !Ref {other}}}")
    };
    let circle = format!("Resources:{}{}{}", queue("A", "B"), queue("B", "C"), queue("C", "B"));
    wrong(&circle, "5:3", "B needs C needs B: remove one of these references");
    let conditions = "\nConditions:\n  C: !Not [!Condition D]\n  D: !Not [!Condition C]";
    wrong(&(topic("x") + conditions), "7:3", "C needs D needs C");
}

#[test]
fn all_faults_are_told_in_the_order_of_the_file() {
    let template = topic("!Ref A\n      Foo: 1\n      TopicName: !Ref B");
    let text = Template::parse("t.yaml", &template).unwrap_err().to_string();
    let lines: Vec<_> = text.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(lines, ["t.yaml:5:7", "t.yaml:6:7", "t.yaml:7:7"]);
}

#[test]
fn parameters_are_declared_well() {
    let declared = |text: &str| format!("Parameters:\n  P: {text}\n{}", topic("x"));
    wrong(&declared("{Type: Text}"), "2:7", "no known Type: write one of String, Number");
    wrong(&declared("{Type: String, Min: 1}"), "2:21", "a parameter has no Min");
    wrong(
        &declared("{Type: Number, Default: a}"),
        "2:21",
        "unsuitable value \"a\": write a number",
    );
    wrong(&declared("{Type: String, AllowedPattern: '('}"), "2:21", "no regular expression");
}

#[tokio::test]
async fn parameters_are_given_well() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let template = format!(
        "Parameters:\n  A: {{Type: String, AllowedValues: [x, y]}}\n  B: {{Type: String, \
         AllowedPattern: '[a-z]+', NoEcho: true}}\n  C: {{Type: Number, MinValue: 3, Default: 4}}\n\
         {}",
        topic("!Ref A")
    );
    let refused = async |given: &[(&str, &str)]| {
        let error = deploy_with(&here, "s", &template, given).await.unwrap_err();
        assert!(matches!(error, DeployError::Faults(_)), "{error}");
        error.to_string()
    };
    let missing = refused(&[("B", "b")]).await;
    assert_eq!(missing, "t.yaml:2:3: the parameter A has no value: give one");
    let unsuitable = refused(&[("A", "z"), ("B", "b"), ("C", "2")]).await;
    let expected = "t.yaml:2:3: the parameter A has an unsuitable value \"z\": write one of x, y\n\
        t.yaml:4:3: the parameter C has an unsuitable value \"2\": write a number at least 3";
    assert_eq!(unsuitable, expected);
    let secret = refused(&[("A", "x"), ("B", "SECRET")]).await;
    assert_eq!(secret, "t.yaml:3:3: the parameter B has an unsuitable value: match ^(?:[a-z]+)$");
    let unknown = refused(&[("A", "x"), ("B", "b"), ("D", "d")]).await;
    assert_eq!(unknown, "t.yaml:1:1: there is no parameter D to give: write one of A, B, C");
    assert!(here.called.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_that_refuses_is_named_and_all_is_undone() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let before = here.counts().await;
    let template = "Resources:
  Good: {Type: AWS::SNS::Topic}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Select [5, !Split [':', !Ref Good]]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: {Effect: Allow, Action: sts:AssumeRole, Principal: {AWS: '*'}}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/None]
  Late:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Role}
";
    let error = deploy(&here, "s", template).await.unwrap_err().to_string();
    let words = "t.yaml:3:3: Role (AWS::IAM::Role): iam:AttachRolePolicy answered NoSuchEntity";
    assert!(error.starts_with(words), "{error}");
    assert!(!error.contains("not deleted again"), "{error}");
    assert_eq!(here.counts().await, before);
    assert!(!here.called.lock().unwrap().contains(&"sqs:CreateQueue".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_undone_is_named() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let template = "Resources:
  Kept:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: kept
      DeletionProtectionEnabled: true
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
Outputs:
  O: {Value: !Select [3, [!Ref Kept]]}
";
    let error = deploy(&here, "s", template).await.unwrap_err().to_string();
    let (fault, left) = error.split_once('\n').unwrap();
    assert!(fault.contains("t.yaml:11:") && fault.contains("item 3 of 1"), "{fault}");
    let words =
        "not deleted again: Kept (AWS::DynamoDB::Table) kept: dynamodb:DeleteTable answered";
    assert!(left.starts_with(words), "{left}");
    assert_eq!(here.count("dynamodb", "ListTables", "TableNames").await, 1);
}

#[tokio::test]
async fn values_that_cannot_be_are_placed() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let refused =
        async |template: String| deploy(&here, "s", &template).await.unwrap_err().to_string();
    let mapped = topic("!FindInMap [M, a, c]") + "\nMappings: {M: {a: {b: 1}}}";
    let error = refused(mapped).await;
    assert!(error.contains("T (AWS::SNS::Topic): Fn::FindInMap finds no c: write b"), "{error}");
    let absent = topic("!Ref U")
        + "\n  U: {Type: AWS::SNS::Topic, Condition: C}\nConditions: {C: !Equals [a, b]}";
    let error = refused(absent).await;
    assert!(error.starts_with("t.yaml:5:"), "{error}");
    assert!(error.contains("U is not made because its condition does not hold"), "{error}");
    let number = "Resources:\n  L:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      \
        RetentionInDays: !Sub '${AWS::Region}'";
    let error = refused(number.into()).await;
    assert!(error.starts_with("t.yaml:5:7: L (AWS::Logs::LogGroup): "), "{error}");
    assert_eq!(here.ask("sns", "ListTopics", json!({})).await["Topics"], json!([]));
}
