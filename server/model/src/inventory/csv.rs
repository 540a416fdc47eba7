//! Inventories as CSV: kept by hand, or from `Export-Csv`, which writes deep values as PowerShell's text for objects.

use super::notes::{Reading, offset};
use super::record::Record;
use super::{connection, role_assignments};
use std::collections::BTreeSet;
use syntax::Span;

/// Columns that are read, as [`title`] spells them.
const KNOWN: [&str; 32] = [
    "connectionname",
    "connectionid",
    "id",
    "name",
    "connectorname",
    "connector",
    "apiid",
    "fullconnectorname",
    "displayname",
    "account",
    "accountname",
    "authenticateduser",
    "owner",
    "createdby",
    "upn",
    "userprincipalname",
    "email",
    "environment",
    "environmentname",
    "kind",
    "type",
    "authentication",
    "status",
    "statuses",
    "allowsharing",
    "internal",
    "roleid",
    "roletype",
    "principaldisplayname",
    "principalemail",
    "principalobjectid",
    "principaltype",
];

/// Columns that name an account, or hold an object that does.
const ACCOUNTS: [&str; 10] = [
    "account",
    "accountname",
    "authenticateduser",
    "owner",
    "createdby",
    "upn",
    "userprincipalname",
    "email",
    "displayname",
    "internal",
];

/// Columns a connection can be known by.
const NAMES: [&str; 4] = ["connectionname", "connectionid", "id", "name"];

/// Columns that no list of other things is likely to have.
const ABOUT_CONNECTIONS: [&str; 6] = [
    "connectionname",
    "connectionid",
    "connectorname",
    "connector",
    "apiid",
    "fullconnectorname",
];

/// A cell: its text without quotes, and its bytes in the file without quotes.
#[derive(Debug)]
struct Cell {
    text: String,
    span: Span,
}

/// The titles of a file and where its rows begin.
pub(super) struct Header {
    separator: char,
    cells: Vec<Cell>,
    /// `cells` as [`title`] spells them.
    titles: Vec<String>,
    /// Offset of the first byte after the header.
    end: usize,
}

impl Header {
    /// Reads the first line that can be a header; there is always one, known columns or not.
    pub(super) fn of(text: &str) -> Self {
        let mut at = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
        let mut given = None;
        // `Export-Csv` of Windows PowerShell writes a line with the type, Excel one with the separator.
        loop {
            let line = text[at..].split(['\n', '\r']).next().unwrap_or("");
            let excel = line
                .get(..4)
                .filter(|start| start.eq_ignore_ascii_case("sep="))
                .and_then(|_| line[4..].chars().next());
            if excel.is_none() && !line.starts_with('#') {
                break;
            }
            given = excel.or(given);
            at += line.len();
            at = text.len() - text[at..].trim_start().len();
            if at >= text.len() {
                break;
            }
        }
        let separator = given.unwrap_or_else(|| separator_of(&text[at..]));
        let mut rows = Rows {
            text,
            at,
            separator,
            unclosed: None,
        };
        let cells = rows.next().unwrap_or_default();
        let titles = cells.iter().map(|cell| title(&cell.text)).collect();
        Self {
            separator,
            cells,
            titles,
            end: rows.at,
        }
    }

    /// How many columns have a known title.
    pub(super) fn known_columns(&self) -> usize {
        self.titles
            .iter()
            .filter(|title| KNOWN.contains(&title.as_str()))
            .count()
    }

    fn has(&self, titles: &[&str]) -> bool {
        self.titles.iter().any(|title| titles.contains(&title.as_str()))
    }

    /// Whether the file has names, and a column that only lists of connections have.
    pub(super) fn is_about_connections(&self) -> bool {
        self.has(&NAMES) && self.has(&ABOUT_CONNECTIONS) && !self.has(&["logicalname"])
    }
}

/// Reads all rows of a file with this header.
pub(super) fn read(text: &str, header: &Header, reading: &mut Reading) {
    let whole = header
        .cells
        .iter()
        .map(|cell| cell.span)
        .reduce(Span::cover)
        .unwrap_or_default();
    let of_roles =
        header.has(&["principaltype", "principalobjectid", "principalemail"]) && header.has(&["roletype", "roleid"]);
    if !header.has(&NAMES) && !of_roles {
        reading.note(
            whole,
            "the file has no connection name column: it needs `ConnectionName`, `ConnectionId`, `Id` or `Name`",
        );
        return;
    }
    let mut seen = BTreeSet::new();
    for (cell, title) in header
        .cells
        .iter()
        .zip(&header.titles)
        .filter(|(_, title)| !title.is_empty())
    {
        if !KNOWN.contains(&title.as_str()) {
            let message = unused(&cell.text, title);
            reading.note(cell.span, message);
        } else if !seen.insert(title) {
            let message = format!(
                "column `{}` is there twice, the first one that is filled is used",
                cell.text
            );
            reading.note(cell.span, message);
        }
    }
    if !of_roles && !header.has(&ACCOUNTS) {
        reading.note(
            whole,
            "no column names the account of a connection: it would be `Account`, `Owner`, `CreatedBy`, `UPN` or `Email`",
        );
    }
    let mut rows = Rows {
        text,
        at: header.end,
        separator: header.separator,
        unclosed: None,
    };
    for cells in rows.by_ref() {
        if cells.iter().any(|cell| !cell.text.is_empty()) {
            read_row(header, cells, of_roles, reading);
        }
    }
    if let Some(start) = rows.unclosed {
        reading.lost(
            Span::new(offset(start), offset(start + 1)),
            "this quote is never closed, so its cell is taken to end with the line",
        );
    }
}

fn read_row(header: &Header, cells: Vec<Cell>, of_roles: bool, reading: &mut Reading) {
    let whole = cells
        .iter()
        .map(|cell| cell.span)
        .reduce(Span::cover)
        .unwrap_or_default();
    if let Some(extra) = cells
        .iter()
        .skip(header.titles.len())
        .find(|cell| !cell.text.is_empty())
    {
        reading.lost(
            extra.span,
            "this row has more cells than the header, quote cells that hold the separator",
        );
    }
    // Programs leave out empty cells at the end; a row of one cell is something else.
    if cells.len() == 1 && header.titles.len() > 1 {
        reading.note(
            whole,
            "this row has one cell and the header several, so it tells a name at most",
        );
    }
    let spans: Vec<Span> = cells.iter().map(|cell| cell.span).collect();
    // Empty cells are left out so that the second of two equal titles can count.
    let named = header
        .titles
        .iter()
        .cloned()
        .zip(cells.into_iter().map(|cell| cell.text));
    let record = Record::Pairs(named.filter(|(_, text)| !text.is_empty()).collect());
    let span_of_name = NAMES.iter().find(|name| record.has(name)).and_then(|name| {
        let column = header.titles.iter().position(|title| title == name)?;
        spans.get(column).copied()
    });
    let span = span_of_name.unwrap_or(whole);
    if of_roles {
        match role_assignments::read(&record, span) {
            Some(assignment) => reading.role_assignments.push(assignment),
            None => reading.note(whole, "this row names no connection, so it is not used"),
        }
    } else {
        match connection::read(&record, span) {
            Some(connection) => reading.connections.push(connection),
            None => reading.lost(whole, "this row has no connection name, so it is not used"),
        }
    }
}

/// That a column is not used, and what it may have been meant to be.
fn unused(text: &str, title: &str) -> String {
    if let Some(near) = expr::did_you_mean(title, KNOWN) {
        return format!("column `{text}` is not used; did you mean `{near}`?");
    }
    let is_known = |part: &str| KNOWN.contains(&self::title(part).as_str());
    if text
        .split([',', ';', '\t'])
        .filter(|part| is_known(part))
        .nth(1)
        .is_some()
    {
        return format!("`{text}` is one column, and not used: separate all columns alike");
    }
    format!("column `{text}` is not used")
}

/// A title without case, blanks and marks.
fn title(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The separator a header uses: the most frequent outside quotes, a comma where it has none.
fn separator_of(text: &str) -> char {
    let mut quoted = false;
    let mut counts = [(',', 0u32), (';', 0), ('\t', 0)];
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => break,
            _ if !quoted => counts
                .iter_mut()
                .filter(|(separator, _)| *separator == c)
                .for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count).copied();
    best.filter(|(_, count)| *count > 0)
        .map_or(',', |(separator, _)| separator)
}

/// The rows of a text from an offset on.
struct Rows<'a> {
    text: &'a str,
    at: usize,
    separator: char,
    /// Where a quote begins that nothing closes.
    unclosed: Option<usize>,
}

impl Rows<'_> {
    /// Reads one cell and leaves `at` on what ended it.
    fn cell(&mut self) -> Cell {
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\u{feff}']).len();
        if rest[blank..].starts_with('"') {
            self.quoted_cell(self.at + blank)
        } else {
            self.plain_cell()
        }
    }

    fn plain_cell(&mut self) -> Cell {
        let rest = &self.text[self.at..];
        let end = rest.find([self.separator, '\n', '\r']).unwrap_or(rest.len());
        let text = rest[..end].trim();
        let start = self.at + (rest[..end].len() - rest[..end].trim_start().len());
        self.at += end;
        Cell {
            text: text.to_owned(),
            span: Span::new(offset(start), offset(start + text.len())),
        }
    }

    fn quoted_cell(&mut self, quote: usize) -> Cell {
        let mut text = String::new();
        let mut at = quote + 1;
        let end = loop {
            let Some(length) = self.text[at..].find('"') else {
                // It would swallow every row behind it.
                self.unclosed.get_or_insert(quote);
                self.at = quote + 1;
                return self.plain_cell();
            };
            text.push_str(&self.text[at..at + length]);
            at += length + 1;
            // A doubled quote stands for one.
            if !self.text[at..].starts_with('"') {
                break at - 1;
            }
            text.push('"');
            at += 1;
        };
        self.at = (end + 1).min(self.text.len());
        let span = Span::new(offset(quote + 1), offset(end));
        // What follows the quote up to the separator belongs to no cell by the rules; it is kept rather than lost.
        let more = self.plain_cell();
        text.push_str(&more.text);
        Cell {
            text: text.trim().to_owned(),
            span,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<Cell>;

    fn next(&mut self) -> Option<Vec<Cell>> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell());
            let rest = &self.text[self.at..];
            if rest.starts_with("\r\n") {
                self.at += 2;
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
                if c == self.separator {
                    continue;
                }
            }
            return Some(cells);
        }
    }
}
