//! What an operation needs to be allowed, declared from its input alone.

use policy::Attached;
use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    sync::Arc,
};

/// The partition, region and account a request works in. Cloning costs two reference counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Such as `us-east-1`.
    pub region: Arc<str>,
    /// Twelve digits.
    pub account: Arc<str>,
}

/// The account, and the region, of [`Scope::range`].
pub(crate) const RANGE: &str = "range";

impl Scope {
    /// The scope of `account` in `region`.
    pub fn new(account: impl Into<Arc<str>>, region: impl Into<Arc<str>>) -> Self {
        Self { region: region.into(), account: account.into() }
    }

    /// Where the range keeps what is its own: no account has such a number.
    pub fn range() -> Self {
        Self::new(RANGE, RANGE)
    }

    /// `arn:aws:{service}:{region}:{account}:{resource}`.
    pub fn arn(&self, service: &str, resource: impl fmt::Display) -> String {
        self.arn_below(service, "", resource)
    }

    /// [`Scope::arn`] of `{kind}{resource}`: `table/` and a table's name.
    pub fn arn_below(&self, service: &str, kind: &str, resource: impl fmt::Display) -> String {
        // Each data request names what it is about, so not by way of `format!`.
        let mut arn = String::with_capacity(96);
        for part in ["arn:aws:", service, ":", &self.region, ":", &self.account, ":", kind] {
            arn.push_str(part);
        }
        // Writing to memory does not fail.
        write!(arn, "{resource}").ok();
        arn
    }

    /// Reads the ARN of a resource of `service`, in whatever region: where it is, and the ARN's
    /// last part. None for what is in no region, nobody's, or no ARN.
    pub fn of_arn<'t>(service: &str, arn: &'t str) -> Option<(Self, &'t str)> {
        let arn = policy::Arn::parse(arn).filter(|arn| arn.service == service)?;
        let owner = arn.owner().filter(|_| !arn.region.is_empty())?;
        Some((Self::new(owner, arn.region), arn.resource))
    }

    /// Reads the ARN of a resource of `service` that a request to this region may name: whose it
    /// is, and the ARN's last part. None for what is elsewhere, nobody's, or no ARN.
    pub fn read_arn<'t>(&self, service: &str, arn: &'t str) -> Option<(Self, &'t str)> {
        let arn = policy::Arn::parse(arn)?;
        let owner =
            arn.owner().filter(|_| arn.service == service && *arn.region == *self.region)?;
        let account = match *owner == *self.account {
            true => self.account.clone(),
            false => owner.into(),
        };
        Some((Self { region: self.region.clone(), account }, arn.resource))
    }

    /// `arn:aws:{service}::{account}:{resource}`, for services without regions.
    pub fn global_arn(&self, service: &str, resource: impl fmt::Display) -> String {
        format!("arn:aws:{service}::{}:{resource}", self.account)
    }
}

/// One permission that a call needs.
#[derive(Clone, Debug)]
pub struct Access {
    /// Such as `sqs:SendMessage`.
    pub action: Cow<'static, str>,
    /// The ARN acted on, or `*`.
    pub resource: String,
    /// Condition keys that only the operation knows, beside the global ones.
    pub keys: policy::Context,
    /// What must hold.
    pub need: Need,
    /// Whether the resource is only about to be, under this very name: what is stored, perhaps of
    /// another resource, says nothing of it.
    pub is_new: bool,
    /// The account whose it is, where the ARN names another: a subscription is judged by its
    /// topic's.
    pub owner: Option<String>,
    /// Where the resource may be.
    pub place: Place,
}

/// Where what an [`Access`] is on may be. A request whose resource is named otherwise is refused
/// before policies are asked: they would be asked about another resource than it reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// In the request's region, in some account; in none if the service has none.
    #[default]
    Here,
    /// In another region too, or in none.
    Anywhere,
    /// Nowhere: the resource is words that AWS says in the place of an ARN.
    Nowhere,
}

/// How strictly an [`Access`] is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Policies must allow it.
    Allowed,
    /// Any signed caller may, whatever policies say; the reason is shown in the access table.
    SignedOnly(&'static str),
    /// Anybody may, signed or not; the reason is shown in the access table.
    Anonymous(&'static str),
}

impl Access {
    /// A permission on one resource.
    pub fn on(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            keys: policy::Context::default(),
            need: Need::Allowed,
            is_new: false,
            owner: None,
            place: Place::Here,
        }
    }

    /// A permission on a resource that does not exist yet under this name.
    pub fn on_new(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self { is_new: true, ..Self::on(action, resource) }
    }

    /// A permission on `*`, for actions that take no resource.
    pub fn any(action: impl Into<Cow<'static, str>>) -> Self {
        Self::on(action, "*")
    }

    /// The same for a resource that may be in another region than the request, or in none.
    #[must_use]
    pub fn anywhere(self) -> Self {
        Self { place: Place::Anywhere, ..self }
    }

    /// No permission, but a signature: `reason` says why AWS asks for none.
    pub fn signed_only(action: impl Into<Cow<'static, str>>, reason: &'static str) -> Vec<Self> {
        vec![Self { need: Need::SignedOnly(reason), ..Self::any(action) }]
    }

    /// Neither permission nor signature: `reason` says why AWS asks for none.
    pub fn anonymous(action: impl Into<Cow<'static, str>>, reason: &'static str) -> Vec<Self> {
        vec![Self { need: Need::Anonymous(reason), ..Self::any(action) }]
    }

    /// Adds a condition key.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.keys.set(key, value);
        self
    }

    /// Adds a condition key if there is a value.
    #[must_use]
    pub fn with_some(self, key: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a multi-valued condition key.
    #[must_use]
    pub fn with_many(
        mut self,
        key: &'static str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.keys.set_many(key, values.into_iter().map(Into::into));
        self
    }

    /// Adds `aws:RequestTag/*` and `aws:TagKeys` for the tags a request wants to set.
    #[must_use]
    pub fn with_tags<'a>(mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut names, mut keys) = (Vec::new(), Vec::new());
        for (name, value) in tags {
            keys.push((format!("aws:RequestTag/{name}"), value));
            names.push(name.to_owned());
        }
        self.keys.set_all(keys);
        if !names.is_empty() {
            self.keys.set_many("aws:TagKeys", names);
        }
        self
    }

    /// What creating something with `tags` needs: this permission, and `tagging` if there are any.
    pub fn and_tagging<'a>(
        self,
        tagging: Self,
        tags: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Vec<Self> {
        let create = self.with_tags(tags.clone());
        match tags.clone().next() {
            None => create.only(),
            Some(_) => vec![create, tagging.with_tags(tags)],
        }
    }

    /// `iam:PassRole` on `role`, for handing it to `service` (such as `lambda.amazonaws.com`).
    pub fn pass_role(role: &str, service: &str) -> Self {
        Self::on("iam:PassRole", role).with("iam:PassedToService", service)
    }

    /// This permission alone, as the list that operations declare.
    pub fn only(self) -> Vec<Self> {
        vec![self]
    }
}

/// What the state says of a resource that a call wants to act on.
#[derive(Clone, Default)]
pub struct Facts {
    /// The resource's true ARN where the request named it otherwise (a KMS alias).
    pub resource: Option<String>,
    /// Its policy document, with the name shown in explanations.
    pub policy: Option<(Arc<str>, Arc<str>)>,
    /// Policies that allow besides the resource policy, already compiled (KMS grants).
    pub grants: Vec<Attached>,
    /// Whether the policy must allow, whatever identity policies say (KMS keys, role trust).
    pub exclusive: bool,
    /// Whether that policy is a role's trust policy, which names no resource.
    pub trust: bool,
    /// Whether AWS keeps it for a service, so that resource control policies do not bind it.
    pub service_managed: bool,
    /// Its tags, for `aws:ResourceTag/*`.
    pub tags: Vec<(String, String)>,
    /// Further condition keys that depend on state.
    pub keys: policy::Context,
}
