//! CreateServiceLinkedRole: a role for a service, as that service wants it.

use super::Linked;
use crate::{
    entity::{SERVICE_PATH, check_room, remember_id},
    error::IamError,
    names::{GroupName, RoleDescription},
    shapes::RoleView,
};
use serde_json::json;
use service_kit::{
    identity::{InlinePolicies, Role, name_key, unique_id},
    prelude::*,
};

/// Makes a service's role with the trust and the policy that AWS gives it.
pub(crate) enum CreateServiceLinkedRole {}

/// What CreateServiceLinkedRole takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateServiceLinkedRoleRequest")]
pub struct CreateServiceLinkedRoleInput {
    /// The service, such as `cloudtrail.amazonaws.com`.
    #[shape(name = "AWSServiceName")]
    pub aws_service_name: GroupName,
    /// A description.
    pub description: Option<RoleDescription>,
    /// What tells several roles of one service apart, where it takes that.
    #[shape(length = 1..=64, pattern = r"[\w+=,.@-]+")]
    pub custom_suffix: Option<String>,
}

/// What CreateServiceLinkedRole gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateServiceLinkedRoleResponse")]
pub struct CreateServiceLinkedRoleOutput {
    /// The role.
    pub role: RoleView,
}

impl Operation for CreateServiceLinkedRole {
    const NAME: &'static str = "CreateServiceLinkedRole";
    type Input = CreateServiceLinkedRoleInput;
    type Output = CreateServiceLinkedRoleOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let service = input.aws_service_name.0.as_str();
        // The role's name is the service's to choose; policies spell it with a wildcard.
        let name = match Linked::of(service) {
            Some(linked) => role_name(linked, input.custom_suffix.as_deref()),
            None => "AWSServiceRoleFor".to_owned(),
        };
        let arn = at.global_arn("iam", format_args!("role{SERVICE_PATH}{service}/{name}"));
        Access::on("iam:CreateServiceLinkedRole", arn).with("iam:AWSServiceName", service).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let role = role(cx, input)?;
        let role = cx.write(|tx| {
            if tx.get::<Role>(name_key(&role.name))?.is_some() {
                return Err(taken(&role.name));
            }
            remember_id(tx, &role.id, role.arn(cx.account()))?;
            tx.put(&role)?;
            let view = RoleView::full(&tx.reader(), &role)?;
            Ok(RoleView { max_session_duration: None, ..view })
        });
        Ok(CreateServiceLinkedRoleOutput { role: role.await? })
    }
}

fn taken(name: &str) -> IamError {
    IamError::InvalidInputException(format!(
        "Service role name {name} has been taken in this account, please try a different suffix."
    ))
}

fn role_name(linked: &Linked, suffix: Option<&str>) -> String {
    match suffix {
        Some(suffix) => format!("AWSServiceRoleFor{}_{suffix}", linked.name),
        None => format!("AWSServiceRoleFor{}", linked.name),
    }
}

fn role(cx: &Context, input: CreateServiceLinkedRoleInput) -> Result<Role, IamError> {
    let service = input.aws_service_name.0;
    let Some(linked) = Linked::of(&service) else {
        return Err(IamError::Common(Fault::unsupported(format_args!(
            "the service-linked role of {service}"
        ))));
    };
    if input.custom_suffix.is_some() && !linked.suffix {
        let message = format!("Custom suffix is not allowed for {service}");
        return Err(IamError::InvalidInputException(message));
    }
    let name = role_name(linked, input.custom_suffix.as_deref());
    if name.len() > 64 {
        return Err(IamError::InvalidInputException("The suffix is too long.".into()));
    }
    if cx.read(|tx| tx.get::<Role>(name_key(&name)))?.is_some() {
        return Err(taken(&name));
    }
    check_room::<Role>(cx, &name)?;
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
    }]});
    Ok(Role {
        name,
        path: format!("{SERVICE_PATH}{service}/"),
        id: unique_id("AROA", cx.entropy()),
        created: cx.now().whole_seconds(),
        trust: trust.to_string(),
        description: input.description.map(|text| text.0),
        max_session_secs: 3_600,
        tags: Vec::new(),
        boundary: None,
        attached: linked.policy_arn().map(str::to_owned).into_iter().collect(),
        inline: InlinePolicies::new(),
    })
}
