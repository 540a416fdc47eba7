//! Small pieces of text that all forms share.

/// `3 flows`, `1 flow`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {}", plural(count, what))
}

/// `flows` for any number but 1.
pub fn plural(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => what.to_owned(),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{what}s"),
    }
}

/// `a, b and c`; beyond `limit` the rest is counted.
pub fn listed<S: AsRef<str>>(items: &[S], limit: usize) -> String {
    let shown: Vec<&str> = items.iter().take(limit).map(AsRef::as_ref).collect();
    match items.len().saturating_sub(limit) {
        0 => match shown.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        },
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A text of at most so many characters.
pub fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some(_) => {
            let cut = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
            format!("{}…", text.get(..cut).unwrap_or("").trim_end())
        }
        None => text.to_owned(),
    }
}

/// A text of at most so many characters, cut in the middle: names that begin alike often differ at their end.
pub fn cut_inside(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let head = limit.div_ceil(2);
    let tail = limit.saturating_sub(head + 1);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_together() {
        assert_eq!(counted(1, "flow"), "1 flow");
        assert_eq!(counted(0, "identity"), "0 identities");
        assert_eq!(counted(2, "key"), "2 keys");
        assert_eq!(listed(&["a", "b", "c"], 5), "a, b and c");
        assert_eq!(listed(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(listed::<&str>(&[], 2), "");
        assert_eq!(shortened("größer", 4), "grö…");
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(cut_inside("grün und blau", 8), "grün…lau");
        assert_eq!(cut_inside("abc", 3), "abc");
    }
}
