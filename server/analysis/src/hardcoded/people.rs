//! Addresses of people and mailboxes.

use syntax::Span;

/// No name of a person or a mailbox has a longer run of letters and digits: keys have.
const LONGEST_RUN: usize = 20;
/// Domains that are kept free for examples, or stand for one.
const EXAMPLES: [&str; 14] = [
    "example.com",
    "example.net",
    "example.org",
    "domain.com",
    "email.com",
    "ihredomain.de",
    "mydomain.com",
    "seudominio.com",
    "seudominio.com.br",
    "tudominio.com",
    "votredomaine.com",
    "yourcompany.com",
    "yourdomain.com",
    "yourtenant.onmicrosoft.com",
];
/// Names of mailboxes that nobody reads and no project owns: services write from them.
const SENDERS: [&str; 6] = [
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "no_reply",
    "mailer-daemon",
];

/// Whether a word is one mail address. Long runs of letters and digits are keys rather than anybody's name.
#[must_use]
pub fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else {
        return false;
    };
    let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let runs = |local: &str| {
        let mut runs = local.split(|c: char| !c.is_alphanumeric());
        runs.any(|run| run.len() >= LONGEST_RUN && run.bytes().any(|b| b.is_ascii_digit()))
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let top = labels.last().copied().unwrap_or_default();
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(is_local)
        && !runs(local)
        && labels.len() > 1
        && labels.iter().all(is_label)
        && top.len() > 1
        && top.chars().all(char::is_alphabetic)
}

/// Whether an address is one that somebody has: no example, and no annotation of a table's column such as
/// `statecode@OData.Community.Display.V1.FormattedValue`.
pub(super) fn is_somebody(address: &str) -> bool {
    let Some((_, domain)) = address.rsplit_once('@').filter(|_| is_address(address)) else {
        return false;
    };
    let domain = domain.to_ascii_lowercase();
    let annotation = ["odata.", "microsoft.dynamics."]
        .iter()
        .any(|start| domain.starts_with(start));
    !annotation && !EXAMPLES.contains(&domain.as_str())
}

/// Whether a service writes from this address, which nobody reads.
pub(super) fn is_sender(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    SENDERS.iter().any(|sender| local.contains(sender))
}

/// Where the addresses of a text stand, if it is nothing else: one address or a list of them, each with a name before it or
/// not, or the claim of a user of a site. Empty for any other text.
pub(super) fn only_addresses(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in text.split([';', ',', '\n', '\r']) {
        let own = start;
        start += piece.len() + 1;
        if piece.trim().is_empty() {
            continue;
        }
        let Some(span) = address_in(piece) else {
            return Vec::new();
        };
        let shift = u32::try_from(own).unwrap_or(u32::MAX);
        found.push(Span::new(span.start + shift, span.end + shift));
    }
    found
}

/// Where addresses stand within a filter or an address of the directory: between quotes behind a comparison, and as the
/// user whose path it is.
pub(super) fn within(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        if found.len() >= super::MAX_IN_ONE {
            break;
        }
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
        let (before, after) = (&text[..at], &text[at + 1..]);
        let from = before
            .char_indices()
            .rev()
            .take(64)
            .take_while(|(_, c)| is_part(*c))
            .last();
        let to = after.char_indices().find(|(at, c)| *at > 253 || !is_part(*c));
        let from = from.map_or(at, |(from, _)| from);
        let to = at + 1 + to.map_or(after.len(), |(to, _)| to);
        let Some(address) = text.get(from..to).filter(|address| is_somebody(address)) else {
            continue;
        };
        let lead = text.get(..from).unwrap_or_default();
        let compared = lead.strip_suffix('\'').map(str::trim_end).is_some_and(|lead| {
            let word = lead
                .rsplit(|c: char| c.is_whitespace() || matches!(c, ',' | '('))
                .next();
            word.is_some_and(|word| ["eq", "ne"].iter().any(|own| own.eq_ignore_ascii_case(word)))
        });
        let in_quotes = compared && text.get(to..).is_some_and(|rest| rest.starts_with('\''));
        let is_user = lead.ends_with("/users/") || lead.ends_with("/users('");
        let ends = text.get(to..).and_then(|rest| rest.chars().next());
        if !is_sender(address) && (in_quotes || is_user && ends.is_none_or(|c| matches!(c, '/' | '?' | '\''))) {
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            found.push(Span::new(offset(from), offset(to)));
        }
    }
    found
}

/// The address that is all of a piece but a name before it, a claim, or a scheme.
fn address_in(piece: &str) -> Option<Span> {
    let word = piece.trim();
    let inner = if let Some((name, rest)) = word.rsplit_once('<') {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '\'' | '"' | '(' | ')');
        rest.strip_suffix('>').filter(|_| name.chars().all(is_name))?
    } else if let Some((claim, rest)) = word.rsplit_once('|') {
        Some(rest).filter(|_| claim.starts_with("i:0") || claim.starts_with("c:0"))?
    } else {
        word.strip_prefix("mailto:").unwrap_or(word)
    };
    if !is_somebody(inner) {
        return None;
    }
    let at = piece.rfind(inner)?;
    Some(Span::new(
        u32::try_from(at).ok()?,
        u32::try_from(at + inner.len()).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        only_addresses(text).into_iter().map(|span| span.slice(text)).collect()
    }

    #[test]
    fn lists_names_and_claims() {
        assert_eq!(found("jane.doe@contoso.com"), ["jane.doe@contoso.com"]);
        assert_eq!(
            found("a@contoso.com; Bé Doe <b.o'neill@contoso.co.uk>;\n"),
            ["a@contoso.com", "b.o'neill@contoso.co.uk"]
        );
        assert_eq!(
            found("i:0#.f|membership|j@contoso.onmicrosoft.com"),
            ["j@contoso.onmicrosoft.com"]
        );
    }

    #[test]
    fn prose_examples_and_annotations_are_none() {
        for text in [
            "",
            "Write to jane@contoso.com",
            "jane@contoso.com is away",
            "you@example.com",
            "statecode@OData.Community.Display.V1.FormattedValue",
            "_x_value@Microsoft.Dynamics.CRM.lookuplogicalname",
            "19:abc@thread.tacv2",
            "a@b",
            "@contoso.com",
            "key=1;j@contoso.com",
            "https://u:p@contoso.com",
            "<a href='mailto:j@contoso.com'>",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        for (text, wanted) in [
            (
                "emailaddress1 eq 'jane.doe@contoso.com' and x eq 1",
                &["jane.doe@contoso.com"][..],
            ),
            (
                "https://graph.microsoft.com/v1.0/users/j@contoso.com/mail",
                &["j@contoso.com"],
            ),
            ("/users('j@contoso.com')", &["j@contoso.com"]),
            ("title eq 'from j@contoso.com'", &[]),
            ("write to 'j@contoso.com'", &[]),
            ("mail eq 'you@example.com'", &[]),
            ("@", &[]),
        ] {
            let found: Vec<&str> = within(text).into_iter().map(|span| span.slice(text)).collect();
            assert_eq!(found, wanted, "{text}");
        }
        assert!(is_sender("no-reply@contoso.com") && !is_sender("replies@contoso.com"));
    }
}
