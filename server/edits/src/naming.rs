//! Names for what fixes create: display names of connectors, and logical names with the publisher's prefix.

/// Display names of connectors whose own name does not give them away.
const CONNECTORS: [(&str, &str); 44] = [
    ("approvals", "Approvals"),
    ("azuread", "Microsoft Entra ID"),
    ("azureautomation", "Azure Automation"),
    ("azureblob", "Azure Blob Storage"),
    ("azurequeues", "Azure Queues"),
    ("azuretables", "Azure Table Storage"),
    ("bingmaps", "Bing Maps"),
    ("commondataservice", "Microsoft Dataverse (legacy)"),
    ("commondataserviceforapps", "Microsoft Dataverse"),
    ("conversionservice", "Content Conversion"),
    ("documentdb", "Azure Cosmos DB"),
    ("excelonline", "Excel Online (OneDrive)"),
    ("excelonlinebusiness", "Excel Online (Business)"),
    ("filesystem", "File System"),
    ("flowmanagement", "Power Automate Management"),
    ("flowpush", "Notifications"),
    ("keyvault", "Azure Key Vault"),
    ("microsoftcopilotstudio", "Microsoft Copilot Studio"),
    ("microsoftflowforadmins", "Power Automate for Admins"),
    ("microsoftforms", "Microsoft Forms"),
    ("office365", "Office 365 Outlook"),
    ("office365groups", "Office 365 Groups"),
    ("office365groupsmail", "Office 365 Groups Mail"),
    ("office365users", "Office 365 Users"),
    ("onedrive", "OneDrive"),
    ("onedriveforbusiness", "OneDrive for Business"),
    ("onenote", "OneNote (Business)"),
    ("outlook", "Outlook.com"),
    ("planner", "Planner"),
    ("powerappsforadmins", "Power Apps for Admins"),
    ("powerappsforappmakers", "Power Apps for Makers"),
    ("powerbi", "Power BI"),
    ("powerplatformforadmins", "Power Platform for Admins"),
    ("rss", "RSS"),
    ("sendmail", "Mail"),
    ("servicebus", "Service Bus"),
    ("sftpwithssh", "SFTP - SSH"),
    ("sharepointonline", "SharePoint"),
    ("sql", "SQL Server"),
    ("teams", "Microsoft Teams"),
    ("uiflow", "Desktop flows"),
    ("visualstudioteamservices", "Azure DevOps"),
    ("webcontents", "HTTP with Microsoft Entra ID (preauthorized)"),
    ("wordonlinebusiness", "Word Online (Business)"),
];

/// The name people know a connector by, from its own name, `shared_…`.
#[must_use]
pub fn connector_title(connector: &str) -> String {
    let name = connector.strip_prefix("shared_").unwrap_or(connector);
    let known = CONNECTORS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map_or_else(|| humanise(name), |(_, title)| (*title).to_owned())
}

/// Whether a connector is one of the customer's own: its id is then needed besides its name, which differs between
/// environments.
#[must_use]
pub fn is_custom_connector(connector: &str) -> bool {
    let tail = connector.rsplit("-5f").next().unwrap_or(connector);
    tail.len() < connector.len() && tail.len() >= 12 && tail.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `cat_approvals-20kit-5f0123456789abcdef` becomes `Cat approvals kit`.
fn humanise(name: &str) -> String {
    let readable = if is_custom_connector(name) {
        name.rsplit_once("-5f").map_or(name, |(head, _)| head)
    } else {
        name
    };
    let spaced = readable
        .replace("-20", " ")
        .replace("-5f", " ")
        .replace("-2d", "-")
        .replace('_', " ");
    let mut letters = spaced.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

/// Whether a name ends as the designer makes them up, in five hexadecimal digits of which one is a numeral: `_facade` and
/// `_decade` are words.
#[must_use]
pub fn is_made_up(name: &str, separator: char) -> bool {
    let Some((head, tail)) = name.rsplit_once(separator) else {
        return false;
    };
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    !head.is_empty() && tail.len() == 5 && tail.chars().all(is_hex) && tail.contains(|c: char| c.is_ascii_digit())
}

/// Whether a logical name begins with the publisher's prefix and an underscore.
#[must_use]
pub fn has_prefix(name: &str, prefix: &str) -> bool {
    let head = name.get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix)) && name.as_bytes().get(prefix.len()) == Some(&b'_')
}

/// The name with the publisher's prefix in place of the prefix it has, if any.
#[must_use]
pub fn with_prefix(name: &str, prefix: &str) -> String {
    if has_prefix(name, prefix) {
        return name.to_owned();
    }
    let is_foreign = |head: &str| (2..=8).contains(&head.len()) && head.bytes().all(|b| b.is_ascii_alphanumeric());
    let base = match name.split_once('_') {
        Some((head, rest)) if is_foreign(head) && !rest.is_empty() => rest,
        _ => name,
    };
    format!("{prefix}_{base}")
}

/// A new logical name for something with this title: letters and digits only, after the publisher's prefix.
#[must_use]
pub fn logical_name(title: &str, prefix: &str) -> String {
    let base: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{prefix}_{}", if base.is_empty() { "Connection" } else { &base })
}

/// The words of a name: what stands between signs, and what begins with a capital after a small letter.
pub fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            let mut before = false;
            let turn = rest.char_indices().find(|(_, c)| {
                let turns = before && c.is_uppercase();
                before = c.is_lowercase() || c.is_numeric();
                turns
            });
            let (word, left) = rest.split_at(turn.map_or(rest.len(), |(at, _)| at));
            rest = left;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// The text with a capital at its beginning.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The name, with the first number behind it that makes it free.
#[must_use]
pub fn free_name(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let numbered = (2u32..)
        .map(|number| format!("{name}_{number}"))
        .find(|candidate| !is_taken(candidate));
    numbered.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectors_have_titles() {
        assert_eq!(connector_title("shared_office365"), "Office 365 Outlook");
        assert_eq!(connector_title("shared_slack"), "Slack");
        assert_eq!(
            connector_title("shared_cat-5fapprovals-20kit-5f7fc9343cf45734fe"),
            "Cat approvals kit"
        );
        assert!(CONNECTORS.is_sorted(), "the table is in order");
    }

    #[test]
    fn custom_connectors_end_in_a_hash() {
        assert!(is_custom_connector("shared_cat-5fapprovals-20kit-5f7fc9343cf45734fe"));
        assert!(!is_custom_connector("shared_office365") && !is_custom_connector("shared_a-5fb"));
    }

    #[test]
    fn names_fall_into_words() {
        let split = |name| words(name).collect::<Vec<_>>();
        assert_eq!(
            split("Ocp-Apim-Subscription-Key"),
            ["Ocp", "Apim", "Subscription", "Key"]
        );
        assert_eq!(split("item/clientSecret"), ["item", "client", "Secret"]);
        assert_eq!(split("siteURL 2"), ["site", "URL", "2"]);
        assert_eq!(split("--"), [""; 0]);
        assert_eq!(capital("über x"), "Über x");
    }

    #[test]
    fn names_get_the_prefix() {
        assert_eq!(with_prefix("new_shared_x_338da", "con"), "con_shared_x_338da");
        assert_eq!(with_prefix("CON_x", "con"), "CON_x");
        assert_eq!(with_prefix("office", "con"), "con_office");
        assert_eq!(with_prefix("ä_x", "con"), "con_ä_x");
        assert_eq!(
            logical_name("Excel Online (Business)", "con"),
            "con_ExcelOnlineBusiness"
        );
        assert_eq!(free_name("con_x".into(), |n| n != "con_x_3"), "con_x_3");
    }
}
