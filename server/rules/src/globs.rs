//! The globs of `exclude`, which anybody who can write to a repository may have written.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Longer globs are refused: no folder needs one, and what they compile to grows with them.
const LONGEST: usize = 1000;

/// What a glob leaves out: what it matches and all that lies in it; a bare name at any depth. `None` where it cannot be
/// read.
#[must_use]
pub(crate) fn leaving_out(pattern: &str) -> Option<GlobSet> {
    let pattern = pattern.trim_end_matches('/');
    if pattern.len() > LONGEST {
        return None;
    }
    let anywhere = if pattern.contains('/') {
        pattern.to_owned()
    } else {
        format!("**/{pattern}")
    };
    // A set, because a matcher of one glob panics where its regex grows too large.
    let mut set = GlobSetBuilder::new();
    for glob in [&anywhere, &format!("{anywhere}/**")] {
        set.add(GlobBuilder::new(glob).literal_separator(true).build().ok()?);
    }
    set.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders_leave_out_what_lies_in_them() {
        let matches = |pattern: &str, path: &str| leaving_out(pattern).is_some_and(|set| set.is_match(path));
        assert!(matches("archive", "src/archive/a.json") && matches("archive/", "archive"));
        assert!(matches("src/*.json", "src/a.json") && !matches("src/*.json", "src/b/a.json"));
        assert!(matches("{a,b}/**", "b/c.json") && !matches("archive", "src/archives/a.json"));
    }

    #[test]
    fn what_would_explode_is_refused() {
        for hostile in [
            format!("{}x", "**/".repeat(2000)),
            format!("{{{}}}", ["a"; 5000].join(",")),
            "{a,".repeat(300) + &"}".repeat(300),
            format!("{}x", "{a,b}{c,d}".repeat(90)),
            "[[[[".to_owned(),
        ] {
            let _ = leaving_out(&hostile);
        }
        assert!(leaving_out(&"**/".repeat(2000)).is_none() && leaving_out("[[[[").is_none());
    }
}
