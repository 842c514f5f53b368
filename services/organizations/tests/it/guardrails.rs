//! What SCPs and RCPs do to requests: the acceptance vectors 13 to 15 and their neighbours.

use crate::{ask, attach, cloud, inside, member, of, policy, root, unit};
use serde_json::{Value, json};
use service_kit::{access::Scope, call::Call, context::Caller};
use shape::Failure;
use testkit::{ACCOUNT, Client, Cloud, REGION};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

async fn queue(client: &Client<'_>, name: &str) -> String {
    let made = of(client, "sqs", "CreateQueue", json!({"QueueName": name})).await;
    made["QueueUrl"].as_str().unwrap().to_owned()
}

async fn refusal(client: &Client<'_>, operation: &'static str, input: Value) -> Failure {
    client.call("sqs", operation, input).await.unwrap_err()
}

/// What `caller`, who has no keys, gets when it works in `account`.
async fn as_caller(
    cloud: &Cloud,
    caller: policy::Principal,
    account: &str,
    input: Value,
) -> Result<Value, Failure> {
    let (scope, caller) = (Scope::new(account, REGION), Caller::new(caller));
    let call = Call { service: "sqs", operation: "SendMessage", input, scope, caller, trace: None };
    cloud.platform().pipeline().unwrap().call(call).await
}

#[tokio::test]
async fn every_level_must_allow() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let (unit, id) = (unit(&cloud, &root, "dev").await, member(&cloud, "data").await);
    let way = json!({"AccountId": id, "SourceParentId": root, "DestinationParentId": unit});
    ask(&admin, "MoveAccount", way).await;
    let within = inside(&cloud, &id).await;
    queue(&within, "before").await;
    // Vector 13: the unit's level lacks the action, the account's allows it.
    let only = json!([{"Effect": "Allow", "Action": ["kms:*", "sts:*"], "Resource": "*"}]);
    let some = policy(&cloud, SCP, "some", only).await;
    attach(&cloud, &some, &unit).await;
    queue(&within, "still").await;
    let full = json!({"PolicyId": "p-FullAWSAccess", "TargetId": unit});
    ask(&admin, "DetachPolicy", full).await;
    let refused = refusal(&within, "CreateQueue", json!({"QueueName": "after"})).await;
    assert!(
        refused
            .message
            .ends_with("because no service control policy allows the sqs:CreateQueue action"),
        "{}",
        refused.message
    );
    of(&within, "kms", "ListKeys", json!({})).await;
    // Back at the root it is free again, without a new session.
    let back = json!({"AccountId": id, "SourceParentId": unit, "DestinationParentId": root});
    ask(&admin, "MoveAccount", back).await;
    queue(&within, "after").await;
}

#[tokio::test]
async fn root_users_of_members_are_bound_and_the_management_account_is_not() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let url = queue(&inside(&cloud, &id).await, "q").await;
    let own = queue(&cloud.admin(), "q").await;
    let send = |url: &str| json!({"QueueUrl": url, "MessageBody": "x"});
    let root_of = |account: &str| policy::Principal::Root { account: account.into() };
    as_caller(&cloud, root_of(&id), &id, send(&url)).await.unwrap();
    // Vector 14.
    let deny = json!([{"Sid": "NoSending", "Effect": "Deny", "Action": "sqs:SendMessage",
        "Resource": "*"}]);
    let denied = policy(&cloud, SCP, "no sending", deny).await;
    attach(&cloud, &denied, &root(&cloud).await).await;
    let refused = as_caller(&cloud, root_of(&id), &id, send(&url)).await.unwrap_err();
    let words = "with an explicit deny in a service control policy: arn:aws:organizations::";
    assert!(refused.message.contains(words), "{}", refused.message);
    as_caller(&cloud, root_of(ACCOUNT), ACCOUNT, send(&own)).await.unwrap();
    // A role that belongs to a service is not bound, nor a service that acts for itself.
    let linked = policy::Principal::Role {
        account: id.as_str().into(),
        path: "/aws-service-role/x.amazonaws.com/".into(),
        name: "AWSServiceRoleForX".into(),
        id: "AROAX".into(),
        session: "s".into(),
    };
    let refused = as_caller(&cloud, linked, &id, send(&url)).await.unwrap_err();
    assert!(refused.message.contains("no identity-based policy"), "{}", refused.message);
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "*"}]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": open.to_string()}});
    of(&inside(&cloud, &id).await, "sqs", "SetQueueAttributes", set).await;
    let service = policy::Principal::Service { name: "sns.amazonaws.com".into(), account: None };
    as_caller(&cloud, service, &id, send(&url)).await.unwrap();
}

#[tokio::test]
async fn resources_stay_within_the_organization() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let id = member(&cloud, "data").await;
    let within = inside(&cloud, &id).await;
    let url = queue(&within, "open").await;
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": open.to_string()}});
    of(&within, "sqs", "SetQueueAttributes", set.clone()).await;
    let send = json!({"QueueUrl": url, "MessageBody": "x"});
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let stranger = cloud.user_of("111122223333", "eve", all).await;
    of(&stranger, "sqs", "SendMessage", send.clone()).await;
    let anonymous = || policy::Principal::Anonymous;
    as_caller(&cloud, anonymous(), &id, send.clone()).await.unwrap();

    // Vector 15.
    let organization = ask(&admin, "DescribeOrganization", json!({})).await;
    let perimeter = json!([{"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
        "Resource": "*", "Condition": {"StringNotEqualsIfExists":
            {"aws:PrincipalOrgID": organization["Organization"]["Id"]},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]);
    let perimeter = policy(&cloud, RCP, "perimeter", perimeter).await;
    ask(&admin, "EnablePolicyType", json!({"RootId": root, "PolicyType": RCP})).await;
    attach(&cloud, &perimeter, &root).await;
    let refused = as_caller(&cloud, anonymous(), &id, send.clone()).await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    refusal(&stranger, "SendMessage", send.clone()).await;
    of(&within, "sqs", "SendMessage", send.clone()).await;
    of(&admin, "sqs", "SendMessage", send).await;
    // Resources of the management account are not bound.
    let own = queue(&admin, "open").await;
    let set = json!({"QueueUrl": own, "Attributes": {"Policy": open.to_string()}});
    of(&admin, "sqs", "SetQueueAttributes", set).await;
    let send = json!({"QueueUrl": own, "MessageBody": "x"});
    of(&stranger, "sqs", "SendMessage", send).await;
}

#[tokio::test]
async fn resource_control_leaves_the_keys_of_services_and_other_services_alone() {
    let cloud = cloud().await;
    let root = root(&cloud).await;
    let id = member(&cloud, "data").await;
    let within = inside(&cloud, &id).await;
    let key = of(&within, "kms", "CreateKey", json!({})).await;
    let managed = json!({"KeyId": "alias/aws/sqs"});
    of(&within, "kms", "DescribeKey", managed.clone()).await;
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": json!({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": id}, "Action": "sts:AssumeRole"}]}).to_string()});
    of(&within, "iam", "CreateRole", role).await;
    let nothing = json!([{"Effect": "Deny", "Principal": "*",
        "Action": ["kms:DescribeKey", "iam:GetRole"], "Resource": "*"}]);
    let nothing = policy(&cloud, RCP, "nothing", nothing).await;
    let types = json!({"RootId": root, "PolicyType": RCP});
    ask(&cloud.admin(), "EnablePolicyType", types).await;
    attach(&cloud, &nothing, &id).await;
    let own = json!({"KeyId": key["KeyMetadata"]["KeyId"]});
    let refused = within.call("kms", "DescribeKey", own).await.unwrap_err();
    let words = "with an explicit deny in a resource control policy";
    assert!(refused.message.contains(words), "{}", refused.message);
    of(&within, "kms", "DescribeKey", managed).await;
    of(&within, "iam", "GetRole", json!({"RoleName": "r"})).await;
}

#[tokio::test]
async fn what_a_closed_account_has_is_closed_to_everybody() {
    let cloud = cloud().await;
    let id = member(&cloud, "gone").await;
    let within = inside(&cloud, &id).await;
    let url = queue(&within, "open").await;
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": open.to_string()}});
    of(&within, "sqs", "SetQueueAttributes", set).await;
    let send = json!({"QueueUrl": url, "MessageBody": "x"});
    let callers = || {
        let service = "sns.amazonaws.com".into();
        let role = policy::Principal::Role {
            account: id.as_str().into(),
            path: "/".into(),
            name: "OrganizationAccountAccessRole".into(),
            id: "AROAX".into(),
            session: "of-a-service".into(),
        };
        let service = policy::Principal::Service { name: service, account: None };
        [policy::Principal::Anonymous, service, role]
    };
    for caller in callers() {
        as_caller(&cloud, caller, &id, send.clone()).await.unwrap();
    }
    ask(&cloud.admin(), "CloseAccount", json!({"AccountId": id})).await;
    for caller in callers() {
        let refused = as_caller(&cloud, caller, &id, send.clone()).await.unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException");
    }
}

#[tokio::test]
async fn condition_keys_tell_organizations_and_places() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let (unit, id) = (unit(&cloud, &root, "dev").await, member(&cloud, "data").await);
    let organization = ask(&admin, "DescribeOrganization", json!({})).await;
    let organization = organization["Organization"]["Id"].as_str().unwrap().to_owned();
    let place = format!("{organization}/{root}/{unit}/*");
    let within = inside(&cloud, &id).await;
    let own = queue(&admin, "shared").await;
    let allow = |condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
            "Action": "sqs:SendMessage", "Resource": "*", "Condition": condition}]})
    };
    let send = json!({"QueueUrl": own, "MessageBody": "x"});
    let place = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [place]}});
    let set = json!({"QueueUrl": own, "Attributes": {"Policy": allow(place).to_string()}});
    of(&admin, "sqs", "SetQueueAttributes", set).await;
    refusal(&within, "SendMessage", send.clone()).await;
    let way = json!({"AccountId": id, "SourceParentId": root, "DestinationParentId": unit});
    ask(&admin, "MoveAccount", way).await;
    of(&within, "sqs", "SendMessage", send.clone()).await;

    // What a service sends counts by the account that it sends for.
    let source = json!({"StringEquals": {"aws:SourceOrgID": organization,
        "aws:ResourceOrgID": organization}});
    let set = json!({"QueueUrl": own, "Attributes": {"Policy": allow(source).to_string()}});
    of(&admin, "sqs", "SetQueueAttributes", set).await;
    for (account, answered) in [(id.as_str(), true), ("111122223333", false)] {
        let mut caller = Caller::new(policy::Principal::Service {
            name: "sns.amazonaws.com".into(),
            account: Some(account.into()),
        });
        caller.source_account = Some(account.into());
        let call = Call {
            service: "sqs",
            operation: "SendMessage",
            input: send.clone(),
            scope: Scope::new(ACCOUNT, REGION),
            caller,
            trace: None,
        };
        let outcome = cloud.platform().pipeline().unwrap().call(call).await;
        assert_eq!(outcome.is_ok(), answered, "{account}");
    }
}

#[tokio::test]
async fn a_simulation_says_what_the_organization_would() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let within = inside(&cloud, &id).await;
    let deny = json!([{"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*"}]);
    let deny = policy(&cloud, SCP, "deny", deny).await;
    attach(&cloud, &deny, &id).await;
    let simulate = async |client: &Client<'_>, account: &str, role: &str| {
        let source = format!("arn:aws:iam::{account}:{role}");
        let input = json!({"PolicySourceArn": source,
            "ActionNames": ["sqs:SendMessage", "sqs:ListQueues"]});
        of(client, "iam", "SimulatePrincipalPolicy", input).await["EvaluationResults"].clone()
    };
    let told = simulate(&within, &id, "role/OrganizationAccountAccessRole").await;
    let detail = |allowed: bool| json!({"AllowedByOrganizations": allowed});
    assert_eq!(told[0]["EvalDecision"], "explicitDeny");
    assert_eq!(told[0]["OrganizationsDecisionDetail"], detail(false));
    assert_eq!(told[1]["EvalDecision"], "allowed");
    assert_eq!(told[1]["OrganizationsDecisionDetail"], detail(true));
    let own = simulate(&cloud.admin(), ACCOUNT, "user/admin").await;
    assert_eq!(own[0]["EvalDecision"], "allowed");
    assert_eq!(own[0]["OrganizationsDecisionDetail"], Value::Null);
}
