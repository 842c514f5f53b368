//! What IAM lets an organization do with the root users of its members.

use crate::{ask, bare, inside, member, of};
use serde_json::json;

#[tokio::test]
async fn features_of_root_users_need_an_organization_that_trusts_iam() {
    let cloud = bare().await;
    let admin = cloud.admin();
    let code = async |client: &testkit::Client<'_>, operation| {
        client.call("iam", operation, json!({})).await.unwrap_err().code
    };
    let list = "ListOrganizationsFeatures";
    assert_eq!(code(&admin, list).await, "OrganizationNotFoundException");
    ask(&admin, "CreateOrganization", json!({})).await;
    assert_eq!(code(&admin, list).await, "ServiceAccessNotEnabledException");
    let iam = json!({"ServicePrincipal": "iam.amazonaws.com"});
    ask(&admin, "EnableAWSServiceAccess", iam.clone()).await;
    assert_eq!(of(&admin, "iam", list, json!({})).await["EnabledFeatures"], json!([]));
    of(&admin, "iam", "EnableOrganizationsRootSessions", json!({})).await;
    of(&admin, "iam", "EnableOrganizationsRootCredentialsManagement", json!({})).await;
    let both = of(&admin, "iam", list, json!({})).await;
    assert_eq!(both["EnabledFeatures"], json!(["RootCredentialsManagement", "RootSessions"]));

    let id = member(&cloud, "security").await;
    let within = inside(&cloud, &id).await;
    let foreign = "AccountNotManagementOrDelegatedAdministratorException";
    assert_eq!(code(&within, list).await, foreign);
    let register = json!({"AccountId": id, "ServicePrincipal": "iam.amazonaws.com"});
    ask(&admin, "RegisterDelegatedAdministrator", register.clone()).await;
    of(&within, "iam", "DisableOrganizationsRootSessions", json!({})).await;
    let enable = code(&within, "EnableOrganizationsRootSessions").await;
    assert_eq!(enable, "CallerIsNotManagementAccountException");
    let one = of(&within, "iam", list, json!({})).await;
    assert_eq!(one["EnabledFeatures"], json!(["RootCredentialsManagement"]));

    // Without trust in IAM there is nothing left.
    ask(&admin, "DeregisterDelegatedAdministrator", register).await;
    ask(&admin, "DisableAWSServiceAccess", iam.clone()).await;
    ask(&admin, "EnableAWSServiceAccess", iam).await;
    assert_eq!(of(&admin, "iam", list, json!({})).await["EnabledFeatures"], json!([]));
}
