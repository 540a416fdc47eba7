//! The text that `ConvertTo-Json` and `Export-Csv` write where an object lies too deep:
//! `@{id=…; displayName=alex@contoso.com; type=User}`.
//!
//! PowerShell quotes nothing in it, so it cannot be read for certain: a value may hold `; `, `}` or `=`. It is read as a
//! reader would: a member ends where `; name=` follows, an object where its brace closes.

/// The members of one object, in order; names and values as written.
pub(super) type Pairs = Vec<(String, String)>;

/// Whether a text is such an object or a list of them.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with("@{")
}

/// The objects of a text: one, or several where a list of objects was written (`@{a=1} @{a=2}`).
pub(super) fn objects(text: &str) -> Vec<Pairs> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some(body) = rest.strip_prefix("@{") {
        let end = end_of_object(body);
        found.push(members(&body[..end]));
        rest = body.get(end + 1..).unwrap_or("").trim_start();
    }
    found
}

/// Where the brace lies that closes an object whose inside `body` begins with; the end where none does. A brace that
/// is followed by neither a separator, another brace, an object nor the end belongs to a value.
fn end_of_object(body: &str) -> usize {
    let bytes = body.as_bytes();
    let mut depth = 0usize;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'@' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if matches!(bytes.get(at + 1), None | Some(b';' | b'}')) || bytes[at + 1..].starts_with(b" @{") => {
                return at;
            }
            _ => {}
        }
    }
    // A nested brace that never closes must not swallow the last one.
    if body.ends_with('}') {
        body.len() - 1
    } else {
        body.len()
    }
}

fn members(body: &str) -> Pairs {
    let bytes = body.as_bytes();
    let (mut depth, mut start) = (0usize, 0usize);
    let mut pairs = Pairs::new();
    let mut push = |member: &str| {
        if let Some((name, value)) = member.split_once('=') {
            pairs.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    };
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'@' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 && names_a_member(&bytes[at + 1..]) => {
                push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    push(&body[start..]);
    pairs
}

/// Whether ` name=` follows: only then does a semicolon end a value.
fn names_a_member(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'$' | b':');
    let length = rest.iter().take_while(|byte| letter(byte)).count();
    length > 0 && rest.get(length) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Pairs {
        let mut all = objects(text);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn pairs(list: &[(&str, &str)]) -> Pairs {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn members_are_split_where_a_name_follows() {
        assert_eq!(
            one("@{id=1; displayName=Keller; Maria; type=User; tenantId=}"),
            pairs(&[
                ("id", "1"),
                ("displayName", "Keller; Maria"),
                ("type", "User"),
                ("tenantId", "")
            ])
        );
        assert_eq!(
            one("@{displayName=a=b; type=User}"),
            pairs(&[("displayName", "a=b"), ("type", "User")])
        );
        assert_eq!(one("@{}"), pairs(&[]));
    }

    #[test]
    fn nested_objects_and_lists() {
        assert_eq!(
            one("@{name=c1; properties=@{apiId=x; createdBy=@{id=1; type=User}}; type=t}"),
            pairs(&[
                ("name", "c1"),
                ("properties", "@{apiId=x; createdBy=@{id=1; type=User}}"),
                ("type", "t")
            ])
        );
        assert_eq!(objects("@{status=Connected} @{status=Error; target=token}").len(), 2);
        assert_eq!(one("@{displayName=odd } name; type=User}").len(), 2);
    }

    #[test]
    fn damage_is_survived() {
        for text in [
            "@{",
            "@{a",
            "@{a=",
            "@{a=b",
            "@{a=@{b",
            "@{a=@{b=c}",
            "}",
            "@{;;;}",
            "@{=}",
            "@{ä=ö; ü=",
            "@{a=1}}",
        ] {
            let _ = objects(text);
        }
        assert_eq!(one("@{a=@{b; type=User}").len(), 1);
        assert!(objects("text").is_empty());
    }
}
