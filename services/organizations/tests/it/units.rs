//! Organizational units and tags.

use crate::{ask, cloud, fail, ids, member, reason, root, unit};
use serde_json::json;

#[tokio::test]
async fn units_are_made_renamed_listed_and_deleted() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let dev = unit(&cloud, &root, "dev").await;
    let team = unit(&cloud, &dev, "team").await;
    let same = json!({"ParentId": root, "Name": "dev"});
    let twice = fail(&admin, "CreateOrganizationalUnit", same).await;
    assert_eq!(twice.code, "DuplicateOrganizationalUnitException");
    let nowhere = json!({"ParentId": "r-zzzz", "Name": "x"});
    let lost = fail(&admin, "CreateOrganizationalUnit", nowhere).await;
    assert_eq!(lost.code, "ParentNotFoundException");

    let rename = json!({"OrganizationalUnitId": team, "Name": "crew"});
    ask(&admin, "UpdateOrganizationalUnit", rename).await;
    let told = ask(&admin, "DescribeOrganizationalUnit", json!({"OrganizationalUnitId": team}));
    let told = told.await["OrganizationalUnit"].clone();
    assert_eq!(told["Name"], "crew");
    assert!(told["Path"].as_str().unwrap().ends_with(&format!("/{root}/{dev}/{team}/")));
    let below = ask(&admin, "ListOrganizationalUnitsForParent", json!({"ParentId": root})).await;
    assert_eq!(ids(&below["OrganizationalUnits"]), [dev.as_str()]);
    let children = json!({"ParentId": dev, "ChildType": "ORGANIZATIONAL_UNIT"});
    let children = ask(&admin, "ListChildren", children).await;
    assert_eq!(ids(&children["Children"]), [team.as_str()]);

    let full = fail(&admin, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": dev})).await;
    assert_eq!(full.code, "OrganizationalUnitNotEmptyException");
    ask(&admin, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": team})).await;
    ask(&admin, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": dev})).await;
    let gone = fail(&admin, "DescribeOrganizationalUnit", json!({"OrganizationalUnitId": dev}));
    assert_eq!(gone.await.code, "OrganizationalUnitNotFoundException");
}

#[tokio::test]
async fn units_nest_five_deep() {
    let cloud = cloud().await;
    let mut parent = root(&cloud).await;
    for depth in 0..5 {
        parent = unit(&cloud, &parent, &format!("u{depth}")).await;
    }
    let sixth = json!({"ParentId": parent, "Name": "deep"});
    let refused = reason(&cloud.admin(), "CreateOrganizationalUnit", sixth).await;
    assert_eq!(refused, "ConstraintViolationException OU_DEPTH_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn everything_has_tags() {
    let cloud = cloud().await;
    let (admin, root) = (cloud.admin(), root(&cloud).await);
    let unit = unit(&cloud, &root, "dev").await;
    let account = member(&cloud, "data").await;
    for id in [&root, &unit, &account] {
        let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
        ask(&admin, "TagResource", json!({"ResourceId": id, "Tags": tags})).await;
        ask(&admin, "UntagResource", json!({"ResourceId": id, "TagKeys": ["a"]})).await;
        let left = ask(&admin, "ListTagsForResource", json!({"ResourceId": id})).await;
        assert_eq!(left["Tags"], json!([{"Key": "b", "Value": "2"}]));
    }
    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    let refused = reason(&admin, "TagResource", json!({"ResourceId": root, "Tags": twice})).await;
    assert_eq!(refused, "InvalidInputException DUPLICATE_TAG_KEY");
    let system = json!([{"Key": "aws:x", "Value": "1"}]);
    let refused = reason(&admin, "TagResource", json!({"ResourceId": root, "Tags": system})).await;
    assert_eq!(refused, "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER");
    let many: Vec<_> = (0..51).map(|n| json!({"Key": n.to_string(), "Value": ""})).collect();
    let refused = reason(&admin, "TagResource", json!({"ResourceId": root, "Tags": many})).await;
    assert_eq!(refused, "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED");
    let lost = json!({"ResourceId": "ou-abcd-12345678"});
    let refused = fail(&admin, "ListTagsForResource", lost).await;
    assert_eq!(refused.code, "TargetNotFoundException");
}

#[tokio::test]
async fn tags_of_accounts_decide_who_may_close_them() {
    let cloud = cloud().await;
    let (safe, junk) = (member(&cloud, "safe").await, member(&cloud, "junk").await);
    let tags = json!([{"Key": "stage", "Value": "junk"}]);
    ask(&cloud.admin(), "TagResource", json!({"ResourceId": junk, "Tags": tags})).await;
    let user = cloud
        .user(
            "cleaner",
            json!([{"Effect": "Allow",
        "Action": "organizations:CloseAccount",
        "Resource": "arn:aws:organizations::000000000000:account/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/stage": "junk"}}}]),
        )
        .await;
    let refused = fail(&user, "CloseAccount", json!({"AccountId": safe})).await;
    assert_eq!(refused.code, "AccessDeniedException");
    ask(&user, "CloseAccount", json!({"AccountId": junk})).await;
}
