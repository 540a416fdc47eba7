//! The editor's settings, section `flowsentry`.

use ide::hints::HintKinds;
use model::Profile;
use serde_json::Value;

/// What the editor asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `flowsentry.profile`.
    pub profile: Option<Profile>,
    /// `flowsentry.connections`: inventory files, absolute or relative to the first workspace folder.
    pub connections: Vec<String>,
    /// `flowsentry.exclude`: globs below the workspace folders.
    pub exclude: Vec<String>,
    /// What is shown besides findings.
    pub views: ViewSettings,
}

/// What the editor shows besides findings. A change here needs no file to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewSettings {
    /// `flowsentry.inlayHints.connections`, `.flows` and `.variables`.
    pub hints: HintKinds,
    /// `flowsentry.codeLens.enabled`.
    pub lenses: bool,
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self {
            hints: HintKinds::default(),
            lenses: true,
        }
    }
}

impl Settings {
    /// Reads settings from a value, which may be the section or hold it; what is wrong is left out and named.
    pub fn read(value: &Value) -> (Self, Vec<String>) {
        let value = value.get("flowsentry").unwrap_or(value);
        let mut wrong = Vec::new();
        let profile = match value.get("profile") {
            None | Some(Value::Null) => None,
            Some(name) => {
                let profile = name.as_str().and_then(Profile::parse);
                if profile.is_none() {
                    wrong.push(format!(
                        "flowsentry.profile is {name}; it must be recommended, strict or auditor"
                    ));
                }
                profile
            }
        };
        let mut list = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| Some(item.as_str()?.to_owned()))
                .collect(),
            Some(other) => {
                wrong.push(format!("flowsentry.{key} is {other}; it must be a list of texts"));
                Vec::new()
            }
        };
        let (connections, exclude) = (list("connections"), list("exclude"));
        let mut switch = |section: &str, key: &str| match value.get(section).and_then(|section| section.get(key)) {
            None | Some(Value::Null) => true,
            Some(Value::Bool(on)) => *on,
            Some(other) => {
                wrong.push(format!(
                    "flowsentry.{section}.{key} is {other}; it must be true or false"
                ));
                true
            }
        };
        let views = ViewSettings {
            hints: HintKinds {
                connections: switch("inlayHints", "connections"),
                flows: switch("inlayHints", "flows"),
                variables: switch("inlayHints", "variables"),
            },
            lenses: switch("codeLens", "enabled"),
        };
        (
            Self {
                profile,
                connections,
                exclude,
                views,
            },
            wrong,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_section_and_names_what_is_wrong() {
        let value = serde_json::json!({"flowsentry": {
            "profile": "strict", "connections": ["c.json", 1], "exclude": "x",
            "inlayHints": {"flows": false, "variables": 1}
        }});
        let (settings, wrong) = Settings::read(&value);
        assert_eq!(settings.profile, Some(Profile::Strict));
        assert_eq!(settings.connections, ["c.json"]);
        assert!(settings.views.hints.connections && !settings.views.hints.flows && settings.views.lenses);
        assert_eq!(wrong.len(), 2);
        assert_eq!(Settings::read(&Value::Null), (Settings::default(), Vec::new()));
    }
}
