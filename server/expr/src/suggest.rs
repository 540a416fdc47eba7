//! "Did you mean": the nearest of some names.

/// The candidate nearest to `needle`, ignoring case, if it is near enough: one slip for three or four characters,
/// two from five on, none for shorter ones. A slip is a character added, left out, changed, or two swapped. Of equally
/// near candidates the one first in alphabetical order wins, so the answer does not depend on their order.
pub fn did_you_mean<'c>(needle: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted: Vec<char> = folded(needle);
    let allowed = match wanted.len() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = folded(candidate);
        if wanted.len().abs_diff(other.len()) > allowed {
            continue;
        }
        let Some(distance) = distance_within(&wanted, &other, allowed) else {
            continue;
        };
        if best.is_none_or(|known| (distance, candidate) < known) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Number of single-character slips (added, left out, changed, two neighbours swapped) between two strings, ignoring
/// case.
pub fn edit_distance(a: &str, b: &str) -> usize {
    distance(&folded(a), &folded(b))
}

fn folded(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn distance(a: &[char], b: &[char]) -> usize {
    // No more slips than the longer one has characters.
    let most = a.len().max(b.len());
    distance_within(a, b, most).unwrap_or(most)
}

/// The distance, where it is no more than `most`. Only cells that near to the diagonal are worked out, and no further row
/// once all of one are beyond: most candidates are far away, and there can be many.
fn distance_within(a: &[char], b: &[char], most: usize) -> Option<usize> {
    const FAR: usize = usize::MAX / 2;
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![FAR; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row: Vec<usize> = vec![FAR; width];
    for (i, &x) in a.iter().enumerate() {
        let from = i.saturating_sub(most).min(b.len());
        let to = (i + most + 1).min(b.len());
        row[from] = if from == 0 { i + 1 } else { FAR };
        let mut least = row[from];
        for j in from..to {
            let y = b[j];
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        if let Some(beyond) = row.get_mut(to + 1) {
            *beyond = FAR;
        }
        if least > most {
            return None;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    Some(last[b.len()]).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by definition, every cell of it.
    fn plain(a: &[char], b: &[char]) -> usize {
        let mut cells = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                cells[i][j] = match (i, j) {
                    (0, j) => j,
                    (i, 0) => i,
                    (i, j) => {
                        let changed = cells[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                        let mut cost = changed.min(cells[i - 1][j] + 1).min(cells[i][j - 1] + 1);
                        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                            cost = cost.min(cells[i - 2][j - 2] + 1);
                        }
                        cost
                    }
                };
            }
        }
        cells[a.len()][b.len()]
    }

    #[test]
    fn near_the_diagonal_is_enough() {
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let mut word = |longest| -> Vec<char> {
                let length = random(longest);
                (0..length).map(|_| char::from(b'a' + random(3) as u8)).collect()
            };
            let (a, b) = (word(9), word(9));
            let true_one = plain(&a, &b);
            assert_eq!(distance(&a, &b), true_one, "{a:?} {b:?}");
            for most in 0..4 {
                let expected = (true_one <= most).then_some(true_one);
                assert_eq!(distance_within(&a, &b, most), expected, "{a:?} {b:?} within {most}");
            }
        }
    }

    #[test]
    fn the_nearest_is_meant() {
        assert_eq!(
            did_you_mean("formatDateTme", ["formatDateTime", "formatNumber"]),
            Some("formatDateTime")
        );
        assert_eq!(did_you_mean("cocnat", ["concat", "contains"]), Some("concat"));
        assert_eq!(did_you_mean("ab", ["ac"]), None);
        assert_eq!(did_you_mean("abc", ["abd", "abb"]), Some("abb"));
    }
}
