//! GetServiceLastAccessedDetails, GetServiceLastAccessedDetailsWithEntities: what a report says.

use super::{
    generate::Granularity,
    report::{Report, ServiceUse},
    subject::EntityKind,
};
use crate::{
    error::IamError,
    names::{Marker, MaxItems},
    paging::Paging,
};
use service_kit::prelude::*;

/// Shows the services of a report.
pub(crate) enum GetServiceLastAccessedDetails {}

/// What GetServiceLastAccessedDetails takes.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLastAccessedDetailsRequest")]
pub struct GetServiceLastAccessedDetailsInput {
    /// The report's job.
    #[shape(length = 36..=36)]
    pub job_id: String,
    /// The most services.
    pub max_items: Option<MaxItems>,
    /// Where to go on.
    pub marker: Option<Marker>,
}

/// What GetServiceLastAccessedDetails gives.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLastAccessedDetailsResponse")]
pub struct GetServiceLastAccessedDetailsOutput {
    /// How the job stands.
    pub job_status: JobStatus,
    /// How much is told apart.
    pub job_type: Granularity,
    /// When the report was asked for.
    pub job_creation_date: Timestamp,
    /// The services that policies give access to.
    pub services_last_accessed: Vec<ServiceLastAccessed>,
    /// When the report was done.
    pub job_completion_date: Timestamp,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "jobStatusType")]
pub enum JobStatus {
    /// It goes on.
    InProgress,
    /// It is done.
    Completed,
    /// It could not be done.
    Failed,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ServiceLastAccessed {
    /// Its name.
    pub service_name: String,
    /// When it was last asked for something, whether allowed or not.
    pub last_authenticated: Option<Timestamp>,
    /// What its actions start with.
    #[shape(length = 1..=64, pattern = r"[\w-]*")]
    pub service_namespace: String,
    /// By whom.
    #[shape(length = 20..=2048)]
    pub last_authenticated_entity: Option<String>,
    /// Where.
    pub last_authenticated_region: Option<String>,
    /// How many have asked it for something.
    pub total_authenticated_entities: u32,
    /// The same for each of its actions.
    pub tracked_actions_last_accessed: Option<Vec<TrackedActionLastAccessed>>,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TrackedActionLastAccessed {
    /// Its name.
    pub action_name: String,
    /// Who last asked for it.
    #[shape(length = 20..=2048)]
    pub last_accessed_entity: String,
    /// When.
    pub last_accessed_time: Timestamp,
    /// Where.
    pub last_accessed_region: String,
}

impl Operation for GetServiceLastAccessedDetails {
    const NAME: &'static str = "GetServiceLastAccessedDetails";
    type Input = GetServiceLastAccessedDetailsInput;
    type Output = GetServiceLastAccessedDetailsOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetServiceLastAccessedDetails").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let report = cx.read(|tx| Report::get(tx, &input.job_id, cx.now()))?;
        let paging = Paging::new(input.marker, input.max_items);
        let page = paging.of(report.services, |service| service.namespace.clone())?;
        let view = |service: &ServiceUse| summary(service, report.by_action);
        Ok(GetServiceLastAccessedDetailsOutput {
            job_status: JobStatus::Completed,
            job_type: match report.by_action {
                true => Granularity::ActionLevel,
                false => Granularity::ServiceLevel,
            },
            job_creation_date: report.created,
            services_last_accessed: page.items.iter().map(view).collect(),
            job_completion_date: report.created,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

fn summary(service: &ServiceUse, by_action: bool) -> ServiceLastAccessed {
    let latest = service.latest();
    let actions = service.actions.iter().map(|(action, by, last)| TrackedActionLastAccessed {
        action_name: action.clone(),
        last_accessed_entity: by.clone(),
        last_accessed_time: last.at,
        last_accessed_region: last.region.clone(),
    });
    ServiceLastAccessed {
        service_name: service.name.clone(),
        last_authenticated: latest.map(|(_, last)| last.at),
        service_namespace: service.namespace.clone(),
        last_authenticated_entity: latest.map(|(member, _)| member.arn.clone()),
        last_authenticated_region: latest.map(|(_, last)| last.region.clone()),
        total_authenticated_entities: u32::try_from(service.entities.len()).unwrap_or(u32::MAX),
        tracked_actions_last_accessed: by_action.then(|| actions.collect()),
    }
}

/// Shows who used a service of a report.
pub(crate) enum GetServiceLastAccessedDetailsWithEntities {}

/// What GetServiceLastAccessedDetailsWithEntities takes.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLastAccessedDetailsWithEntitiesRequest")]
pub struct GetServiceLastAccessedDetailsWithEntitiesInput {
    /// The report's job.
    #[shape(length = 36..=36)]
    pub job_id: String,
    /// The service.
    #[shape(length = 1..=64, pattern = r"[\w-]*")]
    pub service_namespace: String,
    /// The most entities.
    pub max_items: Option<MaxItems>,
    /// Where to go on.
    pub marker: Option<Marker>,
}

/// What GetServiceLastAccessedDetailsWithEntities gives.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLastAccessedDetailsWithEntitiesResponse")]
pub struct GetServiceLastAccessedDetailsWithEntitiesOutput {
    /// How the job stands.
    pub job_status: JobStatus,
    /// When the report was asked for.
    pub job_creation_date: Timestamp,
    /// When the report was done.
    pub job_completion_date: Timestamp,
    /// Who used the service.
    pub entity_details_list: Vec<EntityDetails>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

/// A user or role, and when it used the service.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct EntityDetails {
    /// Who.
    pub entity_info: EntityInfo,
    /// When.
    pub last_authenticated: Option<Timestamp>,
}

/// A user or role.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct EntityInfo {
    /// Its ARN.
    #[shape(length = 20..=2048)]
    pub arn: String,
    /// Its name.
    #[shape(length = 1..=64, pattern = r"[\w+=,.@-]+")]
    pub name: String,
    /// What it is.
    pub r#type: EntityKind,
    /// Its unique id.
    #[shape(length = 16..=128, pattern = r"[\w]+")]
    pub id: String,
    /// Its path.
    #[shape(length = 1..=512, pattern = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")]
    pub path: Option<String>,
}

impl Operation for GetServiceLastAccessedDetailsWithEntities {
    const NAME: &'static str = "GetServiceLastAccessedDetailsWithEntities";
    type Input = GetServiceLastAccessedDetailsWithEntitiesInput;
    type Output = GetServiceLastAccessedDetailsWithEntitiesOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetServiceLastAccessedDetailsWithEntities").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let report = cx.read(|tx| Report::get(tx, &input.job_id, cx.now()))?;
        let wanted = |service: &ServiceUse| service.namespace == input.service_namespace;
        let service = report.services.into_iter().find(wanted).ok_or_else(|| {
            let name = &input.service_namespace;
            IamError::NoSuchEntityException(format!("The report has no service {name}."))
        })?;
        let paging = Paging::new(input.marker, input.max_items);
        let page = paging.of(service.entities, |(member, _)| member.id.clone())?;
        let view = |(member, last): (super::subject::Member, super::report::Last)| EntityDetails {
            entity_info: EntityInfo {
                arn: member.arn,
                name: member.name,
                r#type: member.kind,
                id: member.id,
                path: Some(member.path),
            },
            last_authenticated: Some(last.at),
        };
        Ok(GetServiceLastAccessedDetailsWithEntitiesOutput {
            job_status: JobStatus::Completed,
            job_creation_date: report.created,
            job_completion_date: report.created,
            entity_details_list: page.items.into_iter().map(view).collect(),
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
