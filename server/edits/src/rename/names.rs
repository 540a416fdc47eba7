//! What a new name may look like.

use super::Refusal;

/// The service takes no longer names of actions, triggers and variables.
const MAX_NAME: usize = 80;

/// Characters that the designer refuses in names of actions and triggers.
const FORBIDDEN: [char; 9] = [':', '#', '<', '>', '%', '&', '\\', '?', '/'];

/// The key of an action or trigger that people call `wanted`: blanks are written as underscores.
pub(super) fn step(wanted: &str) -> Result<String, Refusal> {
    let name = wanted.trim().replace(' ', "_");
    plain(&name, Some(MAX_NAME))?;
    if let Some(bad) = name.chars().find(|c| FORBIDDEN.contains(c)) {
        return Refusal::new(format!("`{bad}` cannot stand in the name of an action."));
    }
    if name.starts_with('@') || name.contains("@{") {
        return Refusal::new("A name that begins like an expression would be taken for one.");
    }
    if name.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("internal.")) {
        return Refusal::new("Names that begin with `internal.` belong to the service.");
    }
    Ok(name)
}

/// The name of a variable: a text that the service evaluates where it is written.
pub(super) fn variable(wanted: &str) -> Result<String, Refusal> {
    // Blanks at the ends count: real flows have such names.
    let name = wanted;
    plain(name, Some(MAX_NAME))?;
    if name.starts_with('@') || name.contains("@{") {
        return Refusal::new("A name that begins like an expression would be taken for one.");
    }
    Ok(name.to_owned())
}

/// The name of a parameter.
pub(super) fn parameter(wanted: &str) -> Result<String, Refusal> {
    let name = wanted;
    plain(name, None)?;
    if name.starts_with(['$', '@']) {
        return Refusal::new("Names of parameters that begin with `$` or `@` belong to the service.");
    }
    Ok(name.to_owned())
}

/// A key of `connectionReferences`.
pub(super) fn connection(wanted: &str) -> Result<String, Refusal> {
    let name = wanted.trim();
    plain(name, None)?;
    match name.chars().find(|c| !is_logical(*c)) {
        Some(bad) => Refusal::new(format!(
            "`{bad}` cannot stand in a connection's key: letters, digits, `_`, `-` and `.` can."
        )),
        None => Ok(name.to_owned()),
    }
}

/// The logical name of a connection reference.
pub(super) fn reference(wanted: &str) -> Result<String, Refusal> {
    let name = wanted.trim();
    plain(name, None)?;
    if let Some(bad) = name.chars().find(|c| !is_logical(*c)) {
        return Refusal::new(format!(
            "`{bad}` cannot stand in a logical name: letters, digits, `_`, `-` and `.` can."
        ));
    }
    let (prefix, rest) = name.split_once('_').unwrap_or(("", name));
    if prefix.is_empty() || rest.is_empty() || !prefix.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Refusal::new("A logical name begins with a publisher's prefix and an underscore, such as `new_`.");
    }
    Ok(name.to_owned())
}

fn is_logical(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// What holds for every name; lengths count UTF-16 units, as the service does.
fn plain(name: &str, most: Option<usize>) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Refusal::new("The new name is empty.");
    }
    if name.chars().any(char::is_control) {
        return Refusal::new("A name cannot hold line ends or other control characters.");
    }
    let length = name.encode_utf16().count();
    match most {
        Some(most) if length > most => Refusal::new(format!(
            "The new name has {length} characters, and the service takes {most}."
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_the_designer() {
        assert_eq!(step(" Get employee's record ").unwrap(), "Get_employee's_record");
        assert_eq!(step(&"ä".repeat(80)).unwrap().chars().count(), 80);
        for bad in [
            "",
            "  ",
            "a:b",
            "a/b",
            "@x",
            "x@{y}",
            "internal.x",
            "a\nb",
            &"a".repeat(81),
            &"😀".repeat(41),
        ] {
            assert!(step(bad).is_err(), "{bad}");
        }
        for good in ["(Do) it - now, [1]!", "日本語_😀", "a.b=c;d|e\"f"] {
            assert_eq!(step(good).unwrap(), good.replace(' ', "_"));
        }
    }

    #[test]
    fn other_names_have_rules_of_their_own() {
        assert_eq!(variable(" My count").unwrap(), " My count");
        assert!(variable("@x").is_err() && variable("").is_err() && variable(&"a".repeat(81)).is_err());
        assert_eq!(parameter("Limit (con_Limit)").unwrap(), "Limit (con_Limit)");
        assert!(parameter("$connections").is_err());
        assert_eq!(connection("shared_sql_1").unwrap(), "shared_sql_1");
        assert!(connection("shared sql").is_err());
        assert_eq!(reference("con_a.b-C").unwrap(), "con_a.b-C");
        assert!(reference("Outlook").is_err() && reference("_x").is_err() && reference("con_").is_err());
        assert!(reference("con_ä").is_err() && reference("1con_x").is_err());
    }
}
