//! Findings and analyzed resources as stored.

use crate::{
    analyzer::{Analyzer, Filter},
    error::AnalyzerError,
};
use service_kit::{key::Key, prelude::*};

/// Access from outside, as one statement gives it to one principal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub analyzer: String,
    /// A UUID.
    pub id: String,
    pub resource: String,
    pub resource_type: ResourceType,
    pub owner: String,
    /// `AWS` or `Federated`, and who.
    pub principal: (String, String),
    pub actions: Vec<String>,
    pub condition: BTreeMap<String, String>,
    pub is_public: bool,
    pub created: Timestamp,
    pub analyzed: Timestamp,
    pub updated: Timestamp,
    pub status: Status,
}

/// How a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[shape(name = "FindingStatus")]
pub enum Status {
    /// There is such access.
    Active,
    /// There is, and it is meant.
    Archived,
    /// There was.
    Resolved,
}

impl Record for Finding {
    const TABLE: &'static str = "accessanalyzer.finding";

    fn key(&self) -> impl Key {
        (&self.analyzer, &self.id)
    }
}

impl Finding {
    /// The finding of this id of the analyzer with this ARN.
    pub fn get(tx: &ReadTx<'_>, arn: &str, id: &str) -> Result<Self, AnalyzerError> {
        let analyzer = Analyzer::by_arn(tx, arn)?;
        tx.get::<Self>((&analyzer.name, id)).map_err(AnalyzerError::Common)?.ok_or_else(|| {
            AnalyzerError::ResourceNotFoundException(format!("There is no finding {id}."))
        })
    }

    /// Whether another is of the same access.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.resource, &self.principal, &self.actions, &self.condition)
            == (&other.resource, &other.principal, &other.actions, &other.condition)
    }

    /// Whether it is as a filter wants it.
    pub fn fits(&self, filter: &Filter) -> bool {
        filter.iter().all(|(name, criterion)| criterion.holds(&self.property(name)))
    }

    /// The values of a property that filters name.
    fn property(&self, name: &str) -> Vec<String> {
        let (kind, principal) = &self.principal;
        match name {
            "id" => vec![self.id.clone()],
            "resource" => vec![self.resource.clone()],
            "resourceType" => vec![self.resource_type.name().into()],
            "resourceOwnerAccount" => vec![self.owner.clone()],
            "status" => vec![format!("{:?}", self.status).to_uppercase()],
            "isPublic" => vec![self.is_public.to_string()],
            "findingType" => vec!["ExternalAccess".into()],
            "action" => self.actions.clone(),
            _ => match (name.strip_prefix("principal."), name.strip_prefix("condition.")) {
                (Some(wanted), _) if wanted == kind => vec![principal.clone()],
                (_, Some(key)) => self.condition.get(key).cloned().into_iter().collect(),
                _ => Vec::new(),
            },
        }
    }
}

/// A resource with a policy, as it was last looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Analyzed {
    pub analyzer: String,
    pub arn: String,
    pub resource_type: ResourceType,
    pub owner: String,
    pub created: Timestamp,
    pub analyzed: Timestamp,
    pub updated: Timestamp,
    pub is_public: bool,
    pub actions: Vec<String>,
    /// Why its policy could not be read.
    pub error: Option<String>,
}

impl Record for Analyzed {
    const TABLE: &'static str = "accessanalyzer.resource";

    fn key(&self) -> impl Key {
        (&self.analyzer, &self.arn)
    }
}

/// The types of resources that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum ResourceType {
    /// A role's trust policy.
    #[shape(name = "AWS::IAM::Role")]
    Role,
    /// A queue.
    #[shape(name = "AWS::SQS::Queue")]
    Queue,
    /// A function.
    #[shape(name = "AWS::Lambda::Function")]
    Function,
    /// A key.
    #[shape(name = "AWS::KMS::Key")]
    Key,
    /// A topic.
    #[shape(name = "AWS::SNS::Topic")]
    Topic,
    /// A table.
    #[shape(name = "AWS::DynamoDB::Table")]
    Table,
    /// A table's stream.
    #[shape(name = "AWS::DynamoDB::Stream")]
    Stream,
}

impl ResourceType {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Role => "AWS::IAM::Role",
            Self::Queue => "AWS::SQS::Queue",
            Self::Function => "AWS::Lambda::Function",
            Self::Key => "AWS::KMS::Key",
            Self::Topic => "AWS::SNS::Topic",
            Self::Table => "AWS::DynamoDB::Table",
            Self::Stream => "AWS::DynamoDB::Stream",
        }
    }
}
