//! Identity providers, instance profiles and roles of services, through the whole pipeline.

use serde_json::{Value, json};
use testkit::{ACCOUNT, Client, Cloud};

const METADATA: &str = include_str!("../../../crates/federation/tests/data/metadata.xml");

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("iam", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

async fn fails(client: &Client<'_>, operation: &'static str, input: Value) -> (String, String) {
    let failure = client.call("iam", operation, input).await.expect_err(operation);
    (failure.query_code().to_owned(), failure.message)
}

fn allow(action: &str, resource: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition})
}

fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": service}, "Action": "sts:AssumeRole"}})
    .to_string()
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

#[tokio::test]
async fn an_oidc_provider_lives_and_dies() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let thumbprint = "6938FD4D98BAB03FAADB97B34396831E3780AEA1";
    let create = json!({"Url": "https://token.example.com/ci", "ClientIDList": ["a", "a", "b"],
        "ThumbprintList": [thumbprint], "Tags": [{"Key": "team", "Value": "red"}]});
    let provider = arn("oidc-provider/token.example.com/ci");
    let created = ok(&admin, "CreateOpenIDConnectProvider", create.clone()).await;
    assert_eq!(created["OpenIDConnectProviderArn"], provider.as_str());
    assert_eq!(
        fails(&admin, "CreateOpenIDConnectProvider", create).await,
        (
            "EntityAlreadyExists".into(),
            "Provider with url https://token.example.com/ci already exists.".into()
        )
    );
    let named = json!({"OpenIDConnectProviderArn": provider});
    let with = |member: &str, value: Value| {
        let mut input = named.clone();
        input[member] = value;
        input
    };
    ok(&admin, "AddClientIDToOpenIDConnectProvider", with("ClientID", json!("c"))).await;
    ok(&admin, "AddClientIDToOpenIDConnectProvider", with("ClientID", json!("c"))).await;
    ok(&admin, "RemoveClientIDFromOpenIDConnectProvider", with("ClientID", json!("a"))).await;
    let tag = with("Tags", json!([{"Key": "cost", "Value": "1"}]));
    ok(&admin, "TagOpenIDConnectProvider", tag).await;
    ok(&admin, "UntagOpenIDConnectProvider", with("TagKeys", json!(["team"]))).await;
    let got = ok(&admin, "GetOpenIDConnectProvider", named.clone()).await;
    assert_eq!(got["Url"], "token.example.com/ci");
    assert_eq!(got["ClientIDList"], json!(["b", "c"]));
    assert_eq!(got["ThumbprintList"], json!([thumbprint.to_lowercase()]));
    assert_eq!(got["Tags"], json!([{"Key": "cost", "Value": "1"}]));
    let other = "0".repeat(40);
    let update = with("ThumbprintList", json!([other]));
    ok(&admin, "UpdateOpenIDConnectProviderThumbprint", update).await;
    let got = ok(&admin, "GetOpenIDConnectProvider", named.clone()).await;
    assert_eq!(got["ThumbprintList"], json!([other]));
    let all = ok(&admin, "ListOpenIDConnectProviders", json!({})).await;
    assert_eq!(all["OpenIDConnectProviderList"], json!([{"Arn": provider}]));
    let tags = ok(&admin, "ListOpenIDConnectProviderTags", named.clone()).await;
    assert_eq!(tags["Tags"][0]["Key"], "cost");

    // Whoever may, may by the provider's own tags.
    let red = json!({"StringEquals": {"aws:ResourceTag/cost": "2"}});
    let ana = cloud.user("ana", allow("iam:*", &provider, red)).await;
    assert_eq!(fails(&ana, "GetOpenIDConnectProvider", named.clone()).await.0, "AccessDenied");

    for _ in 0..2 {
        ok(&admin, "DeleteOpenIDConnectProvider", named.clone()).await;
    }
    assert_eq!(
        fails(&admin, "GetOpenIDConnectProvider", named).await,
        ("NoSuchEntity".into(), format!("OpenIDConnect Provider not found for arn {provider}"))
    );
}

#[tokio::test]
async fn issuers_are_public_unless_the_operator_says_otherwise() {
    let closed = cloud().await;
    let create = |url: &str| json!({"Url": url, "ClientIDList": ["a"]});
    for url in ["http://127.0.0.1:8080", "https://example.com:8443", "example.com", "https://a b"] {
        let (code, message) =
            fails(&closed.admin(), "CreateOpenIDConnectProvider", create(url)).await;
        assert_eq!(code, "ValidationError", "{url}");
        assert_eq!(message, "Invalid Open ID Connect Provider URL");
    }
    let open = Cloud::with_private_issuers(&[&iam::SERVICE, &sts::SERVICE]).await;
    let made = ok(&open.admin(), "CreateOpenIDConnectProvider", create("http://localhost:1")).await;
    assert_eq!(made["OpenIDConnectProviderArn"], arn("oidc-provider/localhost:1"));
    let plain = create("http://example.com");
    assert!(open.admin().call("iam", "CreateOpenIDConnectProvider", plain).await.is_err());
}

#[tokio::test]
async fn a_saml_provider_is_what_its_metadata_say() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = |document: &str| json!({"Name": "Corp", "SAMLMetadataDocument": document});
    let provider = arn("saml-provider/Corp");
    let made = ok(&admin, "CreateSAMLProvider", create(METADATA)).await;
    assert_eq!(made["SAMLProviderArn"], provider.as_str());
    let named = json!({"SAMLProviderArn": provider});
    let got = ok(&admin, "GetSAMLProvider", named.clone()).await;
    assert_eq!(got["SAMLMetadataDocument"], METADATA);
    let listed = ok(&admin, "ListSAMLProviders", json!({})).await;
    assert_eq!(listed["SAMLProviderList"][0]["Arn"], provider.as_str());
    assert_eq!(listed["SAMLProviderList"][0]["ValidUntil"], got["ValidUntil"]);

    for (bad, why) in [
        (METADATA.replace("<md:IDPSSODescriptor", "<!DOCTYPE x>"), "a declaration"),
        (METADATA.replace("IDPSSODescriptor", "SPSSODescriptor"), "IDPSSODescriptor"),
        (METADATA.replace("MII", "AAA"), "certificate"),
        (METADATA.replace("</md:EntityDescriptor>", ""), "not closed"),
    ] {
        let (code, message) = fails(&admin, "CreateSAMLProvider", create(&bad)).await;
        assert_eq!(code, "InvalidInput");
        assert!(message.contains(why), "{message}");
    }
    let ended = METADATA.replace("entityID=", "validUntil=\"2020-01-01T00:00:00Z\" entityID=");
    let mut update = named.clone();
    update["SAMLMetadataDocument"] = json!(ended);
    assert_eq!(fails(&admin, "UpdateSAMLProvider", update.clone()).await.0, "InvalidInput");
    let renewed = METADATA.replace("entityID=", "validUntil=\"2027-01-01T00:00:00Z\" entityID=");
    update["SAMLMetadataDocument"] = json!(renewed);
    ok(&admin, "UpdateSAMLProvider", update).await;
    assert_eq!(ok(&admin, "GetSAMLProvider", named.clone()).await["SAMLMetadataDocument"], renewed);
    let mut tag = named.clone();
    tag["Tags"] = json!([{"Key": "a", "Value": "1"}]);
    ok(&admin, "TagSAMLProvider", tag).await;
    assert_eq!(ok(&admin, "ListSAMLProviderTags", named.clone()).await["Tags"][0]["Value"], "1");
    ok(&admin, "DeleteSAMLProvider", named.clone()).await;
    assert_eq!(
        fails(&admin, "DeleteSAMLProvider", named).await,
        ("NoSuchEntity".into(), format!("Manifest not found for arn {provider}"))
    );
}

#[tokio::test]
async fn an_instance_profile_holds_one_role_and_keeps_it_from_being_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let named = json!({"InstanceProfileName": "web"});
    let create = json!({"InstanceProfileName": "web", "Path": "/team/"});
    let made = ok(&admin, "CreateInstanceProfile", create.clone()).await["InstanceProfile"].clone();
    assert_eq!(made["Arn"], arn("instance-profile/team/web"));
    assert!(made["InstanceProfileId"].as_str().unwrap().starts_with("AIPA"));
    assert_eq!(fails(&admin, "CreateInstanceProfile", create).await.0, "EntityAlreadyExists");
    let policy = trust("ec2.amazonaws.com");
    let role = json!({"RoleName": "r", "Path": "/x/", "AssumeRolePolicyDocument": policy});
    ok(&admin, "CreateRole", role).await;
    let both = json!({"InstanceProfileName": "web", "RoleName": "r"});

    // To hand a role out one must be allowed to pass it, by its true ARN.
    let profile = arn("instance-profile/team/web");
    let statements = json!([
        {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": profile},
        allow("iam:PassRole", &arn("role/y/r"), json!({})),
    ]);
    let ana = cloud.user("ana", statements).await;
    let (_, message) = fails(&ana, "AddRoleToInstanceProfile", both.clone()).await;
    let expected = format!("iam:PassRole on resource: {}", arn("role/x/r"));
    assert!(message.contains(&expected), "{message}");

    ok(&admin, "AddRoleToInstanceProfile", both.clone()).await;
    assert_eq!(
        fails(&admin, "AddRoleToInstanceProfile", both.clone()).await,
        (
            "LimitExceeded".into(),
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1".into()
        )
    );
    let got = ok(&admin, "GetInstanceProfile", named.clone()).await;
    assert_eq!(got["InstanceProfile"]["Roles"][0]["RoleName"], "r");
    let of_role = ok(&admin, "ListInstanceProfilesForRole", json!({"RoleName": "r"})).await;
    assert_eq!(of_role["InstanceProfiles"][0]["InstanceProfileName"], "web");
    let details = ok(&admin, "GetAccountAuthorizationDetails", json!({"Filter": ["Role"]})).await;
    let listed = &details["RoleDetailList"][0]["InstanceProfileList"][0];
    assert_eq!(listed["InstanceProfileName"], "web");
    let conflict = "Cannot delete entity, must remove roles from instance profile first.";
    for (operation, input) in
        [("DeleteRole", json!({"RoleName": "r"})), ("DeleteInstanceProfile", named.clone())]
    {
        let expected = ("DeleteConflict".to_owned(), conflict.to_owned());
        assert_eq!(fails(&admin, operation, input).await, expected, "{operation}");
    }
    ok(&admin, "RemoveRoleFromInstanceProfile", both.clone()).await;
    assert_eq!(fails(&admin, "RemoveRoleFromInstanceProfile", both).await.0, "NoSuchEntity");
    ok(&admin, "DeleteRole", json!({"RoleName": "r"})).await;
    let under = json!({"PathPrefix": "/team/"});
    let all = ok(&admin, "ListInstanceProfiles", under).await;
    assert_eq!(all["InstanceProfiles"].as_array().unwrap().len(), 1);
    let tag = json!({"InstanceProfileName": "web", "Tags": [{"Key": "a", "Value": "1"}]});
    ok(&admin, "TagInstanceProfile", tag).await;
    assert_eq!(ok(&admin, "ListInstanceProfileTags", named.clone()).await["Tags"][0]["Key"], "a");
    ok(&admin, "DeleteInstanceProfile", named.clone()).await;
    assert_eq!(
        fails(&admin, "GetInstanceProfile", named).await,
        ("NoSuchEntity".into(), "Instance Profile web cannot be found.".into())
    );
}

#[tokio::test]
async fn a_service_linked_role_is_the_services() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = json!({"AWSServiceName": "cloudtrail.amazonaws.com"});
    let role = ok(&admin, "CreateServiceLinkedRole", create.clone()).await["Role"].clone();
    let name = "AWSServiceRoleForCloudTrail";
    assert_eq!(role["Arn"], arn(&format!("role/aws-service-role/cloudtrail.amazonaws.com/{name}")));
    let named = json!({"RoleName": name});
    let attached = ok(&admin, "ListAttachedRolePolicies", named.clone()).await;
    let policy = "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy";
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], policy);
    assert_eq!(
        fails(&admin, "CreateServiceLinkedRole", create).await,
        (
            "InvalidInput".into(),
            format!(
                "Service role name {name} has been taken in this account, please try a different \
                 suffix."
            )
        )
    );
    let with = |member: &str, value: &str| json!({"RoleName": name, member: value});
    let protected = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only \
         modifiable by AWS"
    );
    for (operation, input) in [
        ("DeleteRole", named.clone()),
        ("DetachRolePolicy", with("PolicyArn", policy)),
        ("UpdateAssumeRolePolicy", with("PolicyDocument", &trust("lambda.amazonaws.com"))),
        ("UpdateRole", json!({"RoleName": name, "MaxSessionDuration": 7_200})),
        (
            "PutRolePermissionsBoundary",
            with("PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ),
    ] {
        let expected = ("UnmodifiableEntity".to_owned(), protected.clone());
        assert_eq!(fails(&admin, operation, input).await, expected, "{operation}");
    }
    ok(&admin, "UpdateRoleDescription", with("Description", "ours")).await;
    let plain = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust("lambda.amazonaws.com")});
    ok(&admin, "CreateRole", plain).await;
    let attach = json!({"RoleName": "r", "PolicyArn": policy});
    assert_eq!(fails(&admin, "AttachRolePolicy", attach).await.0, "PolicyNotAttachable");

    let task = ok(&admin, "DeleteServiceLinkedRole", named.clone()).await;
    let id = task["DeletionTaskId"].as_str().unwrap();
    let prefix = format!("task/aws-service-role/cloudtrail.amazonaws.com/{name}/");
    assert!(id.starts_with(&prefix), "{id}");
    assert_eq!(
        ok(&admin, "GetServiceLinkedRoleDeletionStatus", task.clone()).await["Status"],
        "SUCCEEDED"
    );
    assert_eq!(fails(&admin, "GetRole", named).await.0, "NoSuchEntity");
    let wrong = json!({"DeletionTaskId": format!("{id}x")});
    assert_eq!(fails(&admin, "GetServiceLinkedRoleDeletionStatus", wrong).await.0, "NoSuchEntity");
}

#[tokio::test]
async fn suffixes_and_services_are_checked_and_policies_may_name_the_service() {
    let cloud = cloud().await;
    let only = json!({"StringEquals": {"iam:AWSServiceName": "autoscaling.amazonaws.com"}});
    let ana = cloud.user("ana", allow("iam:CreateServiceLinkedRole", "*", only)).await;
    let of =
        |service: &str, suffix: &str| json!({"AWSServiceName": service, "CustomSuffix": suffix});
    let made = ok(&ana, "CreateServiceLinkedRole", of("autoscaling.amazonaws.com", "blue")).await;
    assert_eq!(made["Role"]["RoleName"], "AWSServiceRoleForAutoScaling_blue");
    let (code, _) = fails(&ana, "CreateServiceLinkedRole", of("ecs.amazonaws.com", "x")).await;
    assert_eq!(code, "AccessDenied");
    let admin = cloud.admin();
    assert_eq!(
        fails(&admin, "CreateServiceLinkedRole", of("ecs.amazonaws.com", "x")).await,
        ("InvalidInput".into(), "Custom suffix is not allowed for ecs.amazonaws.com".into())
    );
    let unknown = json!({"AWSServiceName": "moon.amazonaws.com"});
    let (code, message) = fails(&admin, "CreateServiceLinkedRole", unknown).await;
    assert_eq!(code, "NotImplemented");
    assert!(message.contains("moon.amazonaws.com"), "{message}");
}

#[tokio::test]
async fn the_account_issues_tokens_only_while_that_is_on() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let info = "GetOutboundWebIdentityFederationInfo";
    assert_eq!(fails(&admin, info, json!({})).await.0, "FeatureDisabled");
    let on = ok(&admin, "EnableOutboundWebIdentityFederation", json!({})).await;
    let issuer = on["IssuerIdentifier"].clone();
    assert_eq!(
        ok(&admin, info, json!({})).await,
        json!({"IssuerIdentifier": issuer, "JwtVendingEnabled": true})
    );
    let again = fails(&admin, "EnableOutboundWebIdentityFederation", json!({})).await;
    assert_eq!(again.0, "FeatureEnabled");
    ok(&admin, "DisableOutboundWebIdentityFederation", json!({})).await;
    let off = fails(&admin, "DisableOutboundWebIdentityFederation", json!({})).await;
    assert_eq!(off.0, "FeatureDisabled");
    let on = ok(&admin, "EnableOutboundWebIdentityFederation", json!({})).await;
    assert_eq!(on["IssuerIdentifier"], issuer);
}

#[tokio::test]
async fn awss_policies_are_there_with_their_ids() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for name in ["ReadOnlyAccess", "SecurityAudit", "job-function/ViewOnlyAccess"] {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let got = ok(&admin, "GetPolicy", json!({"PolicyArn": arn})).await["Policy"].clone();
        assert!(got["PolicyId"].as_str().unwrap().starts_with("ANPA"), "{name}");
        let version = json!({"PolicyArn": arn, "VersionId": got["DefaultVersionId"]});
        let document = ok(&admin, "GetPolicyVersion", version).await;
        assert!(document["PolicyVersion"]["Document"].as_str().unwrap().contains("Statement"));
    }
    // What is read-only reads, and no more.
    let ana = cloud.user("ana", None).await;
    let attach = json!({"UserName": "ana", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    ok(&admin, "AttachUserPolicy", attach).await;
    ok(&ana, "ListRoles", json!({})).await;
    assert_eq!(fails(&ana, "CreateGroup", json!({"GroupName": "g"})).await.0, "AccessDenied");
}

#[tokio::test]
async fn trust_policies_name_who_can_be_named() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = |principal: Value, action: &str| {
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": principal, "Action": action}});
        json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()})
    };
    let assume = "sts:AssumeRole";
    let federated = "Federated principals must be valid domain names or SAML metadata ARNs";
    let nobody = arn("role/nobody");
    for (principal, action, message) in [
        (json!({"Federated": "google"}), assume, federated.to_owned()),
        (json!({"Federated": arn("role/x")}), assume, federated.to_owned()),
        (
            json!({"AWS": nobody}),
            assume,
            format!("Invalid principal in policy: \"AWS\":\"{nobody}\""),
        ),
        (
            json!({"AWS": ACCOUNT}),
            "iam:GetUser",
            "AssumeRole policy may only specify STS AssumeRole actions.".to_owned(),
        ),
    ] {
        let expected = ("MalformedPolicyDocument".to_owned(), message);
        assert_eq!(fails(&admin, "CreateRole", create(principal, action)).await, expected);
    }
    for good in [
        json!({"Federated": "accounts.google.com"}),
        json!({"Federated": arn("oidc-provider/token.example.com/ci")}),
        json!({"Federated": [arn("saml-provider/a"), arn("saml-provider/b")]}),
    ] {
        ok(&admin, "CreateRole", create(good, assume)).await;
        ok(&admin, "DeleteRole", json!({"RoleName": "r"})).await;
    }
}

#[tokio::test]
async fn a_trusted_user_that_is_gone_shows_as_an_id() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = ok(&admin, "CreateUser", json!({"UserName": "eve"})).await["User"]["UserId"].clone();
    let id = id.as_str().unwrap();
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": arn("user/eve")}, "Action": "sts:AssumeRole"}});
    let create = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    ok(&admin, "CreateRole", create).await;
    let shown = async || {
        let role = ok(&admin, "GetRole", json!({"RoleName": "r"})).await;
        role["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().to_owned()
    };
    assert!(shown().await.contains("user%2Feve"));
    ok(&admin, "DeleteUser", json!({"UserName": "eve"})).await;
    assert!(shown().await.contains(id));
    ok(&admin, "CreateUser", json!({"UserName": "eve"})).await;
    assert!(shown().await.contains(id), "another user of that name is another user");
}
