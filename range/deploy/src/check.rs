//! Whether a template's names are there, and can be made one after the other.

use crate::{
    expression::{Expr, Node, Reference},
    faults::{Gather, member, one_of},
    form::{self, Form},
    kind::Kind,
    order::{Needs, order},
    template::Template,
};

/// The pseudo parameters, but `AWS::NoValue`.
pub(crate) const PSEUDO: [&str; 5] =
    ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::StackName", "AWS::URLSuffix"];
const NO_VALUE: &str = "AWS::NoValue";

/// A resource's properties must be known.
pub(crate) fn properties(kind: &Kind, node: &Node, gather: &mut Gather<'_>) {
    match &node.expr {
        Expr::Object(members) => {
            form::check_struct(kind.properties, members, &node.pointer, gather);
        }
        _ => Form::Struct(kind.properties).check(node, gather),
    }
}

/// Whatever is referred to must be there.
pub(crate) fn references(template: &Template, gather: &mut Gather<'_>) {
    for node in template.conditions.values() {
        for reference in node.references() {
            if template.resources.iter().any(|resource| resource.logical_id == reference.name) {
                gather.add(&reference.at, "a condition cannot know a resource: use a parameter");
            } else {
                check_reference(template, &reference, gather);
            }
        }
        check_names(template, node, gather);
    }
    for resource in &template.resources {
        check_node(template, &resource.properties, gather);
        check_condition(template, resource.condition.as_deref(), &resource.pointer, gather);
        let ids = || template.resources.iter().map(|resource| resource.logical_id.as_str());
        for name in &resource.depends_on {
            if !ids().any(|id| id == name) {
                let what =
                    format!("DependsOn names {name}, which is no resource: {}", one_of(ids()));
                gather.add(&member(&resource.pointer, "DependsOn"), what);
            }
        }
    }
    for name in template.parameters() {
        if template.resources.iter().any(|resource| resource.logical_id == name) {
            let what = format!("{name} is a parameter and a resource: rename one");
            gather.add(&member("/Parameters", name), what);
        }
    }
    for output in &template.outputs {
        check_node(template, &output.value, gather);
        check_condition(template, output.condition.as_deref(), &output.pointer, gather);
    }
}

fn check_node(template: &Template, node: &Node, gather: &mut Gather<'_>) {
    for reference in node.references() {
        check_reference(template, &reference, gather);
    }
    check_names(template, node, gather);
}

fn check_reference(template: &Template, reference: &Reference, gather: &mut Gather<'_>) {
    let name = reference.name.as_str();
    let resource = template.resources.iter().find(|resource| resource.logical_id == name);
    let ids = template.resources.iter().map(|resource| resource.logical_id.as_str());
    match (&reference.attribute, resource) {
        (Some(attribute), Some(resource)) => {
            if !resource.kind.attributes.contains(&attribute.as_str()) {
                let (kind, known) =
                    (resource.kind, one_of(resource.kind.attributes.iter().copied()));
                let what = format!("{} has no attribute {attribute}: {known}", kind.name);
                gather.add(&reference.at, what);
            }
        }
        (Some(_), None) => {
            let what = format!("there is no resource {name} to have an attribute: {}", one_of(ids));
            gather.add(&reference.at, what);
        }
        (None, Some(_)) => {}
        (None, None) => {
            let known = PSEUDO.into_iter().chain([NO_VALUE]);
            if !known.clone().chain(template.parameters()).any(|known| known == name) {
                let names = one_of(template.parameters().chain(ids).chain(known));
                gather.add(&reference.at, format!("there is no {name} to refer to: {names}"));
            }
        }
    }
}

/// Conditions that a value names must be there.
fn check_names(template: &Template, node: &Node, gather: &mut Gather<'_>) {
    node.visit(&mut |node| {
        if let Expr::If(name, ..) | Expr::Condition(name) = &node.expr {
            check_condition(template, Some(name), &node.pointer, gather);
        }
    });
}

fn check_condition(
    template: &Template,
    name: Option<&str>,
    pointer: &str,
    gather: &mut Gather<'_>,
) {
    let Some(name) = name.filter(|name| !template.conditions.contains_key(*name)) else { return };
    let known = one_of(template.conditions.keys().map(String::as_str));
    gather.add(pointer, format!("there is no condition {name}: {known}"));
}

/// Nothing may need itself.
pub(crate) fn circles(template: &Template, gather: &mut Gather<'_>) {
    let resources = template.resources.iter();
    let resources: Needs = resources
        .map(|resource| (resource.logical_id.clone(), resource.needs().collect()))
        .collect();
    for (needs, section) in [(resources, "/Resources"), (template.condition_needs(), "/Conditions")]
    {
        if let Err(circle) = order(&needs) {
            let first = circle.first().copied().unwrap_or_default();
            let chain = circle.join(" needs ");
            let what = format!("{chain} needs {first}: remove one of these references");
            gather.add(&member(section, first), what);
        }
    }
}
