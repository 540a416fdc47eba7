//! Which environment a settings file is for, as far as its name and folders tell.

use model::files::{folder_of, name_of};

/// Words that people name environments by.
const WORDS: [&str; 27] = [
    "dev",
    "development",
    "develop",
    "test",
    "tst",
    "testing",
    "uat",
    "qa",
    "sit",
    "int",
    "integration",
    "preprod",
    "prod",
    "production",
    "prd",
    "nonprod",
    "staging",
    "stage",
    "stg",
    "acc",
    "acceptance",
    "validation",
    "val",
    "sandbox",
    "demo",
    "training",
    "live",
];
/// Words that a settings file's name is made of besides.
const FILLERS: [&str; 4] = [
    "customdeploymentsettings",
    "deploymentsettings",
    "deployment",
    "settings",
];

/// The environment's name as the path writes it: `prod` for `src.prod.deploymentSettings.json`, `Test` for
/// `config/Test/deploymentSettings.json`. Only words that mean an environment count; nothing is guessed.
#[must_use]
pub fn environment_label(path: &str) -> Option<&str> {
    let name = name_of(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folder = folder_of(path);
    [stem, name_of(folder), name_of(folder_of(folder))]
        .into_iter()
        .find_map(label_in)
}

/// The last word of a name that means an environment, together with a `pre` or `non` before it.
fn label_in(name: &str) -> Option<&str> {
    let mut label = None;
    let mut before: Option<(usize, &str)> = None;
    let mut start = 0;
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let (skipped, word) = without_fillers(part);
        let at = start + skipped;
        let is_label = WORDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word.trim_end_matches(|c: char| c.is_ascii_digit())));
        if is_label {
            let prefix = before.filter(|(_, b)| b.eq_ignore_ascii_case("pre") || b.eq_ignore_ascii_case("non"));
            label = name.get(prefix.map_or(at, |(at, _)| at)..at + word.len());
        }
        before = Some((at, word));
        // Every separator is one character of one or more bytes.
        start += part.len();
        start += name
            .get(start..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
    }
    label
}

/// A word without `deploymentSettings` and its kind at either end, and how many bytes went at its start.
fn without_fillers(word: &str) -> (usize, &str) {
    let (mut skipped, mut rest) = (0, word);
    for filler in FILLERS {
        let (head, tail) = (
            rest.get(..filler.len()),
            rest.len().checked_sub(filler.len()).and_then(|at| rest.get(at..)),
        );
        if head.is_some_and(|head| head.eq_ignore_ascii_case(filler)) {
            skipped += filler.len();
            rest = rest.get(filler.len()..).unwrap_or("");
        } else if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(filler)) {
            rest = rest.get(..rest.len() - filler.len()).unwrap_or("");
        }
    }
    (skipped, rest)
}

#[cfg(test)]
mod tests {
    use super::environment_label;

    #[test]
    fn names_and_folders_tell() {
        for (path, label) in [
            ("/r/src.prod.deploymentSettings.json", Some("prod")),
            ("/r/config/Test/deploymentSettings.json", Some("Test")),
            ("/r/config/Test/customDeploymentSettings.json", Some("Test")),
            ("/r/DeploymentSettingsUAT.json", Some("UAT")),
            ("/r/prodSettings.json", Some("prod")),
            ("/r/deployment-settings-pre-prod.json", Some("pre-prod")),
            ("/r/test2_deploymentsettings.json", Some("test2")),
            ("/r/deploymentSettings.json", None),
            ("/latest/solution/deploymentSettings.json", None),
            ("/r/ä-prod.json", Some("prod")),
            ("deploymentSettings.json", None),
            ("", None),
        ] {
            assert_eq!(environment_label(path), label, "{path}");
        }
    }
}
