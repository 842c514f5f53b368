//! Organizational units: made, shown, renamed, deleted, listed.

use crate::{
    authority,
    error::{ConstraintReason, OrganizationsError},
    ids::new_id,
    limits::MAX_UNITS,
    organization::fresh_target,
    paging::page,
    resource,
    shapes::{
        MaxResults, NextToken, OrganizationalUnitArn, OrganizationalUnitId, OrganizationalUnitName,
        ParentId, Path, Tag,
    },
    tags, tree,
};
use service_kit::{
    organization::{Organization, Unit},
    prelude::*,
};

/// A unit as answers show it.
#[derive(Debug, Shape)]
#[shape(name = "OrganizationalUnit")]
pub struct UnitView {
    /// `ou-…`.
    pub id: Option<OrganizationalUnitId>,
    /// The ARN.
    pub arn: Option<OrganizationalUnitArn>,
    /// The name.
    pub name: Option<OrganizationalUnitName>,
    /// Where it is.
    pub path: Option<Path>,
}

impl UnitView {
    fn of(tx: &ReadTx<'_>, organization: &Organization, unit: Unit) -> Result<Self, Fault> {
        let around = tree::path(tx, organization, &unit.parent)?;
        Ok(Self {
            arn: Some(OrganizationalUnitArn(organization.arn("ou", &unit.id))),
            path: Some(Path(format!("{around}{}/", unit.id))),
            id: Some(OrganizationalUnitId(unit.id)),
            name: Some(OrganizationalUnitName(unit.name)),
        })
    }
}

/// Refuses a name that a unit of the same parent has.
fn check_name(
    tx: &ReadTx<'_>,
    organization: &Organization,
    parent: &str,
    name: &str,
) -> Result<(), OrganizationsError> {
    let units = tree::units(tx, organization)?;
    match units.iter().any(|unit| unit.parent == parent && unit.name == name) {
        true => Err(OrganizationsError::DuplicateOrganizationalUnitException),
        false => Ok(()),
    }
}

/// Makes a unit in a root or unit.
pub(crate) enum CreateOrganizationalUnit {}

/// What CreateOrganizationalUnit takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateOrganizationalUnitRequest")]
pub struct CreateOrganizationalUnitInput {
    /// The root or unit.
    pub parent_id: ParentId,
    /// The name.
    pub name: OrganizationalUnitName,
    /// Tags.
    #[shape(default)]
    pub tags: Vec<Tag>,
}

/// What CreateOrganizationalUnit gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateOrganizationalUnitResponse")]
pub struct CreateOrganizationalUnitOutput {
    /// The unit.
    pub organizational_unit: Option<UnitView>,
}

impl Operation for CreateOrganizationalUnit {
    const NAME: &'static str = "CreateOrganizationalUnit";
    type Input = CreateOrganizationalUnitInput;
    type Output = CreateOrganizationalUnitOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:CreateOrganizationalUnit", &input.parent_id.0, at)
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let given = tags::fresh(&input.tags)?;
        let suffix = new_id(cx, "", 8);
        let (parent, name) = (&input.parent_id.0, &input.name.0);
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            if !tree::is_parent(&tx.reader(), &organization, parent)? {
                return Err(OrganizationsError::ParentNotFoundException);
            }
            check_room(&tx.reader(), &organization, parent)?;
            check_name(&tx.reader(), &organization, parent, name)?;
            let root = organization.root_id.trim_start_matches("r-");
            let unit = Unit {
                organization: organization.id.clone(),
                id: format!("ou-{root}-{suffix}"),
                parent: parent.clone(),
                name: name.clone(),
                target: fresh_target(&organization, given.clone()),
            };
            tx.put(&unit)?;
            let view = UnitView::of(&tx.reader(), &organization, unit)?;
            Ok(CreateOrganizationalUnitOutput { organizational_unit: Some(view) })
        })
        .await
    }
}

fn check_room(
    tx: &ReadTx<'_>,
    organization: &Organization,
    parent: &str,
) -> Result<(), OrganizationsError> {
    if tree::way(tx, organization, parent)?.len() >= tree::MAX_DEPTH {
        let message = "You have exceeded the allowed depth of organizational units.";
        let reason = ConstraintReason::OuDepthLimitExceeded;
        return Err(OrganizationsError::constraint(reason, message));
    }
    if tree::units(tx, organization)?.len() >= MAX_UNITS {
        let message = "You have exceeded the allowed number of organizational units.";
        let reason = ConstraintReason::OuNumberLimitExceeded;
        return Err(OrganizationsError::constraint(reason, message));
    }
    Ok(())
}

/// Tells about one unit.
pub(crate) enum DescribeOrganizationalUnit {}

/// What DescribeOrganizationalUnit takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeOrganizationalUnitRequest")]
pub struct DescribeOrganizationalUnitInput {
    /// The unit.
    pub organizational_unit_id: OrganizationalUnitId,
}

/// What DescribeOrganizationalUnit gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeOrganizationalUnitResponse")]
pub struct DescribeOrganizationalUnitOutput {
    /// The unit.
    pub organizational_unit: Option<UnitView>,
}

impl Operation for DescribeOrganizationalUnit {
    const NAME: &'static str = "DescribeOrganizationalUnit";
    type Input = DescribeOrganizationalUnitInput;
    type Output = DescribeOrganizationalUnitOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let id = &input.organizational_unit_id.0;
        resource::on("organizations:DescribeOrganizationalUnit", id, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let unit = tree::unit(tx, &organization, &input.organizational_unit_id.0)?;
            let unit = unit.ok_or(OrganizationsError::OrganizationalUnitNotFoundException)?;
            let organizational_unit = Some(UnitView::of(tx, &organization, unit)?);
            Ok(DescribeOrganizationalUnitOutput { organizational_unit })
        })
    }
}

/// Renames a unit.
pub(crate) enum UpdateOrganizationalUnit {}

/// What UpdateOrganizationalUnit takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateOrganizationalUnitRequest")]
pub struct UpdateOrganizationalUnitInput {
    /// The unit.
    pub organizational_unit_id: OrganizationalUnitId,
    /// Its new name.
    pub name: Option<OrganizationalUnitName>,
}

/// What UpdateOrganizationalUnit gives.
#[derive(Debug, Shape)]
#[shape(name = "UpdateOrganizationalUnitResponse")]
pub struct UpdateOrganizationalUnitOutput {
    /// The unit.
    pub organizational_unit: Option<UnitView>,
}

impl Operation for UpdateOrganizationalUnit {
    const NAME: &'static str = "UpdateOrganizationalUnit";
    type Input = UpdateOrganizationalUnitInput;
    type Output = UpdateOrganizationalUnitOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let id = &input.organizational_unit_id.0;
        resource::on("organizations:UpdateOrganizationalUnit", id, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let unit = tree::unit(&tx.reader(), &organization, &input.organizational_unit_id.0)?;
            let mut unit = unit.ok_or(OrganizationsError::OrganizationalUnitNotFoundException)?;
            if let Some(name) = input.name.as_ref().filter(|name| name.0 != unit.name) {
                check_name(&tx.reader(), &organization, &unit.parent, &name.0)?;
                unit.name.clone_from(&name.0);
                tx.put(&unit)?;
            }
            let view = UnitView::of(&tx.reader(), &organization, unit)?;
            Ok(UpdateOrganizationalUnitOutput { organizational_unit: Some(view) })
        })
        .await
    }
}

/// Deletes a unit that nothing is in.
pub(crate) enum DeleteOrganizationalUnit {}

/// What DeleteOrganizationalUnit takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteOrganizationalUnitRequest")]
pub struct DeleteOrganizationalUnitInput {
    /// The unit.
    pub organizational_unit_id: OrganizationalUnitId,
}

impl Operation for DeleteOrganizationalUnit {
    const NAME: &'static str = "DeleteOrganizationalUnit";
    type Input = DeleteOrganizationalUnitInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let id = &input.organizational_unit_id.0;
        resource::on("organizations:DeleteOrganizationalUnit", id, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let id = &input.organizational_unit_id.0;
        cx.write(|tx| {
            let reader = tx.reader();
            let organization = authority::organization(cx, &reader)?;
            if tree::unit(&reader, &organization, id)?.is_none() {
                return Err(OrganizationsError::OrganizationalUnitNotFoundException);
            }
            let units = tree::units(&reader, &organization)?;
            let members = tree::members(&reader, &organization)?;
            if units.iter().any(|unit| unit.parent == *id)
                || members.iter().any(|(_, membership)| membership.parent == *id)
            {
                return Err(OrganizationsError::OrganizationalUnitNotEmptyException);
            }
            tx.delete::<Unit>((&organization.id, id));
            Ok(Empty)
        })
        .await
    }
}

/// Lists the units in a root or unit, not those further down.
pub(crate) enum ListOrganizationalUnitsForParent {}

/// What ListOrganizationalUnitsForParent takes.
#[derive(Debug, Shape)]
#[shape(name = "ListOrganizationalUnitsForParentRequest")]
pub struct ListOrganizationalUnitsForParentInput {
    /// The root or unit.
    pub parent_id: ParentId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListOrganizationalUnitsForParent gives.
#[derive(Debug, Shape)]
#[shape(name = "ListOrganizationalUnitsForParentResponse")]
pub struct ListOrganizationalUnitsForParentOutput {
    /// The units.
    pub organizational_units: Option<Vec<UnitView>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListOrganizationalUnitsForParent {
    const NAME: &'static str = "ListOrganizationalUnitsForParent";
    type Input = ListOrganizationalUnitsForParentInput;
    type Output = ListOrganizationalUnitsForParentOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let id = &input.parent_id.0;
        resource::on("organizations:ListOrganizationalUnitsForParent", id, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let parent = &input.parent_id.0;
            if !tree::is_parent(tx, &organization, parent)? {
                return Err(OrganizationsError::ParentNotFoundException);
            }
            let mut units = tree::units(tx, &organization)?;
            units.retain(|unit| unit.parent == *parent);
            let key = |unit: &Unit| unit.id.clone();
            let (units, next_token) = page(units, key, input.next_token, input.max_results)?;
            let views = units.into_iter().map(|unit| UnitView::of(tx, &organization, unit));
            let organizational_units = Some(views.collect::<Result<_, _>>()?);
            Ok(ListOrganizationalUnitsForParentOutput { organizational_units, next_token })
        })
    }
}
