//! The text of `Fn::Sub`.

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it stands.
    Text(String),
    /// A variable of the function's second argument.
    Variable(String),
    /// A parameter, pseudo parameter or resource.
    Ref(String),
    /// A resource's attribute.
    GetAtt(String, String),
}

/// Takes `text` apart at each `${…}`; `${!…}` stands for `${…}` itself.
pub(crate) fn pieces(text: &str, is_variable: impl Fn(&str) -> bool) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            return Err("Fn::Sub has a ${ that is not closed: add }, or write ${!".to_owned());
        };
        rest = after;
        if let Some(literal) = name.strip_prefix('!') {
            plain.push_str("${");
            plain.push_str(literal);
            plain.push('}');
            continue;
        }
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_.:".contains(c)) {
            return Err(format!("Fn::Sub has ${{{name}}}: write a name, or ${{!{name}}} for text"));
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(match name.split_once('.') {
            _ if is_variable(name) => Piece::Variable(name.to_owned()),
            Some((resource, attribute)) => Piece::GetAtt(resource.into(), attribute.into()),
            None => Piece::Ref(name.to_owned()),
        });
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_told_from_text() {
        let found = pieces("a-${B}${C.D.E}${!F}$${v.w}", |name| name == "v.w").unwrap();
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(
            found,
            [
                text("a-"),
                Piece::Ref("B".into()),
                Piece::GetAtt("C".into(), "D.E".into()),
                text("${F}$"),
                Piece::Variable("v.w".into()),
            ]
        );
        assert!(pieces("${A", |_| false).unwrap_err().contains("not closed"));
        assert!(pieces("${a b}", |_| false).unwrap_err().contains("${!a b}"));
    }

    /// A part of a text, and what it means.
    fn any_piece() -> impl Strategy<Value = (String, Piece)> {
        prop_oneof![
            "[ab}. !]{1,5}".prop_map(|text| (text.clone(), Piece::Text(text))),
            "[a-d ${]{0,3}".prop_map(|text| {
                (format!("${{!{text}}}"), Piece::Text(format!("${{{text}}}")))
            }),
            "[A-D]{1,3}".prop_map(|name| (format!("${{{name}}}"), Piece::Ref(name))),
            "[A-D]{1,3}".prop_map(|name| {
                (format!("${{{name}.Arn}}"), Piece::GetAtt(name, "Arn".into()))
            }),
            "v[a-d.]{0,3}".prop_map(|name| (format!("${{{name}}}"), Piece::Variable(name))),
        ]
    }

    proptest! {
        #[test]
        fn a_text_is_its_pieces(parts in prop::collection::vec(any_piece(), 0..8)) {
            let text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
            let mut expected: Vec<Piece> = Vec::new();
            for (_, piece) in parts {
                match (expected.last_mut(), piece) {
                    (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                    (_, piece) => expected.push(piece),
                }
            }
            prop_assert_eq!(pieces(&text, |name| name.starts_with('v')), Ok(expected));
        }

        #[test]
        fn no_text_panics(text in "[a${}!. ]{0,12}") {
            let _ = pieces(&text, |_| false);
        }
    }
}
