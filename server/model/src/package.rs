//! The manifest of a legacy package, which names the accounts behind its connections.

use syntax::json::{Tree, Value};

use crate::facts::Spanned;

/// A package's manifest, as far as accounts go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageManifest {
    /// The package's name.
    pub name: Option<String>,
    /// Its connections.
    pub connections: Vec<PackageConnection>,
}

/// A connection of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageConnection {
    /// The name people see, which usually is the account's address.
    pub display_name: Spanned<String>,
    /// The connector's name, `shared_…`.
    pub connector: Option<String>,
}

const CONNECTION: &str = "Microsoft.PowerApps/apis/connections";

impl PackageManifest {
    /// Reads a `manifest.json`; `None` where it is no package's: extensions of browsers and other things have manifests too.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        memchr::memmem::find(text.as_bytes(), CONNECTION.as_bytes())?;
        let tree = Tree::parse(text);
        let root = tree.root(text)?;
        let resources = root.get("resources").filter(Value::is_object)?;
        let plain = |value: Value<'_>| Some(value.as_str()?.into_owned());
        let connections = resources
            .members()
            .filter_map(|member| member.value)
            .filter(|resource| resource.get("type").is_some_and(|kind| kind.is_str(CONNECTION)))
            .filter_map(|resource| {
                let name = resource.path(&["details", "displayName"])?;
                let connector = resource
                    .get("dependsOn")
                    .into_iter()
                    .flat_map(|list| list.items().collect::<Vec<_>>())
                    .filter_map(|id| resources.get(&id.as_str()?))
                    .find_map(|other| other.get("name").or_else(|| other.get("id")).and_then(plain));
                Some(PackageConnection {
                    display_name: Spanned::new(plain(name)?, name.content_span()),
                    connector: connector.map(|name| crate::connector_name(&name).to_owned()),
                })
            })
            .collect();
        Some(Self {
            name: root.path(&["details", "displayName"]).and_then(plain),
            connections,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_name_accounts() {
        let text = r#"{"schema":"1.0","details":{"displayName":"Guests"},"resources":{
          "1":{"id":"/providers/Microsoft.PowerApps/apis/shared_teams","name":"shared_teams","type":"Microsoft.PowerApps/apis"},
          "2":{"type":"Microsoft.PowerApps/apis/connections","details":{"displayName":"maria@contoso.com"},"dependsOn":["9","1"]},
          "3":{"type":"Microsoft.PowerApps/apis/connections","details":{}},
          "4":{"type":"Microsoft.PowerApps/apis/connections","details":{"displayName":"b"}},"5":7}}"#;
        let read = PackageManifest::read(text).expect("a package");
        assert_eq!((read.name.as_deref(), read.connections.len()), (Some("Guests"), 2));
        assert_eq!(
            &text[read.connections[0].display_name.span.range()],
            "maria@contoso.com"
        );
        assert_eq!(read.connections[0].connector.as_deref(), Some("shared_teams"));
        assert_eq!(read.connections[1].connector, None);
    }

    #[test]
    fn other_and_damaged_manifests() {
        for text in [
            "",
            "{}",
            r#"{"name":"extension","version":"1"}"#,
            r#"["Microsoft.PowerApps/apis/connections"]"#,
        ] {
            assert!(PackageManifest::read(text).is_none(), "{text}");
        }
        let cut = r#"{"resources":{"2":{"type":"Microsoft.PowerApps/apis/connections","details":{"displayName":"maria@contoso.com""#;
        assert_eq!(PackageManifest::read(cut).map(|read| read.connections.len()), Some(1));
        let odd =
            r#"{"resources":{"2":{"type":"Microsoft.PowerApps/apis/connections","details":"x","dependsOn":{"a":1}}}}"#;
        assert_eq!(PackageManifest::read(odd).map(|read| read.connections.len()), Some(0));
    }
}
