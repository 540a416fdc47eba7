//! Words that the service knows where a setting takes one of a list. It reads them in any letter case.

/// Units of time: the frequency of a recurrence, the unit of a delay.
pub const TIME_UNITS: &[&str] = &["Second", "Minute", "Hour", "Day", "Week", "Month", "Year"];

/// Days that a weekly recurrence names.
pub const WEEK_DAYS: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// How a Terminate action may end a run.
pub const RUN_STATUSES: &[&str] = &["Failed", "Succeeded", "Cancelled"];

/// Kinds of retry policies.
pub const RETRY_POLICIES: &[&str] = &["none", "fixed", "exponential", "default"];
