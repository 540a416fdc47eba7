//! Data policies that the configuration names or holds.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use syntax::Span;

use super::{POLICY_KEYS, Reader, name_span, span, span_of};
use crate::facts::Spanned;
use crate::policies::{ConnectorGroup, DataPolicy, GroupMember, PolicyScope};

impl Reader {
    pub(super) fn policies(&mut self, value: &Value<'_>) {
        let Value::Array(list) = value else {
            return self.issue(span_of(value), "`dataPolicies` must be a list of files and policies");
        };
        for entry in &list.elements {
            match entry {
                Value::Object(policy) => self.policy(policy),
                other => {
                    let file = self.string(other, "an entry of `dataPolicies` that is no object");
                    self.facts.policy_files.extend(file);
                }
            }
        }
    }

    fn policy(&mut self, policy: &Object<'_>) {
        let whole = span(policy.start(), policy.end());
        let mut name = Spanned::new("the plan's policy".to_owned(), Span::new(whole.start, whole.start + 1));
        let (mut members, mut default, mut scope) = (Vec::new(), None, PolicyScope::Everywhere);
        for member in &policy.properties {
            match member.name.as_str() {
                "name" => name = self.string(&member.value, "name").unwrap_or(name),
                "default" => {
                    let Some(word) = self.string(&member.value, "default") else {
                        continue;
                    };
                    default = ConnectorGroup::parse(&word.value);
                    if default.is_none() {
                        let words = ConnectorGroup::ALL.map(|(word, _)| word);
                        self.unknown(word.span, "group", &word.value, &words);
                    }
                }
                "environments" => {
                    let names = self.strings(&member.value, "environments");
                    scope = PolicyScope::Only(names.into_iter().map(|name| name.value).collect());
                }
                key => match ConnectorGroup::ALL.iter().find(|(word, _)| *word == key) {
                    Some((_, group)) => {
                        let connectors = self.strings(&member.value, key);
                        members.extend(
                            connectors
                                .into_iter()
                                .map(|c| GroupMember::new(&c.value, c.span, *group)),
                        );
                    }
                    None => self.unknown(name_span(member), "setting of a policy", key, &POLICY_KEYS),
                },
            }
        }
        if members.is_empty() && default.is_none() {
            self.issue(
                whole,
                "a policy needs `business`, `nonBusiness` or `blocked`: lists of connectors",
            );
            return;
        }
        let policy = DataPolicy::new(name, members, default, scope, whole);
        for (first, second) in policy.contradictions() {
            let message = format!(
                "`{}` is in two groups, `{}` and `{}`; keep one",
                second.connector,
                first.group.name(),
                second.group.name()
            );
            self.issue(second.span, &message);
        }
        self.facts.policies.push(policy);
    }
}
