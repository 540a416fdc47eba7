//! The risk that mending a finding reduces, by what its rule is about.

use rules::Category;

/// The risk in one sentence: what the rule's page says under *Why it matters*, else what its category is about.
#[must_use]
pub fn risk_of(rule: &str) -> String {
    let Some(rule) = rules::rule(rule) else {
        return String::new();
    };
    first_sentence(why(rule.documentation)).unwrap_or_else(|| of_category(rule.category).to_owned())
}

/// The first paragraph under *Why it matters*.
fn why(page: &str) -> &str {
    let rest = page.split_once("# Why it matters").map_or("", |(_, rest)| rest);
    rest.trim_start().split("\n\n").next().unwrap_or("").trim()
}

/// The first sentence of a paragraph, on one line.
fn first_sentence(paragraph: &str) -> Option<String> {
    let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        text.get(at + 2..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(char::is_uppercase)
    });
    let sentence = end.map_or(text.as_str(), |at| text.get(..=at).unwrap_or(&text));
    (!sentence.is_empty()).then(|| sentence.to_owned())
}

/// What the rules of a category guard against.
#[must_use]
pub fn of_category(category: Category) -> &'static str {
    match category {
        Category::Identity => "One compromised, lost or departed account reaches more, or stops more, than it must.",
        Category::Secrets => {
            "Whoever can read the solution, its history or its run history can act with what they read."
        }
        Category::Exposure => "Somebody who should not can start a flow, or starts it more often than it bears.",
        Category::Exfiltration => "Data leaves the organisation, or goes where nobody meant it to go.",
        Category::Solution => {
            "The solution cannot be moved to the next environment as it is, or runs with the wrong values there."
        }
        Category::Expressions => "The flow fails, or silently does something else than it says.",
        Category::Files => "Parts of the solution are not read, so nobody can tell what is wrong in them.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_a_risk() {
        for rule in rules::RULES {
            let risk = risk_of(rule.id);
            assert!(risk.len() > 10 && !risk.contains('\n'), "{}: {risk}", rule.id);
        }
        assert_eq!(risk_of("no-such-rule"), "");
    }

    #[test]
    fn sentences_end_where_the_next_begins() {
        assert_eq!(
            first_sentence("It is v1.0 of x. Then\nmore.").as_deref(),
            Some("It is v1.0 of x.")
        );
        assert_eq!(first_sentence("One"), Some("One".to_owned()));
        assert_eq!(first_sentence(""), None);
    }
}
