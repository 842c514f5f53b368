//! The table of a credential report (IAM User Guide, "Generate credential reports").

use crate::{
    last_use::namespace,
    login_profile::{LoginProfile, rules_of},
    signing_certificate::SigningCertificate,
};
use service_kit::{
    identity::{AccessKey, LastUse, MfaAssignment, User},
    prelude::*,
};

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
    access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const NONE: &str = "N/A";
const NO_INFORMATION: &str = "no_information";
const NOT_SUPPORTED: &str = "not_supported";
const DAY_SECS: u64 = 86_400;
/// The access keys, and the certificates, that a line has room for.
const SHOWN: usize = 2;

/// The report of the account that `tx` is scoped to.
pub(super) fn csv(tx: &ReadTx<'_>) -> Result<String, Fault> {
    let users = tx.list::<User>(())?;
    let mut table = COLUMNS.to_owned();
    table.push('\n');
    push(&mut table, root(tx, &users)?);
    for user in &users {
        push(&mut table, line(tx, user)?);
    }
    Ok(table)
}

fn push(table: &mut String, fields: Vec<String>) {
    let quoted: Vec<_> = fields.into_iter().map(quoted).collect();
    table.push_str(&quoted.join(","));
    table.push('\n');
}

/// Names and paths may hold what separates fields.
fn quoted(field: String) -> String {
    match field.contains([',', '"']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}

fn date(at: Timestamp) -> String {
    at.date_time().replace('Z', "+00:00")
}

/// The root user, who is as old as the first thing in the account.
fn root(tx: &ReadTx<'_>, users: &[User]) -> Result<Vec<String>, Fault> {
    let account = tx.scope().account.to_string();
    let keys = AccessKey::of_root(tx)?;
    let first = users.iter().map(|user| user.created).chain(keys.iter().map(|key| key.created));
    let mut line = vec![
        "<root_account>".to_owned(),
        format!("arn:aws:iam::{account}:root"),
        first.min().map_or_else(|| NONE.to_owned(), date),
        NOT_SUPPORTED.to_owned(),
        NO_INFORMATION.to_owned(),
        NOT_SUPPORTED.to_owned(),
        NOT_SUPPORTED.to_owned(),
    ];
    line.extend(devices_keys_and_certificates(tx, &account, &keys)?);
    Ok(line)
}

fn line(tx: &ReadTx<'_>, user: &User) -> Result<Vec<String>, Fault> {
    let mut line = vec![user.name.clone(), user.arn(&tx.scope().account), date(user.created)];
    line.extend(password(tx, user)?);
    let mut keys = Vec::new();
    for id in &user.access_keys {
        keys.extend(tx.get::<AccessKey>(id)?);
    }
    line.extend(devices_keys_and_certificates(tx, &user.id, &keys)?);
    Ok(line)
}

/// Whether there is a password, when it was used, changed and has to be changed.
fn password(tx: &ReadTx<'_>, user: &User) -> Result<[String; 4], Fault> {
    let Some(profile) = tx.get::<LoginProfile>(&user.id)? else {
        return Ok(["false", NONE, NONE, NONE].map(str::to_owned));
    };
    let good_for = rules_of(tx)?.max_age_days();
    let good_for = good_for.map(|days| Duration::from_secs(u64::from(days) * DAY_SECS));
    let next = good_for.map_or_else(|| NONE.to_owned(), |lasts| date(profile.changed + lasts));
    // There is no console to sign in to yet, so no password has ever been used.
    Ok(["true".to_owned(), NO_INFORMATION.to_owned(), date(profile.changed), next])
}

fn devices_keys_and_certificates(
    tx: &ReadTx<'_>,
    owner: &str,
    keys: &[AccessKey],
) -> Result<Vec<String>, Fault> {
    let mut fields = vec![(!tx.list::<MfaAssignment>(owner)?.is_empty()).to_string()];
    for index in 0..SHOWN {
        let key = keys.get(index);
        fields.extend(active_since(key.map(|key| (key.active, key.created))));
        let used = key.map(|key| tx.get::<LastUse>(&key.id)).transpose()?.flatten();
        fields.extend(used.map_or([NONE; 3].map(str::to_owned), |used| {
            [date(used.at), used.region, namespace(&used.service).to_owned()]
        }));
    }
    let certificates = tx.list::<SigningCertificate>(owner)?;
    for index in 0..SHOWN {
        let known = certificates.get(index).map(|known| (known.active, known.uploaded));
        fields.extend(active_since(known));
    }
    Ok(fields)
}

/// Whether a credential is active, and if so since when it is there.
fn active_since(credential: Option<(bool, Timestamp)>) -> [String; 2] {
    match credential {
        Some((true, since)) => ["true".to_owned(), date(since)],
        _ => ["false", NONE].map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_separators_are_quoted() {
        let mut table = String::new();
        push(&mut table, vec!["a,b".into(), "c".into(), "/say\"hi\"/".into()]);
        assert_eq!(table, "\"a,b\",c,\"/say\"\"hi\"\"/\"\n");
    }
}
