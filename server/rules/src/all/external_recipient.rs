//! A recipient outside of the organisation, written out in the flow.

use analysis::effects::{self, Effect};
use analysis::hardcoded::is_address;
use expr::{NodeKind, Segment, TemplateKind};
use model::flow::{Operation, Owner};
use model::{Configuration, Profile};
use syntax::Span;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An address that is written out as the recipient of a mail, a Teams message, an approval, an invitation or a share, and
    /// whose domain is not among the `internalDomains` of the configuration. Without that list, only addresses of public mail services
    /// such as gmail.com are reported, because nothing tells which domains are the organisation's own.
    ///
    /// # Why it matters
    ///
    /// What the flow sends leaves the organisation, every time it runs and without anybody looking. A mailbox of a public service
    /// is often a person's private one.
    ///
    /// # How to fix
    ///
    /// Send to a mailbox of the organisation. Where an address outside is meant, add its domain to `internalDomains`, or
    /// keep it in an environment variable, where who owns the process can see and change it.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```json
    /// { "internalDomains": ["contoso.com", "*.contoso.com"] }
    /// ```
    ///
    /// A flow:
    ///
    /// ```json
    /// // wrong
    /// "emailMessage/To": "orders@fabrikam.com"
    /// // right
    /// "emailMessage/To": "orders@contoso.com"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Email exfiltration controls for connectors",
    ///   <https://learn.microsoft.com/power-platform/admin/block-forwarded-email-from-power-automate>
    static RULE = {
        id: "external-recipient",
        summary: "a recipient outside of the organisation is written out in the flow",
        category: Category::Exfiltration,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

/// Last parts of the names of parameters that take recipients.
const FIELDS: [&str; 16] = [
    "to",
    "cc",
    "bcc",
    "torecipients",
    "ccrecipients",
    "bccrecipients",
    "recipient",
    "recipients",
    "assignedto",
    "requiredattendees",
    "optionalattendees",
    "resourceattendees",
    "attendees",
    "emailaddress",
    "email",
    "invitees",
];
/// Parts of the names of operations that reach people, whatever else they are said to do.
const REACHES_PEOPLE: [&str; 8] = [
    "mail",
    "approval",
    "share",
    "grantaccess",
    "calendarp",
    "event",
    "message",
    "invite",
];
/// Services where anybody can have a mailbox, under the domains of many countries.
const PUBLIC_MAIL: [&str; 15] = [
    "gmail",
    "googlemail",
    "outlook",
    "hotmail",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "icloud",
    "aol",
    "gmx",
    "protonmail",
    "tutanota",
    "yandex",
    "rediffmail",
];
/// Other such domains.
const PUBLIC_DOMAINS: [&str; 26] = [
    "me.com",
    "mac.com",
    "mail.com",
    "web.de",
    "t-online.de",
    "freenet.de",
    "mail.ru",
    "proton.me",
    "pm.me",
    "tuta.io",
    "qq.com",
    "163.com",
    "126.com",
    "naver.com",
    "orange.fr",
    "free.fr",
    "wanadoo.fr",
    "laposte.net",
    "libero.it",
    "comcast.net",
    "verizon.net",
    "btinternet.com",
    "bigpond.com",
    "uol.com.br",
    "seznam.cz",
    "bluewin.ch",
];
/// So many addresses of one parameter are looked at.
const MAX_ADDRESSES: usize = 100;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for outside in outside(flow) {
        let path = flow.body.owner_path(outside.owner);
        let finding = Finding::new(&RULE, flow.file, outside.span, outside.domain, outside.message);
        findings.push(finding.confidence(outside.confidence).action(path));
    }
}

/// A recipient outside of the organisation.
pub(crate) struct Outside {
    /// Where the address stands.
    pub(crate) span: Span,
    owner: Owner,
    domain: String,
    confidence: Confidence,
    message: String,
}

/// Every recipient of a flow outside of the organisation that is written out.
pub(crate) fn outside(flow: &FlowContext<'_>) -> Vec<Outside> {
    let mut found = Vec::new();
    for operation in &flow.body.operations {
        if !reaches_people(operation) {
            continue;
        }
        let Some(parameters) = operation.parameters.and_then(|node| flow.value(node)) else {
            continue;
        };
        recipients(parameters, |value| {
            let Some(text) = value.as_str() else { return };
            for (span, address) in addresses(&text).into_iter().take(MAX_ADDRESSES) {
                let Some((confidence, message)) = judge(flow.configuration, address) else {
                    continue;
                };
                found.push(Outside {
                    span: value.source_span(span),
                    owner: operation.owner,
                    domain: address.rsplit('@').next().unwrap_or_default().to_owned(),
                    confidence,
                    message,
                });
            }
        });
    }
    found
}

fn reaches_people(operation: &Operation) -> bool {
    let id = operation.id.value.to_ascii_lowercase();
    let effects = effects::judge(&operation.connector, &operation.id.value, None).effects;
    let only_reads = effects.has(Effect::Read) && !effects.changes();
    effects.has(Effect::Send) || !only_reads && REACHES_PEOPLE.iter().any(|part| id.contains(part))
}

/// Calls `found` for every string that stands where recipients do: below a member of such a name.
fn recipients<'a>(parameters: Value<'a>, mut found: impl FnMut(Value<'a>)) {
    let mut waiting = vec![(parameters, false)];
    while let Some((value, counts)) = waiting.pop() {
        if value.is_string() {
            if counts {
                found(value);
            }
            continue;
        }
        waiting.extend(value.items().map(|item| (item, counts)));
        for member in value.members() {
            let Some(inner) = member.value else { continue };
            let name = member.key.as_str().unwrap_or_default();
            let last = name.rsplit('/').next().unwrap_or_default();
            waiting.push((inner, FIELDS.iter().any(|field| field.eq_ignore_ascii_case(last))));
        }
    }
}

/// What is wrong with an address, told by its domain: the part before it is a person's, or may be anything.
fn judge(configuration: Option<&Configuration>, address: &str) -> Option<(Confidence, String)> {
    let domain = address.rsplit('@').next()?;
    match configuration.and_then(|own| own.is_internal(address)) {
        Some(true) => None,
        Some(false) => Some((
            Confidence::High,
            format!(
                "What this step sends goes to an address of {domain}, which is not among the project's `internalDomains`. Send to a mailbox of the organisation, or add the domain there if it is meant."
            ),
        )),
        None => is_public(domain).then(|| {
            let message = format!(
                "What this step sends goes to a mailbox of {domain}, a public service outside of the organisation. Send to a mailbox of the organisation, or list its domains as `internalDomains` if this is meant."
            );
            (Confidence::Medium, message)
        }),
    }
}

/// Whether anybody can have a mailbox there: `gmail.com`, `yahoo.co.uk`, `hotmail.fr`.
fn is_public(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let ends_in_country = |rest: &str| {
        let mut labels = rest.split('.');
        labels.clone().count() <= 2 && labels.all(|label| (2..=3).contains(&label.len()))
    };
    PUBLIC_DOMAINS.contains(&domain.as_str())
        || domain
            .split_once('.')
            .is_some_and(|(name, rest)| PUBLIC_MAIL.contains(&name) && ends_in_country(rest))
}

/// The addresses of a list, with their places: in plain texts, around what is worked out, and in literals of expressions. A text
/// that holds anything but addresses and names gives none: whatever it is, it is not to be shown around.
fn addresses(text: &str) -> Vec<(Span, &str)> {
    let template = expr::parse(text);
    let literals: Vec<(usize, usize, bool)> = match &template.kind {
        TemplateKind::Literal(_) => vec![(0, text.len(), false)],
        TemplateKind::Interpolation(segments) => segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Text { span, .. } => Some((span.start as usize, span.end as usize, true)),
                Segment::Expression { .. } => None,
            })
            .collect(),
        TemplateKind::Expression(_) => template
            .nodes()
            .filter_map(|(_, node)| match &node.kind {
                NodeKind::Str(literal) => Some((literal.content.start as usize, literal.content.end as usize, true)),
                _ => None,
            })
            .filter(|(start, end, _)| text.get(*start..*end).is_some_and(|literal| literal.contains('@')))
            .collect(),
    };
    let mut found = Vec::new();
    for (start, end, is_part) in literals {
        let Some(literal) = text.get(start..end) else { continue };
        let is_gap = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '<' | '>' | '"');
        let mut at = 0;
        for piece in literal.split_inclusive(is_gap) {
            let word = piece.trim_end_matches(is_gap);
            let touches = is_part && (at == 0 || at + piece.len() == literal.len() && word.len() == piece.len());
            let from = start + at;
            at += piece.len();
            if is_address(word) {
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                found.push((
                    Span::new(offset(from), offset(from + word.len())),
                    &text[from..from + word.len()],
                ));
            } else if !touches && !is_name(word) {
                return Vec::new();
            }
        }
    }
    found
}

/// Whether a word can be part of the name before an address.
fn is_name(word: &str) -> bool {
    word.len() <= 30
        && word
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '(' | ')'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const LIST: &str = r#"{ "internalDomains": ["contoso.com", "*.contoso.com"] }"#;

    fn send(connector: &str, id: &str, parameters: &str) -> Sample {
        Sample::actions(&format!(
            r#""Send":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}"}},"parameters":{{{parameters}}}}}}}"#
        ))
    }

    fn mail(to: &str) -> Sample {
        send(
            "shared_office365",
            "SendEmailV2",
            &format!(r#""emailMessage/To":"{to}","emailMessage/Subject":"x@fabrikam.com""#),
        )
        .with("/s/flowsentry.jsonc", LIST)
    }

    #[test]
    fn addresses_outside_the_list() {
        for (to, marked) in [
            ("orders@fabrikam.com", &["orders@fabrikam.com"][..]),
            (
                "a@contoso.com; b@evil.example.net;c@eu.contoso.com",
                &["b@evil.example.net"],
            ),
            ("Orders <o.'brien@fabrikam.com>", &["o.'brien@fabrikam.com"]),
            ("@{triggerBody()?['mail']};x@fabrikam.com", &["x@fabrikam.com"]),
            (
                "@if(equals(1, 2), 'a@contoso.com', 'b@fabrikam.com')",
                &["b@fabrikam.com"],
            ),
            ("sales+eu@fabrikam.co.uk,", &["sales+eu@fabrikam.co.uk"]),
            ("a@notcontoso.com", &["a@notcontoso.com"]),
            ("A@FABRIKAM.COM", &["A@FABRIKAM.COM"]),
        ] {
            assert_eq!(mail(to).marked(RULE.id), marked, "{to}");
        }
        assert_eq!(
            mail("orders@fabrikam.com").of(RULE.id)[0].finding.confidence,
            Confidence::High
        );
    }

    #[test]
    fn public_mailboxes_of_many_countries() {
        for domain in ["gmail.com", "yahoo.co.uk", "hotmail.fr", "gmx.at", "T-Online.de"] {
            let parameters = format!(r#""emailMessage/To":"x@{domain}""#);
            let found = send("shared_office365", "SendEmailV2", &parameters).of(RULE.id);
            assert_eq!(found.len(), 1, "{domain}");
        }
        for domain in [
            "contoso.com",
            "live.contoso.com",
            "outlook.events",
            "yahoo.fabrikam.com",
        ] {
            let parameters = format!(r#""emailMessage/To":"x@{domain}""#);
            let found = send("shared_office365", "SendEmailV2", &parameters).of(RULE.id);
            assert_eq!(found.len(), 0, "{domain}");
        }
    }

    #[test]
    fn every_way_to_people() {
        for (connector, id, parameters) in [
            (
                "shared_office365",
                "SharedMailboxSendEmailV2",
                r#""emailMessage/Bcc":"a@b.de""#,
            ),
            (
                "shared_office365",
                "V4CalendarPostItem",
                r#""item/requiredAttendees":"a@b.de""#,
            ),
            ("shared_sendmail", "SendEmailV3", r#""request/to":"a@b.de""#),
            (
                "shared_teams",
                "PostMessageToConversation",
                r#""body/recipient":"a@b.de""#,
            ),
            (
                "shared_teams",
                "PostCardToConversation",
                r#""body/recipient/to":"a@b.de""#,
            ),
            (
                "shared_approvals",
                "StartAndWaitForAnApproval",
                r#""WebhookApprovalCreationInput/assignedTo":"a@b.de;""#,
            ),
            (
                "shared_sharepointonline",
                "GrantAccess",
                r#""parameter/recipients":["a@b.de"]"#,
            ),
            ("shared_office365", "SendEmail", r#""body":{"Message":{"To":"a@b.de"}}"#),
            ("shared_con-5fmail-5f0a", "SendIt", r#""to":"a@b.de""#),
        ] {
            let sample = send(connector, id, parameters).with("/s/flowsentry.jsonc", LIST);
            assert_eq!(sample.marked(RULE.id), ["a@b.de"], "{connector} {id}");
        }
    }

    #[test]
    fn internal_computed_and_other_texts_are_fine() {
        for to in [
            "a@contoso.com",
            "a@CONTOSO.com;b@mail.contoso.com",
            "@triggerBody()?['mail']",
            "@{variables('name')}@{variables('domain')}",
            "a@contoso.@{variables('top')}",
            "nobody",
            "key=abc;x@fabrikam.com",
            "https://user:pw@fabrikam.com/x@fabrikam.com",
            "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1x@fabrikam.com",
            "@{variables('name')}@fabrikam.@{variables('top')}",
            "@concat(variables('name'), '@fabrikam.com')",
            "",
            "@",
            "a@b",
        ] {
            assert_eq!(mail(to).marked(RULE.id), [""; 0], "{to}");
        }
        let read =
            send("shared_office365", "GetEmailsV3", r#""to":"a@fabrikam.com""#).with("/s/flowsentry.jsonc", LIST);
        assert_eq!(read.marked(RULE.id), [""; 0]);
        let row = send(
            "shared_commondataserviceforapps",
            "CreateRecord",
            r#""item/to":"a@fabrikam.com""#,
        )
        .with("/s/flowsentry.jsonc", LIST);
        assert_eq!(row.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn without_a_list_only_public_mail_is_sure() {
        let sample = mail("a@fabrikam.com;b@gmail.com").without("/s/flowsentry.jsonc");
        assert_eq!(sample.marked(RULE.id), ["b@gmail.com"]);
        assert_eq!(sample.of(RULE.id)[0].finding.confidence, Confidence::Medium);
        let escaped = mail("\\u0061@fabrikam.com");
        assert_eq!(escaped.marked(RULE.id), ["\\u0061@fabrikam.com"]);
        assert!(escaped.files[FLOW].contains("\\u0061"));
    }
}
