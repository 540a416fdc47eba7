//! Text with gaps that are filled in one after the other.

/// A text with gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet(pub Vec<Part>);

/// A part of a [`Snippet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that is there.
    Text(String),
    /// A gap, with what stands in it until somebody types.
    Gap(String),
    /// A gap that takes one of these.
    Choice(Vec<String>),
    /// Where the cursor is when everything is filled in; without one, at the end.
    End,
}

impl Snippet {
    /// In the notation of the Language Server Protocol. `escape` is how texts are written where the snippet goes.
    #[must_use]
    pub fn notation(&self, escape: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        let mut gap = 0;
        for part in &self.0 {
            match part {
                Part::Text(text) => push(&mut out, &escape(text), &['\\', '$', '}']),
                Part::Gap(text) => {
                    gap += 1;
                    out.push_str(&format!("${{{gap}"));
                    if !text.is_empty() {
                        out.push(':');
                        push(&mut out, &escape(text), &['\\', '$', '}']);
                    }
                    out.push('}');
                }
                Part::Choice(choices) => {
                    gap += 1;
                    out.push_str(&format!("${{{gap}|"));
                    for (at, choice) in choices.iter().enumerate() {
                        if at > 0 {
                            out.push(',');
                        }
                        push(&mut out, &escape(choice), &['\\', ',', '|', '$', '}']);
                    }
                    out.push_str("|}");
                }
                Part::End => out.push_str("$0"),
            }
        }
        out
    }
}

fn push(out: &mut String, text: &str, special: &[char]) {
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_snippets_is_escaped_last() {
        let snippet = Snippet(vec![
            Part::Text("a\"$}(".to_owned()),
            Part::Gap("x}".to_owned()),
            Part::Gap(String::new()),
            Part::Choice(vec!["a,b".to_owned(), "c".to_owned()]),
            Part::End,
        ]);
        assert_eq!(
            snippet.notation(str::to_owned),
            "a\"\\$\\}(${1:x\\}}${2}${3|a\\,b,c|}$0"
        );
        assert_eq!(
            snippet.notation(syntax::json::escape),
            "a\\\\\"\\$\\}(${1:x\\}}${2}${3|a\\,b,c|}$0"
        );
    }
}
