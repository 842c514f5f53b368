//! Invitations and approvals between accounts.

use crate::{ask, bare, cloud, fail, ids, inside, member, reason, root, text};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNT, Client, Cloud};

const OTHER: &str = "111122223333";

async fn administrator<'a>(cloud: &'a Cloud, account: &str) -> Client<'a> {
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    cloud.user_of(account, "boss", all).await
}

async fn invite(cloud: &Cloud, account: &str) -> String {
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": account}, "Notes": "come"});
    let made = ask(&cloud.admin(), "InviteAccountToOrganization", target).await;
    assert_eq!(made["Handshake"]["State"], "OPEN");
    text(&made["Handshake"]["Id"])
}

#[tokio::test]
async fn an_invited_account_joins() {
    let cloud = cloud().await;
    let other = administrator(&cloud, OTHER).await;
    let id = invite(&cloud, OTHER).await;
    let one = json!({"HandshakeId": id});
    let again = json!({"Target": {"Type": "ACCOUNT", "Id": OTHER}});
    let twice = fail(&cloud.admin(), "InviteAccountToOrganization", again.clone()).await;
    assert_eq!(twice.code, "DuplicateHandshakeException");
    let listed = ask(&other, "ListHandshakesForAccount", json!({})).await;
    assert_eq!(ids(&listed["Handshakes"]), [id.as_str()]);
    let told = ask(&other, "DescribeHandshake", one.clone()).await["Handshake"].clone();
    assert_eq!(told["Parties"][0], json!({"Id": OTHER, "Type": "ACCOUNT"}));
    assert_eq!(told["Resources"][2], json!({"Value": "come", "Type": "NOTES"}));

    let own = fail(&cloud.admin(), "AcceptHandshake", one.clone()).await;
    assert_eq!(own.code, "AccessDeniedException", "who asks does not answer");
    let third = administrator(&cloud, "444455556666").await;
    for operation in ["AcceptHandshake", "DeclineHandshake", "DescribeHandshake"] {
        let stranger = fail(&third, operation, one.clone()).await;
        assert_eq!(stranger.code, "HandshakeNotFoundException");
    }
    let accepted = ask(&other, "AcceptHandshake", one.clone()).await;
    assert_eq!(accepted["Handshake"]["State"], "ACCEPTED");
    let done = fail(&other, "AcceptHandshake", one.clone()).await;
    assert_eq!(done.code, "HandshakeAlreadyInStateException");
    let late = fail(&cloud.admin(), "CancelHandshake", one).await;
    assert_eq!(late.code, "InvalidHandshakeTransitionException");
    let member = ask(&cloud.admin(), "DescribeAccount", json!({"AccountId": OTHER})).await;
    assert_eq!(member["Account"]["JoinedMethod"], "INVITED");
    let member = reason(&cloud.admin(), "InviteAccountToOrganization", again).await;
    assert_eq!(member, "HandshakeConstraintViolationException ALREADY_IN_AN_ORGANIZATION");
    ask(&other, "LeaveOrganization", json!({})).await;
}

#[tokio::test]
async fn invitations_are_declined_taken_back_and_run_out() {
    let cloud = cloud().await;
    let other = administrator(&cloud, OTHER).await;
    let declined = json!({"HandshakeId": invite(&cloud, OTHER).await});
    let answer = ask(&other, "DeclineHandshake", declined).await;
    assert_eq!(answer["Handshake"]["State"], "DECLINED");
    let taken = json!({"HandshakeId": invite(&cloud, OTHER).await});
    let foreign = fail(&other, "CancelHandshake", taken.clone()).await;
    assert_eq!(foreign.code, "AccessDeniedException");
    ask(&cloud.admin(), "CancelHandshake", taken.clone()).await;
    let late = fail(&other, "AcceptHandshake", taken).await;
    assert_eq!(late.code, "InvalidHandshakeTransitionException");
    let old = json!({"HandshakeId": invite(&cloud, OTHER).await});
    cloud.clock().advance(Duration::from_secs(15 * 24 * 3_600));
    let told = ask(&other, "DescribeHandshake", old.clone()).await;
    assert_eq!(told["Handshake"]["State"], "EXPIRED");
    let late = fail(&other, "AcceptHandshake", old).await;
    assert_eq!(late.code, "InvalidHandshakeTransitionException");
    let all = ask(&cloud.admin(), "ListHandshakesForOrganization", json!({})).await;
    assert_eq!(ids(&all["Handshakes"]).len(), 3);
    cloud.clock().advance(Duration::from_secs(31 * 24 * 3_600));
    let all = ask(&cloud.admin(), "ListHandshakesForOrganization", json!({})).await;
    assert_eq!(all["Handshakes"], json!([]));
}

#[tokio::test]
async fn only_accounts_that_are_there_are_invited() {
    let cloud = cloud().await;
    for target in [
        json!({"Type": "ACCOUNT", "Id": "999999999999"}),
        json!({"Type": "EMAIL", "Id": "nobody@example.com"}),
        json!({"Type": "ORGANIZATION", "Id": "o-abcdefghij"}),
    ] {
        let input = json!({"Target": target});
        let refused = reason(&cloud.admin(), "InviteAccountToOrganization", input).await;
        assert_eq!(refused, "InvalidInputException INVALID_PARTY_TYPE_TARGET");
    }
}

#[tokio::test]
async fn all_features_need_the_approval_of_the_invited() {
    let cloud = bare().await;
    let admin = cloud.admin();
    let input = json!({"FeatureSet": "CONSOLIDATED_BILLING"});
    ask(&admin, "CreateOrganization", input).await;
    member(&cloud, "made").await;
    let other = administrator(&cloud, OTHER).await;
    let joined = json!({"HandshakeId": invite(&cloud, OTHER).await});
    ask(&other, "AcceptHandshake", joined).await;
    let whole = ask(&admin, "EnableAllFeatures", json!({})).await["Handshake"].clone();
    assert_eq!(whole["State"], "REQUESTED");
    let twice = reason(&admin, "EnableAllFeatures", json!({})).await;
    let pending = "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION";
    assert_eq!(twice, format!("HandshakeConstraintViolationException {pending}"));
    let finish = json!({"HandshakeId": whole["Id"]});
    let early = fail(&admin, "AcceptHandshake", finish.clone()).await;
    assert_eq!(early.code, "InvalidHandshakeTransitionException");
    let filter = json!({"Filter": {"ActionType": "APPROVE_ALL_FEATURES"}});
    let asked = ask(&other, "ListHandshakesForAccount", filter).await;
    let part = json!({"HandshakeId": asked["Handshakes"][0]["Id"]});
    ask(&other, "AcceptHandshake", part).await;
    let told = ask(&admin, "DescribeHandshake", finish.clone()).await;
    assert_eq!(told["Handshake"]["State"], "OPEN");
    ask(&admin, "AcceptHandshake", finish).await;
    let organization = ask(&admin, "DescribeOrganization", json!({})).await;
    assert_eq!(organization["Organization"]["FeatureSet"], "ALL");
    let (root, scp) = (root(&cloud).await, "SERVICE_CONTROL_POLICY");
    ask(&admin, "EnablePolicyType", json!({"RootId": root, "PolicyType": scp})).await;
    let done = reason(&admin, "EnableAllFeatures", json!({})).await;
    let reason = "ORGANIZATION_ALREADY_HAS_ALL_FEATURES";
    assert_eq!(done, format!("HandshakeConstraintViolationException {reason}"));
}

#[tokio::test]
async fn members_of_one_organization_found_no_other() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let within = inside(&cloud, &id).await;
    let own = fail(&within, "CreateOrganization", json!({})).await;
    assert_eq!(own.code, "AlreadyInOrganizationException");
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": ACCOUNT}});
    let refused = fail(&within, "InviteAccountToOrganization", target).await;
    assert_eq!(refused.code, "AccessDeniedException");
    let none: Value = ask(&within, "ListHandshakesForAccount", json!({})).await;
    assert_eq!(none["Handshakes"], json!([]));
}
