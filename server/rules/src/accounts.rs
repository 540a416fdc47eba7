//! Whether two accounts are surely two: what is planned, and what is said somewhere else.

use analysis::identity::{account_key, resolve};
use model::Guid;
use model::configuration::{Configuration, matches_pattern};

/// Whether two accounts are surely two: both addresses, or both ids.
pub(crate) fn differ(a: Option<&str>, b: Option<&str>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let (a, b) = (a.trim(), b.trim());
    match (Guid::parse(a), Guid::parse(b)) {
        (Some(a), Some(b)) => a != b,
        (None, None) => a.contains('@') && b.contains('@') && !model::same_name(a, b),
        _ => false,
    }
}

/// Whether an account is surely not the planned one.
pub(crate) fn is_other(plan: &Configuration, planned: &str, account: &str) -> bool {
    // An entry may have a name and stand for several accounts.
    if let Some(rule) = plan.account_named(planned.trim()) {
        let same = rule
            .patterns
            .iter()
            .any(|pattern| matches_pattern(&pattern.value, account.trim()));
        let comparable = rule.patterns.iter().any(|pattern| {
            let is_id = Guid::parse(&pattern.value).is_some();
            is_id == Guid::parse(account).is_some() && (is_id || pattern.value.contains('@'))
        });
        return !same && comparable;
    }
    let planned = resolve(plan, planned);
    account_key(Some(plan), planned) != account_key(Some(plan), account) && differ(Some(planned), Some(account))
}
