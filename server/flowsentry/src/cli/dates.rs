//! The day that a report speaks of: given, or taken from the clock where the caller asks for it. Without either a report
//! names none, so that the same files give the same bytes.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 86_400;

/// The day of `--date`: `today`, or a day as `2026-11-24`. Without the option the day of `SOURCE_DATE_EPOCH`, which build
/// systems set to make their output the same each time.
///
/// # Errors
/// What is wrong with the day.
pub fn day(given: Option<&str>, epoch: Option<&str>) -> Result<Option<String>, String> {
    match given {
        Some("today") => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            Ok(now.ok().map(|since| civil(since.as_secs() / DAY)))
        }
        Some(day) if is_day(day) => Ok(Some(day.to_owned())),
        Some(_) => Err("--date takes `today` or a day such as 2026-11-24".to_owned()),
        None => Ok(epoch.and_then(|seconds| Some(civil(seconds.trim().parse::<u64>().ok()? / DAY)))),
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |text: &str, length: usize| -> Option<u32> {
        let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

/// The day so many days after 1 January 1970. Years begin in March here, which puts the leap day at their end.
fn civil(days: u64) -> String {
    // Nobody's report is of a year that has five digits.
    let days = days.min(2_932_896) + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{date:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_781, "2026-11-24"),
            (u64::MAX, "9999-12-31"),
        ] {
            assert_eq!(civil(days), expected);
        }
    }

    #[test]
    fn only_days_are_taken() {
        assert_eq!(day(Some("2026-11-24"), Some("0")), Ok(Some("2026-11-24".into())));
        assert_eq!(day(None, Some("1795478400")), Ok(Some("2026-11-24".into())));
        assert_eq!(day(None, None), Ok(None));
        assert_eq!(day(None, Some("soon")), Ok(None));
        for wrong in ["tomorrow", "2026-13-01", "2026-1-1", "2026-01-32", "<script>"] {
            assert!(day(Some(wrong), None).is_err(), "{wrong}");
        }
    }
}
