//! Phrases that several rules use.

use analysis::identity::environment_label;
use model::files::name_of;
use model::{FileId, Workspace};

/// The place of a settings file in a sentence: "in prod", else "in" and the file's name.
pub(crate) fn in_environment(workspace: &Workspace, settings: FileId) -> String {
    let path = &workspace.file(settings).path;
    environment_label(path).map_or_else(|| format!("in `{}`", name_of(path)), |label| format!("in {label}"))
}

/// The settings of a file in a sentence: "the deployment settings for prod", else the file's name.
pub(crate) fn settings_for(workspace: &Workspace, settings: FileId) -> String {
    let path = &workspace.file(settings).path;
    environment_label(path).map_or_else(
        || format!("`{}`", name_of(path)),
        |label| format!("the deployment settings for {label}"),
    )
}

/// A flow's name without case, blanks and marks: the tools that write custom settings leave those out.
pub(crate) fn squeezed(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The beginning of a connection's id, which is enough to find it.
pub(crate) fn short_id(id: &str) -> String {
    match id.char_indices().nth(8) {
        Some((at, _)) if id.len() > 12 => format!("{}…", id.get(..at).unwrap_or(id)),
        _ => id.to_owned(),
    }
}

/// Several things in a sentence: "a, b and c"; of many, the first and how many more.
pub(crate) fn listed(items: &[String]) -> String {
    const SHOWN: usize = 4;
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] if items.len() <= SHOWN => format!("{} and {last}", all.join(", ")),
        many => format!("{} and {} more", many[..SHOWN - 1].join(", "), many.len() + 1 - SHOWN),
    }
}

/// A name with the one people know it by, where that is another: "`Mail` (`con_Mail`)".
pub(crate) fn titled(title: &str, name: &str) -> String {
    if title == name || title.trim().is_empty() {
        format!("`{name}`")
    } else {
        format!("`{title}` (`{name}`)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_short() {
        let names = |n: usize| -> Vec<String> { (0..n).map(|i| i.to_string()).collect() };
        assert_eq!(listed(&names(1)), "0");
        assert_eq!(listed(&names(3)), "0, 1 and 2");
        assert_eq!(listed(&names(4)), "0, 1, 2 and 3");
        assert_eq!(listed(&names(6)), "0, 1, 2 and 3 more");
        assert_eq!(short_id("0123456789abcdef"), "01234567…");
        assert_eq!(titled("a", "a") + &titled("A", "b"), "`a``A` (`b`)");
    }
}
