//! Policies: written, attached, their types switched on and off, their quotas.

use crate::{ask, attach, bare, cloud, fail, ids, member, policy, reason, root};
use serde_json::{Value, json};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

fn deny(action: &str) -> Value {
    json!([{"Effect": "Deny", "Action": action, "Resource": "*"}])
}

#[tokio::test]
async fn policies_are_written_and_changed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = policy(&cloud, SCP, "no queues", deny("sqs:*")).await;
    let told = ask(&admin, "DescribePolicy", json!({"PolicyId": id})).await["Policy"].clone();
    assert_eq!(told["PolicySummary"]["Name"], "no queues");
    let arn = told["PolicySummary"]["Arn"].as_str().unwrap();
    assert!(arn.contains(":policy/o-") && arn.contains("/service_control_policy/p-"), "{arn}");
    let listed = ask(&admin, "ListPolicies", json!({"Filter": SCP})).await;
    let mut listed = ids(&listed["Policies"]);
    listed.sort_by_key(|one| *one == id);
    assert_eq!(listed, ["p-FullAWSAccess", id.as_str()]);
    assert_eq!(
        ids(&ask(&admin, "ListPolicies", json!({"Filter": RCP})).await["Policies"]).len(),
        1
    );

    let content = json!({"Version": "2012-10-17", "Statement": deny("kms:*")}).to_string();
    let change = json!({"PolicyId": id, "Name": "no keys", "Description": "d", "Content": content});
    let changed = ask(&admin, "UpdatePolicy", change).await["Policy"].clone();
    assert_eq!(changed["PolicySummary"]["Name"], "no keys");
    assert_eq!(changed["Content"], content.as_str());
    let kept = json!({"PolicyId": "p-FullAWSAccess", "Name": "x"});
    let immutable = reason(&admin, "UpdatePolicy", kept).await;
    assert_eq!(immutable, "InvalidInputException IMMUTABLE_POLICY");
    ask(&admin, "DeletePolicy", json!({"PolicyId": id})).await;
    let gone = fail(&admin, "DescribePolicy", json!({"PolicyId": id})).await;
    assert_eq!(gone.code, "PolicyNotFoundException");
}

#[tokio::test]
async fn what_is_no_policy_is_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = |control: &str, name: &str, content: &str| json!({"Type": control, "Name": name, "Description": "", "Content": content});
    let scp = |statement: &str| format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    for (control, content) in [
        (SCP, "{}".to_owned()),
        (SCP, scp(r#"[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]"#)),
        (SCP, scp(r#"[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]"#)),
        (RCP, scp(r#"[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]"#)),
        (RCP, scp(r#"[{"Effect":"Deny","Action":"*","Resource":"*"}]"#)),
    ] {
        let malformed = fail(&admin, "CreatePolicy", create(control, "x", &content)).await;
        assert_eq!(malformed.code, "MalformedPolicyDocumentException", "{content}");
    }
    let long = scp(&format!(
        r#"[{{"Sid":"{}","Effect":"Deny","Action":"sqs:*","Resource":"*"}}]"#,
        "s".repeat(5_120)
    ));
    let refused = reason(&admin, "CreatePolicy", create(SCP, "x", &long)).await;
    assert_eq!(refused, "ConstraintViolationException POLICY_CONTENT_LIMIT_EXCEEDED");
    policy(&cloud, SCP, "x", deny("sqs:*")).await;
    let content = json!({"Version": "2012-10-17", "Statement": deny("*")}).to_string();
    for name in ["x", "FullAWSAccess"] {
        let twice = fail(&admin, "CreatePolicy", create(SCP, name, &content)).await;
        assert_eq!(twice.code, "DuplicatePolicyException");
    }
    let without_effect = fail(&admin, "CreatePolicy", create("TAG_POLICY", "t", "{}")).await;
    assert_eq!(without_effect.code, "NotImplemented");
    assert!(without_effect.message.contains("TAG_POLICY"), "{}", without_effect.message);
}

#[tokio::test]
async fn five_policies_fit_and_one_stays() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let account = member(&cloud, "data").await;
    let mut policies = Vec::new();
    for index in 0..5 {
        policies.push(policy(&cloud, SCP, &format!("p{index}"), deny("sqs:*")).await);
    }
    let on = |policy: &str| json!({"PolicyId": policy, "TargetId": account});
    for id in &policies[..4] {
        attach(&cloud, id, &account).await;
    }
    let twice = fail(&admin, "AttachPolicy", on(&policies[0])).await;
    assert_eq!(twice.code, "DuplicatePolicyAttachmentException");
    let sixth = reason(&admin, "AttachPolicy", on(&policies[4])).await;
    assert_eq!(sixth, "ConstraintViolationException MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
    let used = fail(&admin, "DeletePolicy", json!({"PolicyId": policies[0]})).await;
    assert_eq!(used.code, "PolicyInUseException");
    let absent = fail(&admin, "DetachPolicy", on(&policies[4])).await;
    assert_eq!(absent.code, "PolicyNotAttachedException");
    let input = json!({"TargetId": account, "Filter": SCP});
    let listed = ask(&admin, "ListPoliciesForTarget", input).await;
    assert_eq!(ids(&listed["Policies"]).len(), 5);
    for id in &policies[..4] {
        ask(&admin, "DetachPolicy", on(id)).await;
    }
    let last = reason(&admin, "DetachPolicy", on("p-FullAWSAccess")).await;
    assert_eq!(last, "ConstraintViolationException MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
    let targets = json!({"PolicyId": "p-FullAWSAccess"});
    let targets = ask(&admin, "ListTargetsForPolicy", targets).await["Targets"].clone();
    assert_eq!(targets.as_array().unwrap().len(), 3, "root, management account, member");
}

#[tokio::test]
async fn types_are_enabled_with_what_allows_everything() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let account = member(&cloud, "data").await;
    let of = |control: &str| json!({"RootId": root, "PolicyType": control});
    let statement = json!([{"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
        "Resource": "*"}]);
    let rcp = policy(&cloud, RCP, "r", statement).await;
    let on = json!({"PolicyId": rcp, "TargetId": account});
    let off = fail(&admin, "AttachPolicy", on.clone()).await;
    assert_eq!(off.code, "PolicyTypeNotEnabledException");
    ask(&admin, "EnablePolicyType", of(RCP)).await;
    let again = fail(&admin, "EnablePolicyType", of(RCP)).await;
    assert_eq!(again.code, "PolicyTypeAlreadyEnabledException");
    ask(&admin, "AttachPolicy", on).await;
    let fixed = json!({"PolicyId": "p-RCPFullAWSAccess", "TargetId": account});
    let fixed = reason(&admin, "DetachPolicy", fixed).await;
    assert_eq!(fixed, "InvalidInputException NON_DETACHABLE_POLICY");
    ask(&admin, "DisablePolicyType", of(RCP)).await;
    let input = json!({"TargetId": account, "Filter": RCP});
    let left = ask(&admin, "ListPoliciesForTarget", input.clone()).await;
    assert_eq!(left["Policies"], json!([]));
    ask(&admin, "EnablePolicyType", of(RCP)).await;
    let back = ask(&admin, "ListPoliciesForTarget", input).await;
    assert_eq!(ids(&back["Policies"]), ["p-RCPFullAWSAccess"]);
    let tags = fail(&admin, "EnablePolicyType", of("TAG_POLICY")).await;
    assert_eq!(tags.code, "NotImplemented");
}

#[tokio::test]
async fn one_bill_has_no_policies() {
    let cloud = bare().await;
    let admin = cloud.admin();
    let input = json!({"FeatureSet": "CONSOLIDATED_BILLING"});
    ask(&admin, "CreateOrganization", input).await;
    let content = json!({"Version": "2012-10-17", "Statement": deny("*")}).to_string();
    let input = json!({"Type": SCP, "Name": "x", "Description": "", "Content": content});
    let refused = fail(&admin, "CreatePolicy", input).await;
    assert_eq!(refused.code, "PolicyTypeNotAvailableForOrganizationException");
    let input = json!({"ServicePrincipal": "iam.amazonaws.com"});
    let refused = reason(&admin, "EnableAWSServiceAccess", input).await;
    assert_eq!(refused, "ConstraintViolationException ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
}
