//! Trusted services, delegated administrators, the organization's resource policy.

use crate::{ask, cloud, fail, ids, inside, member, policy, reason, root};
use serde_json::json;
use testkit::ACCOUNT;

const SERVICE: &str = "access-analyzer.amazonaws.com";

#[tokio::test]
async fn an_administrator_of_a_service_looks_but_does_not_touch() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "audit").await;
    let within = inside(&cloud, &id).await;
    let register = json!({"AccountId": id, "ServicePrincipal": SERVICE});
    let early = reason(&admin, "RegisterDelegatedAdministrator", register.clone()).await;
    assert_eq!(early, "ConstraintViolationException SERVICE_ACCESS_NOT_ENABLED");
    let service = json!({"ServicePrincipal": SERVICE});
    ask(&admin, "EnableAWSServiceAccess", service.clone()).await;
    let own = json!({"AccountId": ACCOUNT, "ServicePrincipal": SERVICE});
    let own = reason(&admin, "RegisterDelegatedAdministrator", own).await;
    let master = "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR";
    assert_eq!(own, format!("ConstraintViolationException {master}"));
    assert_eq!(fail(&within, "ListAccounts", json!({})).await.code, "AccessDeniedException");
    ask(&admin, "RegisterDelegatedAdministrator", register.clone()).await;

    assert_eq!(ids(&ask(&within, "ListAccounts", json!({})).await["Accounts"]).len(), 2);
    ask(&within, "DescribeAccount", json!({"AccountId": ACCOUNT})).await;
    let root = root(&cloud).await;
    for (operation, input) in [
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "x"})),
        ("CreateAccount", json!({"AccountName": "x", "Email": "x@example.com"})),
        ("CloseAccount", json!({"AccountId": id})),
        ("DeregisterDelegatedAdministrator", register.clone()),
    ] {
        assert_eq!(
            fail(&within, operation, input).await.code,
            "AccessDeniedException",
            "{operation}"
        );
    }
    let listed = ask(&admin, "ListDelegatedAdministrators", service.clone()).await;
    assert_eq!(ids(&listed["DelegatedAdministrators"]), [id.as_str()]);
    let services = ask(&admin, "ListDelegatedServicesForAccount", json!({"AccountId": id})).await;
    assert_eq!(services["DelegatedServices"][0]["ServicePrincipal"], SERVICE);
    let held = reason(&admin, "DisableAWSServiceAccess", service.clone()).await;
    let exists = "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE";
    assert_eq!(held, format!("ConstraintViolationException {exists}"));
    let held = reason(&admin, "RemoveAccountFromOrganization", json!({"AccountId": id})).await;
    let cannot = "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG";
    assert_eq!(held, format!("ConstraintViolationException {cannot}"));

    ask(&admin, "DeregisterDelegatedAdministrator", register).await;
    assert_eq!(fail(&within, "ListAccounts", json!({})).await.code, "AccessDeniedException");
    ask(&admin, "DisableAWSServiceAccess", service).await;
    let none = ask(&admin, "ListAWSServiceAccessForOrganization", json!({})).await;
    assert_eq!(none["EnabledServicePrincipals"], json!([]));
    let odd = json!({"ServicePrincipal": "evil.example.com"});
    let odd = reason(&admin, "EnableAWSServiceAccess", odd).await;
    assert_eq!(odd, "InvalidInputException UNRECOGNIZED_SERVICE_PRINCIPAL");
}

#[tokio::test]
async fn the_resource_policy_lets_members_manage_policies() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "security").await;
    let target = member(&cloud, "target").await;
    let within = inside(&cloud, &id).await;
    let scp = policy(
        &cloud,
        "SERVICE_CONTROL_POLICY",
        "p",
        json!([{"Effect": "Deny",
        "Action": "sqs:*", "Resource": "*"}]),
    )
    .await;
    let attach = json!({"PolicyId": scp, "TargetId": target});
    assert_eq!(fail(&within, "AttachPolicy", attach.clone()).await.code, "AccessDeniedException");
    let content = |actions: serde_json::Value| {
        let content = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{id}:root")}, "Action": actions,
            "Resource": "*", "Condition": {"StringLikeIfExists":
                {"organizations:PolicyType": ["SERVICE_CONTROL_POLICY"]}}}]});
        json!({"Content": content.to_string()})
    };
    let far = reason(&admin, "PutResourcePolicy", content(json!("organizations:*"))).await;
    assert_eq!(far, "InvalidInputException UNSUPPORTED_ACTION_IN_RESOURCE_POLICY");
    let some = json!(["organizations:AttachPolicy", "organizations:List*"]);
    ask(&admin, "PutResourcePolicy", content(some)).await;
    ask(&within, "AttachPolicy", attach.clone()).await;
    ask(&within, "ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})).await;
    let other = fail(&within, "ListPolicies", json!({"Filter": "RESOURCE_CONTROL_POLICY"})).await;
    assert_eq!(other.code, "AccessDeniedException", "the condition is about the type");
    assert_eq!(fail(&within, "DetachPolicy", attach.clone()).await.code, "AccessDeniedException");
    let third = inside(&cloud, &target).await;
    assert_eq!(fail(&third, "AttachPolicy", attach).await.code, "AccessDeniedException");
    let shown = ask(&admin, "DescribeResourcePolicy", json!({})).await;
    assert!(shown["ResourcePolicy"]["Content"].as_str().unwrap().contains(&id));
    ask(&admin, "DeleteResourcePolicy", json!({})).await;
    let gone = fail(&admin, "DescribeResourcePolicy", json!({})).await;
    assert_eq!(gone.code, "ResourcePolicyNotFoundException");
}
