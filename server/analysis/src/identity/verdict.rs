//! What makes an account personal, a service's or an application's.

use model::inventory::{AccountSource, ConnectionRecord, Principal};
use model::{AccountKind, Configuration, Guid};

use crate::Certainty;

/// What an account is, and why it counts as that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Personal, service or application.
    pub kind: AccountKind,
    /// How sure that is.
    pub certainty: Certainty,
    /// Why, as the rest of a sentence that ends in the account: "an address that looks like a person's".
    pub why: String,
    /// What the plan calls the account, where it names that one alone.
    pub name: Option<String>,
}

/// Words of accounts made for automation, set off by `.`, `-`, `_`, a blank or a digit.
const SERVICE_WORDS: [&str; 10] = [
    "svc",
    "service",
    "sa",
    "srv",
    "automation",
    "flow",
    "powerautomate",
    "noreply",
    "no-reply",
    "bot",
];
/// Beginnings of such accounts.
const SERVICE_STARTS: [&str; 2] = ["admin-", "app-"];

/// Judges an account that is known by its text alone, such as an owner in settings: an address, a name or an id.
/// Nothing that could be judged gives `None`, and so do the tokens of pipelines.
#[must_use]
pub fn judge(configuration: Option<&Configuration>, account: &str) -> Option<Verdict> {
    judge_principal(configuration, account, Principal::Unknown, true)
}

/// Judges the account that a connection of an inventory acts as.
#[must_use]
pub fn judge_record(configuration: Option<&Configuration>, record: &ConnectionRecord) -> Option<Verdict> {
    let account = record.account.as_ref();
    if let Some(account) = account
        && let Some(planned) = planned(configuration, &account.value)
    {
        return Some(planned);
    }
    let authentication = record.authentication.as_deref().unwrap_or_default();
    if record.acts_as_application() {
        let by_kind = account.is_some_and(|account| account.principal.is_application());
        let why = if by_kind {
            "an application, as the inventory says".to_owned()
        } else {
            format!("it signs in by `{authentication}`, as applications do")
        };
        return Some(Verdict {
            kind: AccountKind::Application,
            certainty: Certainty::High,
            why,
            name: None,
        });
    }
    let account = account?;
    // Nobody signs in to a connection with a key; who made it is not who it acts as.
    let only_maker = matches!(account.source, AccountSource::CreatedBy | AccountSource::DisplayName);
    if only_maker && signs_in_without_account(authentication) {
        return None;
    }
    // The id of a connection's maker may be a user's object id.
    let id_is_application = account.source != AccountSource::CreatedBy;
    judge_principal(configuration, &account.value, account.principal, id_is_application)
}

fn judge_principal(
    configuration: Option<&Configuration>,
    account: &str,
    principal: Principal,
    id_is_application: bool,
) -> Option<Verdict> {
    let account = account.trim();
    if model::settings::is_token(account) {
        return None;
    }
    if let Some(planned) = planned(configuration, account) {
        return Some(planned);
    }
    let verdict = |kind, certainty, why: String| {
        Some(Verdict {
            kind,
            certainty,
            why,
            name: None,
        })
    };
    if principal.is_application() {
        return verdict(
            AccountKind::Application,
            Certainty::High,
            "an application, as the inventory says".to_owned(),
        );
    }
    if Guid::parse(account).is_some() {
        return if id_is_application && principal != Principal::User {
            verdict(
                AccountKind::Application,
                Certainty::High,
                "an id as application users have".to_owned(),
            )
        } else {
            None
        };
    }
    let (local, is_address) = local_part(account);
    if let Some(word) = service_word(local) {
        return verdict(
            AccountKind::Service,
            Certainty::Medium,
            format!("a name with `{word}` in it as service accounts have"),
        );
    }
    if !is_address {
        return None;
    }
    let why = if looks_like_a_person(local) {
        "an address that looks like a person's"
    } else {
        "an address without any sign of a service account"
    };
    verdict(AccountKind::Personal, Certainty::Medium, why.to_owned())
}

/// What the project's configuration says of an account: its first match wins.
fn planned(configuration: Option<&Configuration>, account: &str) -> Option<Verdict> {
    let (rule, pattern) = configuration?.account(account)?;
    let note = rule.notes.short().map(|note| format!(" ({note})")).unwrap_or_default();
    let why = format!(
        "{} by `{}` in {}{note}",
        rule.kind.name(),
        pattern.value,
        model::files::CONFIGURATION_FILE
    );
    Some(Verdict {
        kind: rule.kind,
        certainty: Certainty::High,
        why,
        // A pattern with a star speaks of many, and a name that many have tells them apart no more.
        name: rule
            .name
            .as_ref()
            .filter(|_| !pattern.value.contains('*'))
            .map(|name| name.value.clone()),
    })
}

/// What the plan says of an account that it speaks of by name.
pub(super) fn named(plan: &Configuration, name: &str) -> Option<Verdict> {
    let rule = plan.account_named(name.trim())?;
    Some(Verdict {
        kind: rule.kind,
        certainty: Certainty::High,
        why: format!(
            "{} by its entry in {}",
            rule.kind.name(),
            model::files::CONFIGURATION_FILE
        ),
        name: None,
    })
}

/// The part of an address before its domain, or a name without its domain, and whether it is an address.
fn local_part(account: &str) -> (&str, bool) {
    if let Some((local, domain)) = account.split_once('@') {
        let is_domain = domain.trim_matches('.').contains('.') && !domain.contains('@');
        let blank = account.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>'));
        return (local, is_domain && !blank && !local.is_empty());
    }
    (account.rsplit('\\').next().unwrap_or(account), false)
}

/// The word by which a name is a service account's.
fn service_word(local: &str) -> Option<&'static str> {
    let is_gap = |c: char| matches!(c, '.' | '-' | '_') || c.is_whitespace() || c.is_ascii_digit();
    let is = |part: Option<&str>, word: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(word));
    let fits = |word: &&&str| {
        let start = is(local.get(..word.len()), word)
            && local
                .get(word.len()..)
                .is_some_and(|rest| rest.chars().next().is_none_or(is_gap));
        let at = local.len().checked_sub(word.len());
        let end = is(at.and_then(|at| local.get(at..)), word)
            && at
                .and_then(|at| local.get(..at))
                .is_some_and(|rest| rest.chars().next_back().is_none_or(is_gap));
        start || end
    };
    let begins = |word: &&&str| is(local.get(..word.len()), word) && local.len() > word.len();
    SERVICE_WORDS
        .iter()
        .find(fits)
        .or_else(|| SERVICE_STARTS.iter().find(begins))
        .copied()
}

/// Whether a name is two words of letters, as `given.family`.
fn looks_like_a_person(local: &str) -> bool {
    let local = local.split("#EXT#").next().unwrap_or(local);
    let parts: Vec<&str> = local.split(['.', '-', '_']).take(4).collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    (2..=3).contains(&parts.len()) && parts.iter().all(word) && parts.iter().any(|part| part.chars().count() > 2)
}

/// Whether a kind of authentication uses a key, a shared secret or an identity of the platform, and no account.
fn signs_in_without_account(authentication: &str) -> bool {
    let kind = authentication.to_ascii_lowercase();
    [
        "key",
        "basic",
        "relay",
        "sas",
        "anonymous",
        "connectionstring",
        "managedidentity",
        "certificate",
    ]
    .iter()
    .any(|word| kind.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::inventory::Account;

    fn kind(account: &str) -> Option<(AccountKind, Certainty)> {
        judge(None, account).map(|verdict| (verdict.kind, verdict.certainty))
    }

    #[test]
    fn names_of_services() {
        for account in [
            "svc-coe@contoso.com",
            "flow.service@contoso.com",
            "automation-hr@contoso.com",
            "svc_finance@contoso.com",
            "SVC@contoso.com",
            "hr.svc@contoso.com",
            "sa1@contoso.com",
            "1sa@contoso.com",
            "noreply@contoso.com",
            "admin-flows@contoso.com",
            "bot2@contoso.com",
            "app-orders@contoso.com",
            "CONTOSO\\svc-flow",
            "svc-coe",
            "Flow Service",
        ] {
            assert_eq!(
                kind(account),
                Some((AccountKind::Service, Certainty::Medium)),
                "{account}"
            );
        }
    }

    #[test]
    fn other_addresses_are_personal() {
        for account in [
            "maria.keller@contoso.com",
            "j.okafor@contoso.com",
            "saskia@contoso.com",
            "flowers@contoso.com",
            "robot@contoso.com",
            "admin@contoso.com",
            "app@contoso.com",
            "svcs.smith@contoso.com",
            "maria_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        ] {
            assert_eq!(
                kind(account),
                Some((AccountKind::Personal, Certainty::Medium)),
                "{account}"
            );
        }
        assert!(judge(None, "megan.bowen@contoso.com").is_some_and(|v| v.why.contains("looks like a person's")));
        assert!(judge(None, "sales@contoso.com").is_some_and(|v| v.why.contains("without any sign")));
    }

    #[test]
    fn nothing_else_is_a_verdict() {
        for account in [
            "",
            "#{connectionreference.user.x}#",
            "Megan Bowen",
            "$(Owner)",
            "megan@",
            "@contoso.com",
            "a@b",
            "Megan <m@contoso.com>",
            "ü",
        ] {
            assert_eq!(kind(account), None, "{account}");
        }
        assert_eq!(
            kind("6f5a3c1e-1111-4a2b-9c3d-0123456789ab"),
            Some((AccountKind::Application, Certainty::High))
        );
    }

    #[test]
    fn the_plan_names_one_account_and_no_crowd() {
        let plan = Configuration::read(
            r#"{"accounts":[{"kind":"application","match":"6f5a3c1e-1111-4a2b-9c3d-0123456789ab","name":"sync"},
                {"kind":"service","match":"svc-*@contoso.com","name":"robots"}]}"#,
        );
        let name = |account| judge(Some(&plan), account).and_then(|verdict| verdict.name);
        assert_eq!(name("6F5A3C1E-1111-4A2B-9C3D-0123456789AB").as_deref(), Some("sync"));
        assert_eq!(name("svc-mail@contoso.com"), None);
    }

    #[test]
    fn the_plan_goes_first() {
        let plan = Configuration::read(
            r#"{"accounts":[{"kind":"service","match":"sales@*","reason":"the sales robot"},{"kind":"personal","match":["svc-megan@*","*@contoso.com"]}]}"#,
        );
        let judged = |account: &str| judge(Some(&plan), account).map(|v| (v.kind, v.certainty));
        assert_eq!(
            judged("Sales@contoso.com"),
            Some((AccountKind::Service, Certainty::High))
        );
        assert_eq!(
            judged("svc-megan@contoso.com"),
            Some((AccountKind::Personal, Certainty::High))
        );
        assert_eq!(
            judged("svc-x@fabrikam.com"),
            Some((AccountKind::Service, Certainty::Medium))
        );
        assert!(
            judge(Some(&plan), "sales@x.y")
                .is_some_and(|v| v.why == "service by `sales@*` in flowsentry.jsonc (the sales robot)")
        );
    }

    fn record(account: Option<(&str, AccountSource, Principal)>, authentication: Option<&str>) -> ConnectionRecord {
        ConnectionRecord {
            name: "0a".into(),
            span: syntax::Span::at(0),
            connector: None,
            display_name: None,
            environment: None,
            status: None,
            account: account.map(|(value, source, principal)| Account {
                value: value.into(),
                source,
                principal,
            }),
            created_by: None,
            authentication: authentication.map(Into::into),
            shared: None,
        }
    }

    #[test]
    fn records_by_principal_and_authentication() {
        let kind = |record: &ConnectionRecord| judge_record(None, record).map(|v| v.kind);
        let megan = |authentication| {
            record(
                Some(("megan.bowen@contoso.com", AccountSource::CreatedBy, Principal::User)),
                authentication,
            )
        };
        assert_eq!(kind(&megan(None)), Some(AccountKind::Personal));
        assert_eq!(kind(&megan(Some("oauth"))), Some(AccountKind::Personal));
        assert_eq!(kind(&megan(Some("oauthSP"))), Some(AccountKind::Application));
        assert_eq!(kind(&megan(Some("keyBasedAuth"))), None);
        assert_eq!(
            kind(&record(None, Some("servicePrincipal"))),
            Some(AccountKind::Application)
        );
        let id = "6f5a3c1e-1111-4a2b-9c3d-0123456789ab";
        assert_eq!(
            kind(&record(Some((id, AccountSource::CreatedBy, Principal::User)), None)),
            None
        );
        assert_eq!(
            kind(&record(Some((id, AccountSource::CreatedBy, Principal::Unknown)), None)),
            None
        );
        assert_eq!(
            kind(&record(
                Some((id, AccountSource::CreatedBy, Principal::ServicePrincipal)),
                None
            )),
            Some(AccountKind::Application)
        );
        assert_eq!(
            kind(&record(
                Some((id, AccountSource::AccountName, Principal::Application)),
                None
            )),
            Some(AccountKind::Application)
        );
    }
}
