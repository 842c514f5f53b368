//! Accounts: made, entered, moved, closed, parted with.

use crate::{ask, bare, cloud, fail, ids, inside, member, of, reason, root, unit};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::ACCOUNT;

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn an_organization_begins_with_its_management_account() {
    let cloud = bare().await;
    let admin = cloud.admin();
    let not_in_use = "AWSOrganizationsNotInUseException";
    assert_eq!(fail(&admin, "DescribeOrganization", json!({})).await.code, not_in_use);
    let stranger = json!({"AccountId": "111122223333"});
    assert_eq!(fail(&admin, "DescribeAccount", stranger).await.code, not_in_use);
    let made = ask(&admin, "CreateOrganization", json!({})).await;
    assert_eq!(made["Organization"]["FeatureSet"], "ALL");
    assert_eq!(made["Organization"]["MasterAccountId"], ACCOUNT);
    assert_eq!(ask(&admin, "DescribeOrganization", json!({})).await, made);
    let again = fail(&admin, "CreateOrganization", json!({})).await;
    assert_eq!(again.code, "AlreadyInOrganizationException");
    let roots = ask(&admin, "ListRoots", json!({})).await;
    assert_eq!(roots["Roots"][0]["PolicyTypes"], json!([]));
    ask(&admin, "DeleteOrganization", json!({})).await;
    assert_eq!(fail(&admin, "ListRoots", json!({})).await.code, not_in_use);
}

#[tokio::test]
async fn a_new_account_is_entered_by_its_role() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let input = json!({"AccountName": "data", "Email": "data@example.com",
        "Tags": [{"Key": "team", "Value": "red"}]});
    let status = ask(&admin, "CreateAccount", input).await["CreateAccountStatus"].clone();
    assert_eq!(status["State"], "SUCCEEDED");
    let request = json!({"CreateAccountRequestId": status["Id"]});
    let told = ask(&admin, "DescribeCreateAccountStatus", request).await;
    assert_eq!(told["CreateAccountStatus"], status);
    let id = status["AccountId"].as_str().unwrap();
    let account = ask(&admin, "DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(account["Account"]["JoinedMethod"], "CREATED");
    assert_eq!(account["Account"]["State"], "ACTIVE");
    let tags = ask(&admin, "ListTagsForResource", json!({"ResourceId": id})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "red"}]));

    let within = inside(&cloud, id).await;
    let who = of(&within, "sts", "GetCallerIdentity", json!({})).await;
    assert_eq!(who["Account"], id);
    of(&within, "sqs", "CreateQueue", json!({"QueueName": "q"})).await;
    assert_eq!(of(&admin, "sqs", "ListQueues", json!({})).await["QueueUrls"], Value::Null);
    // The role trusts the management account, and no user of another one.
    let other = cloud
        .user_of(
            "111122223333",
            "eve",
            json!([{"Effect": "Allow",
        "Action": "*", "Resource": "*"}]),
        )
        .await;
    let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
    let assume = json!({"RoleArn": role, "RoleSessionName": "eve"});
    assert_eq!(other.call("sts", "AssumeRole", assume).await.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn an_address_belongs_to_one_account() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    member(&cloud, "one").await;
    let input = json!({"AccountName": "two", "Email": "ONE@example.com"});
    let status = ask(&admin, "CreateAccount", input).await["CreateAccountStatus"].clone();
    assert_eq!(status["State"], "FAILED");
    assert_eq!(status["FailureReason"], "EMAIL_ALREADY_EXISTS");
    let failed = ask(&admin, "ListCreateAccountStatus", json!({"States": ["FAILED"]})).await;
    assert_eq!(failed["CreateAccountStatuses"].as_array().unwrap().len(), 1);
    let bad = json!({"AccountName": "two", "Email": "nobody"});
    assert_eq!(fail(&admin, "CreateAccount", bad).await.code, "InvalidInputException");
}

#[tokio::test]
async fn accounts_are_listed_in_pages_and_by_place() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let unit = unit(&cloud, &root, "team").await;
    for name in ["a1", "a2", "a3"] {
        member(&cloud, name).await;
    }
    let mut seen = Vec::new();
    let mut input = json!({"MaxResults": 2});
    loop {
        let page = ask(&admin, "ListAccounts", input.clone()).await;
        seen.extend(ids(&page["Accounts"]).into_iter().map(str::to_owned));
        match page.get("NextToken").filter(|token| !token.is_null()) {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted());
    let bad = json!({"NextToken": "!"});
    let invalid = reason(&admin, "ListAccounts", bad).await;
    assert_eq!(invalid, "InvalidInputException INVALID_NEXT_TOKEN");

    let id = seen.iter().find(|id| *id != ACCOUNT).unwrap();
    let way = json!({"AccountId": id, "SourceParentId": root, "DestinationParentId": unit});
    ask(&admin, "MoveAccount", way.clone()).await;
    let inside = ask(&admin, "ListAccountsForParent", json!({"ParentId": unit})).await;
    assert_eq!(ids(&inside["Accounts"]), [id]);
    let path = inside["Accounts"][0]["Paths"][0].as_str().unwrap();
    assert!(path.ends_with(&format!("/{root}/{unit}/{id}/")), "{path}");
    let parents = ask(&admin, "ListParents", json!({"ChildId": id})).await;
    assert_eq!(parents["Parents"], json!([{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]));
    assert_eq!(fail(&admin, "MoveAccount", way).await.code, "DuplicateAccountException");
    let back = json!({"AccountId": id, "SourceParentId": root, "DestinationParentId": root});
    assert_eq!(fail(&admin, "MoveAccount", back).await.code, "SourceParentNotFoundException");
}

#[tokio::test]
async fn nobody_of_a_closed_account_does_anything() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "gone").await;
    let within = inside(&cloud, &id).await;
    let user = cloud
        .user_of(
            &id,
            "ana",
            json!([{"Effect": "Allow", "Action": "*",
        "Resource": "*"}]),
        )
        .await;
    of(&user, "sqs", "ListQueues", json!({})).await;
    ask(&admin, "CloseAccount", json!({"AccountId": id})).await;
    for client in [&within, &user] {
        let refused = client.call("sqs", "ListQueues", json!({})).await.unwrap_err();
        assert_eq!(refused.code, "UnrecognizedClientException");
    }
    let told = ask(&admin, "DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(told["Account"]["Status"], "SUSPENDED");
    let again = fail(&admin, "CloseAccount", json!({"AccountId": id})).await;
    assert_eq!(again.code, "AccountAlreadyClosedException");
    let own = reason(&admin, "CloseAccount", json!({"AccountId": ACCOUNT})).await;
    assert_eq!(own, "ConstraintViolationException CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
}

#[tokio::test]
async fn no_more_than_ten_accounts_close_in_thirty_days() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let mut members = Vec::new();
    for index in 0..11 {
        members.push(member(&cloud, &format!("m{index}")).await);
    }
    let last = members.pop().unwrap();
    for id in members {
        ask(&admin, "CloseAccount", json!({"AccountId": id})).await;
    }
    let eleventh = reason(&admin, "CloseAccount", json!({"AccountId": last})).await;
    assert_eq!(eleventh, "ConstraintViolationException CLOSE_ACCOUNT_QUOTA_EXCEEDED");
    cloud.clock().advance(DAY * 31);
    ask(&admin, "CloseAccount", json!({"AccountId": last})).await;
}

#[tokio::test]
async fn an_account_stays_a_week_before_it_goes() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "young").await;
    let input = json!({"AccountId": id});
    let early = reason(&admin, "RemoveAccountFromOrganization", input.clone()).await;
    assert_eq!(early, "ConstraintViolationException WAIT_PERIOD_ACTIVE");
    let held = fail(&admin, "DeleteOrganization", json!({})).await;
    assert_eq!(held.code, "OrganizationNotEmptyException");
    cloud.clock().advance(DAY * 7);
    ask(&admin, "RemoveAccountFromOrganization", input).await;
    let gone = fail(&admin, "DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(gone.code, "AccountNotFoundException");
    // It is still entered by the role that it was made with.
    let within = inside(&cloud, &id).await;
    let alone = fail(&within, "DescribeOrganization", json!({})).await;
    assert_eq!(alone.code, "AWSOrganizationsNotInUseException");
    let own = fail(&admin, "LeaveOrganization", json!({})).await;
    assert_eq!(own.code, "MasterCannotLeaveOrganizationException");
    ask(&admin, "DeleteOrganization", json!({})).await;
}

#[tokio::test]
async fn members_leave_by_themselves_and_manage_nothing() {
    let cloud = cloud().await;
    let id = member(&cloud, "free").await;
    let within = inside(&cloud, &id).await;
    let root = root(&cloud).await;
    for (operation, input) in [
        ("ListAccounts", json!({})),
        ("ListRoots", json!({})),
        ("ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})),
        ("DescribeAccount", json!({"AccountId": ACCOUNT})),
        ("DescribeAccount", json!({"AccountId": id})),
        ("CreateAccount", json!({"AccountName": "x", "Email": "x@example.com"})),
        ("CloseAccount", json!({"AccountId": id})),
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "x"})),
        ("AttachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": id})),
        ("DetachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": id})),
        ("DescribePolicy", json!({"PolicyId": "p-FullAWSAccess"})),
        ("ListTargetsForPolicy", json!({"PolicyId": "p-FullAWSAccess"})),
        ("DisablePolicyType", json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"})),
        ("EnableAWSServiceAccess", json!({"ServicePrincipal": "iam.amazonaws.com"})),
        ("DeleteOrganization", json!({})),
        ("PutResourcePolicy", json!({"Content": "{}"})),
        ("RemoveAccountFromOrganization", json!({"AccountId": id})),
        ("TagResource", json!({"ResourceId": root, "Tags": [{"Key": "a", "Value": "b"}]})),
    ] {
        let refused = fail(&within, operation, input).await;
        assert_eq!(refused.code, "AccessDeniedException", "{operation}: {}", refused.message);
    }
    let organization = ask(&within, "DescribeOrganization", json!({})).await;
    assert_eq!(organization["Organization"]["MasterAccountId"], ACCOUNT);
    cloud.clock().advance(DAY * 8);
    let within = inside(&cloud, &id).await;
    ask(&within, "LeaveOrganization", json!({})).await;
    let gone = fail(&cloud.admin(), "DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(gone.code, "AccountNotFoundException");
}
