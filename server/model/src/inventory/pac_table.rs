//! The table of `pac connection list`.
//!
//! Its columns (id, display name, API id, status) have no fixed places: widths follow the content, and display names hold
//! blanks. Each line is therefore read from both ends.

use super::notes::{Reading, offset};
use super::{Account, AccountSource, ConnectionRecord, Principal, names};
use syntax::Span;

/// What an API id begins with, in lower case.
const API: &str = "/providers/microsoft.powerapps/apis/";

struct Row<'a> {
    name: &'a str,
    display_name: &'a str,
    api: &'a str,
    status: &'a str,
}

/// Whether a text has at least one row of such a table.
pub(super) fn has_rows(text: &str) -> bool {
    text.lines().any(|line| row(line).is_some())
}

/// Reads all rows. What stands before the first (who is connected, to what, the titles) is no part of the table.
pub(super) fn read(text: &str, reading: &mut Reading) {
    let mut start = 0usize;
    let has_status = text.lines().filter_map(row).any(|row| !row.status.is_empty());
    for line in text.split_inclusive(['\n', '\r']) {
        let content = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        if let Some(row) = row(content) {
            let span = Span::new(offset(at), offset(at + row.name.len()));
            let mut connection = connection(&row, span);
            if has_status && row.status.is_empty() && !line.ends_with(['\n', '\r']) {
                // The file ends in the middle of it, and so may the connector's name.
                connection.connector = None;
                let whole = Span::new(offset(at), offset(at + content.len()));
                reading.lost(
                    whole,
                    "the file ends in this line, so its connector is not taken over; export the table again",
                );
            }
            reading.connections.push(connection);
        } else if content.chars().any(char::is_alphanumeric) && !reading.connections.is_empty() {
            reading.lost(
                Span::new(offset(at), offset(at + content.len())),
                "this line has no connection id and API id, so it is not used",
            );
        }
    }
}

fn row(line: &str) -> Option<Row<'_>> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace)?;
    // A name with a separator at its end is a CSV row with blanks.
    if name.starts_with('/') || name.ends_with([',', ';']) {
        return None;
    }
    // The last one: a display name may hold anything.
    let is_api = |part: &str| {
        part.get(..API.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(API))
            && !part.ends_with([',', ';'])
    };
    let api = rest.split_whitespace().rfind(|part| is_api(part))?;
    let at = rest.rfind(api)?;
    let status = rest.get(at + api.len()..)?.trim();
    Some(Row {
        name,
        display_name: rest.get(..at)?.trim(),
        api,
        status,
    })
}

fn connection(row: &Row<'_>, span: Span) -> ConnectionRecord {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let account = |value: String| Account {
        value,
        source: AccountSource::DisplayName,
        principal: Principal::Unknown,
    };
    ConnectionRecord {
        name: names::connection_name(row.name).to_owned(),
        span,
        connector: names::connector(row.api),
        display_name: some(row.display_name),
        environment: None,
        status: some(row.status),
        account: some(row.display_name)
            .filter(|name| names::is_address(name))
            .map(account),
        created_by: None,
        authentication: None,
        shared: None,
    }
}
