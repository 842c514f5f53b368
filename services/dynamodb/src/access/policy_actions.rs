//! Which actions resource policies decide, and how far: "DynamoDB API operations supported by
//! resource-based policies".

/// The actions on a table that its policy may grant to other accounts too.
const TABLE_ANY_ACCOUNT: [&str; 15] = [
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "DeleteTable",
    "DescribeTable",
    "GetItem",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TagResource",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
];

/// The actions on a table that its policy decides for callers of its own account only.
const TABLE_OWN_ACCOUNT: [&str; 32] = [
    "AssociateTableReplica",
    "CreateBackup",
    "CreateTableReplica",
    "DeleteResourcePolicy",
    "DeleteTableReplica",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DescribeTimeToLive",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExportTableToPointInTime",
    "GetResourcePolicy",
    "InjectError",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLSelect",
    "PartiQLUpdate",
    "PutResourcePolicy",
    "ReadDataForReplication",
    "ReplicateSettings",
    "RestoreTableFromAwsBackup",
    "RestoreTableToPointInTime",
    "StartAwsBackupJob",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateGlobalTableVersion",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
    "WriteDataForReplication",
];

/// The actions on a stream that its policy may grant to other accounts too.
const STREAM_ANY_ACCOUNT: [&str; 3] = ["DescribeStream", "GetRecords", "GetShardIterator"];

/// The actions on a stream that its policy decides for callers of its own account only.
const STREAM_OWN_ACCOUNT: [&str; 3] =
    ["DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy"];

/// What has a resource policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Governed {
    /// A table with its indexes.
    Table,
    /// A stream.
    Stream,
}

impl Governed {
    /// Whether a policy may name the action `name`, which has no prefix.
    pub(crate) fn knows(self, name: &str) -> bool {
        self.decides(name, true)
    }

    /// Whether a policy decides the action `name` for a caller of its own account or another.
    pub(crate) fn decides(self, name: &str, own_account: bool) -> bool {
        let (any, own): (&[&str], &[&str]) = match self {
            Self::Table => (&TABLE_ANY_ACCOUNT, &TABLE_OWN_ACCOUNT),
            Self::Stream => (&STREAM_ANY_ACCOUNT, &STREAM_OWN_ACCOUNT),
        };
        let is_in = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        is_in(any) || own_account && is_in(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_actions_stay_within_the_account() {
        assert!(Governed::Table.decides("getitem", false));
        assert!(Governed::Table.decides("UpdateTimeToLive", true));
        assert!(!Governed::Table.decides("UpdateTimeToLive", false));
        assert!(!Governed::Table.decides("CreateTable", true), "there is no table yet");
        assert!(Governed::Stream.knows("GetRecords") && !Governed::Table.knows("GetRecords"));
    }
}
