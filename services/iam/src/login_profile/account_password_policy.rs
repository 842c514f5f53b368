//! Get, set and delete the account's rules for passwords.

use super::rules::{PasswordRules, rules_of};
use crate::error::IamError;
use service_kit::prelude::*;

/// The shortest password where a policy says nothing of length.
const LEAST_CHARS: u32 = 6;

/// The password policy.
#[derive(Clone, Debug, Shape)]
#[shape(name = "PasswordPolicy")]
pub struct PasswordPolicyView {
    /// The shortest password.
    pub minimum_password_length: u32,
    /// Whether there must be a symbol.
    pub require_symbols: bool,
    /// Whether there must be a digit.
    pub require_numbers: bool,
    /// Whether there must be a capital letter.
    pub require_uppercase_characters: bool,
    /// Whether there must be a small letter.
    pub require_lowercase_characters: bool,
    /// Whether users may change their own.
    pub allow_users_to_change_password: bool,
    /// Whether passwords get too old.
    pub expire_passwords: bool,
    /// After how many days.
    pub max_password_age: Option<u32>,
    /// How many former passwords are forbidden.
    pub password_reuse_prevention: Option<u32>,
    /// Whether users with a password that is too old are locked out of the console.
    pub hard_expiry: Option<bool>,
}

impl From<PasswordRules> for PasswordPolicyView {
    fn from(rules: PasswordRules) -> Self {
        Self {
            minimum_password_length: rules.min_chars,
            require_symbols: rules.symbols,
            require_numbers: rules.numbers,
            require_uppercase_characters: rules.uppercase,
            require_lowercase_characters: rules.lowercase,
            allow_users_to_change_password: rules.users_may_change,
            expire_passwords: rules.max_age_days.is_some(),
            max_password_age: rules.max_age_days,
            password_reuse_prevention: rules.remembered,
            hard_expiry: rules.hard_expiry,
        }
    }
}

/// Shows the account's password policy.
pub(crate) enum GetAccountPasswordPolicy {}

/// What GetAccountPasswordPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAccountPasswordPolicyResponse")]
pub struct GetAccountPasswordPolicyOutput {
    /// The policy.
    pub password_policy: PasswordPolicyView,
}

impl Operation for GetAccountPasswordPolicy {
    const NAME: &'static str = "GetAccountPasswordPolicy";
    type Input = Empty;
    type Output = GetAccountPasswordPolicyOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetAccountPasswordPolicy").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let policy = cx.read(rules_of)?.policy().ok_or_else(|| not_found(cx))?;
        Ok(GetAccountPasswordPolicyOutput { password_policy: policy.into() })
    }
}

fn not_found(cx: &Context) -> IamError {
    let account = cx.account();
    let message = format!("The Password Policy with domain name {account} cannot be found.");
    IamError::NoSuchEntityException(message)
}

/// Sets the account's password policy; what is not said is not asked of passwords.
pub(crate) enum UpdateAccountPasswordPolicy {}

/// What UpdateAccountPasswordPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateAccountPasswordPolicyRequest")]
pub struct UpdateAccountPasswordPolicyInput {
    /// The shortest password; six characters if nothing is said.
    #[shape(range = 6..=128)]
    pub minimum_password_length: Option<u32>,
    /// Whether there must be a symbol.
    pub require_symbols: Option<bool>,
    /// Whether there must be a digit.
    pub require_numbers: Option<bool>,
    /// Whether there must be a capital letter.
    pub require_uppercase_characters: Option<bool>,
    /// Whether there must be a small letter.
    pub require_lowercase_characters: Option<bool>,
    /// Whether users may change their own.
    pub allow_users_to_change_password: Option<bool>,
    /// After how many days a password is too old; never if nothing is said.
    #[shape(range = 1..=1095)]
    pub max_password_age: Option<u32>,
    /// How many former passwords are forbidden.
    #[shape(range = 1..=24)]
    pub password_reuse_prevention: Option<u32>,
    /// Whether users with a password that is too old are locked out of the console.
    pub hard_expiry: Option<bool>,
}

impl Operation for UpdateAccountPasswordPolicy {
    const NAME: &'static str = "UpdateAccountPasswordPolicy";
    type Input = UpdateAccountPasswordPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:UpdateAccountPasswordPolicy").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let rules = PasswordRules {
            min_chars: input.minimum_password_length.unwrap_or(LEAST_CHARS),
            symbols: input.require_symbols.unwrap_or_default(),
            numbers: input.require_numbers.unwrap_or_default(),
            uppercase: input.require_uppercase_characters.unwrap_or_default(),
            lowercase: input.require_lowercase_characters.unwrap_or_default(),
            users_may_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age_days: input.max_password_age,
            remembered: input.password_reuse_prevention,
            hard_expiry: input.hard_expiry,
        };
        cx.write(|tx| Ok::<_, IamError>(tx.put(&rules)?)).await?;
        Ok(Empty)
    }
}

/// Goes back to AWS's own rules.
pub(crate) enum DeleteAccountPasswordPolicy {}

impl Operation for DeleteAccountPasswordPolicy {
    const NAME: &'static str = "DeleteAccountPasswordPolicy";
    type Input = Empty;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:DeleteAccountPasswordPolicy").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Empty, IamError> {
        cx.write(|tx| {
            rules_of(&tx.reader())?.policy().ok_or_else(|| not_found(cx))?;
            tx.delete::<PasswordRules>(());
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}
