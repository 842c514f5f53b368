//! Checks of policy variables.

use super::{Check, Linter, Place};
use policy::json::Node;

impl Linter<'_> {
    /// Variables where they are allowed.
    pub(super) fn variables(&mut self, place: &Place, text: &str, node: &Node<'_>) {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${") {
            if !self.variables {
                let message = "To include variables in your policy, use the policy version \
                               2012-10-17 or later.";
                let check = Check::error("VARIABLE_UNSUPPORTED_IN_VERSION");
                return self.report(check, message, place, node);
            }
            let Some((inside, behind)) = after.split_once('}') else {
                let message = "The policy variable is missing a closing curly brace. Add } after \
                               the variable text.";
                let check = Check::error("MISSING_BRACE_IN_VARIABLE");
                return self.report(check, message, place, node);
            };
            self.variable(place, inside, node);
            rest = behind;
        }
    }

    /// Variables where there must be none.
    pub(super) fn no_variable(&mut self, place: &Place, text: &str, node: &Node<'_>) {
        if text.contains("${") {
            let message = format!(
                "Policy variables are supported in the Resource and Condition elements. Remove \
                 the policy variable {text} from this element."
            );
            self.report(Check::error("VARIABLE_UNSUPPORTED_IN_ELEMENT"), message, place, node);
        }
    }

    fn variable(&mut self, place: &Place, inside: &str, node: &Node<'_>) {
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key, Some(default.trim())),
            None => (inside, None),
        };
        if inside.is_empty() {
            let message = "Empty policy variable. Remove the ${ } variable structure or provide a \
                           variable within the structure.";
            self.report(Check::error("EMPTY_VARIABLE"), message, place, node);
        } else if key.contains(char::is_whitespace) {
            let message = "A space is not supported within the policy variable text. Remove the \
                           space.";
            self.report(Check::error("UNSUPPORTED_SPACE_IN_VARIABLE"), message, place, node);
        } else if let Some(default) = default {
            let quoted = default.len() >= 2 && default.starts_with('\'') && default.ends_with('\'');
            if !quoted {
                let message = "The policy variable default value must begin and end with a single \
                               quote. Add the missing quote.";
                self.report(Check::error("MISSING_QUOTE_IN_VARIABLE"), message, place, node);
            }
        }
    }
}
