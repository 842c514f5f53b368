//! The rules for passwords of an account: those of its password policy, or AWS's own.

use crate::{account::account_aliases, error::IamError};
use service_kit::{key::Key, prelude::*};

/// What AWS asks for where no policy says otherwise (IAM User Guide, "Set an account password
/// policy for IAM users").
const DEFAULT_MIN_CHARS: u32 = 8;
const DEFAULT_CLASSES: usize = 3;

/// What counts as a symbol.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// The password policy of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PasswordRules {
    /// The shortest password.
    pub min_chars: u32,
    /// Whether there must be one of [`SYMBOLS`].
    pub symbols: bool,
    /// Whether there must be a digit.
    pub numbers: bool,
    /// Whether there must be a capital letter.
    pub uppercase: bool,
    /// Whether there must be a small letter.
    pub lowercase: bool,
    /// Whether users may change their own without a policy that says so.
    pub users_may_change: bool,
    /// For how many days a password is good.
    pub max_age_days: Option<u32>,
    /// How many former passwords are forbidden, that of now included.
    pub remembered: Option<u32>,
    /// Whether users whose password is too old are locked out of the console.
    pub hard_expiry: Option<bool>,
}

impl Record for PasswordRules {
    const TABLE: &'static str = "iam.password_policy";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {}
}

/// The rules that hold in an account.
pub(crate) struct AccountRules(Option<PasswordRules>);

/// The rules that hold in the account that `tx` is scoped to.
pub(crate) fn rules_of(tx: &ReadTx<'_>) -> Result<AccountRules, Fault> {
    Ok(AccountRules(tx.get::<PasswordRules>(())?))
}

impl AccountRules {
    /// The account's policy, if it has one.
    pub(crate) fn policy(self) -> Option<PasswordRules> {
        self.0
    }

    /// Whether users may change their own password without a policy that says so.
    pub(crate) fn users_may_change(&self) -> bool {
        self.0.as_ref().is_some_and(|policy| policy.users_may_change)
    }

    /// How many former passwords are forbidden.
    pub(crate) fn remembered(&self) -> u32 {
        self.0.as_ref().and_then(|policy| policy.remembered).unwrap_or(0)
    }

    /// For how many days a password is good.
    pub(crate) fn max_age_days(&self) -> Option<u32> {
        self.0.as_ref().and_then(|policy| policy.max_age_days)
    }

    /// What no password may be: the account's number and names.
    pub(super) fn account_names(cx: &Context) -> Result<Vec<String>, Fault> {
        let mut names = cx.read(account_aliases::of_account)?;
        names.push(cx.account().to_owned());
        Ok(names)
    }

    /// Checks what the password itself tells.
    pub(super) fn check(&self, password: &str, account: &[String]) -> Result<(), IamError> {
        let has = |class: fn(&char) -> bool| password.chars().any(|letter| class(&letter));
        let present = [
            has(char::is_ascii_uppercase),
            has(char::is_ascii_lowercase),
            has(char::is_ascii_digit),
            has(|letter| SYMBOLS.contains(*letter)),
        ];
        let names = ["uppercase letter", "lowercase letter", "number", "symbol"];
        let min_chars = self.0.as_ref().map_or(DEFAULT_MIN_CHARS, |policy| policy.min_chars);
        if password.chars().count() < min_chars as usize {
            return violation(format!("Password should have a minimum length of {min_chars}"));
        }
        match &self.0 {
            Some(policy) => {
                let wanted = [policy.uppercase, policy.lowercase, policy.numbers, policy.symbols];
                let missing = (0..4).find(|class| wanted[*class] && !present[*class]);
                if let Some(class) = missing {
                    return violation(format!(
                        "Password should have at least one {}",
                        names[class]
                    ));
                }
            }
            None if present.iter().filter(|class| **class).count() < DEFAULT_CLASSES => {
                return violation(
                    "Password should have at least three of: uppercase letter, lowercase letter, \
                     number, symbol"
                        .into(),
                );
            }
            None => {}
        }
        match account.iter().any(|name| name.eq_ignore_ascii_case(password)) {
            true => violation("Password should not be the account's name or number".into()),
            false => Ok(()),
        }
    }
}

fn violation<T>(message: String) -> Result<T, IamError> {
    Err(IamError::PasswordPolicyViolationException(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rules: &AccountRules, password: &str) -> Option<String> {
        let names = ["Acme-Corp-1".to_owned()];
        match rules.check(password, &names) {
            Ok(()) => None,
            Err(IamError::PasswordPolicyViolationException(message)) => Some(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_policy_eight_characters_of_three_kinds_do() {
        let rules = AccountRules(None);
        assert_eq!(broken(&rules, "abcDEF12"), None);
        assert_eq!(broken(&rules, "abc-ef12"), None);
        assert!(broken(&rules, "abcDE12").unwrap().contains("minimum length of 8"));
        assert!(broken(&rules, "abcdef12").unwrap().contains("three of"));
        assert!(broken(&rules, "acme-corp-1").unwrap().contains("account's name"));
    }

    #[test]
    fn a_policy_asks_for_each_kind_by_itself() {
        let lax = PasswordRules {
            min_chars: 6,
            symbols: false,
            numbers: false,
            uppercase: false,
            lowercase: false,
            users_may_change: false,
            max_age_days: None,
            remembered: None,
            hard_expiry: None,
        };
        let with = |change: fn(&mut PasswordRules)| {
            let mut rules = lax.clone();
            change(&mut rules);
            AccountRules(Some(rules))
        };
        assert_eq!(broken(&with(|_| ()), "aaaaaa"), None);
        let cases: [(AccountRules, &str, &str, &str); 5] = [
            (with(|it| it.min_chars = 7), "aaaaaa", "aaaaaaa", "minimum length of 7"),
            (with(|it| it.symbols = true), "aaaaaa~", "aaaaaa|", "one symbol"),
            (with(|it| it.numbers = true), "aaaaaa", "aaaaaa1", "one number"),
            (with(|it| it.uppercase = true), "aaaaaa", "aaaaaaA", "one uppercase letter"),
            (with(|it| it.lowercase = true), "AAAAAA", "AAAAAAa", "one lowercase letter"),
        ];
        for (rules, bad, good, message) in cases {
            assert!(broken(&rules, bad).unwrap().contains(message), "{bad}");
            assert_eq!(broken(&rules, good), None, "{good}");
        }
    }
}
