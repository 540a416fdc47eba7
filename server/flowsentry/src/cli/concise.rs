//! `--format concise`: one line a finding, in the form that editors and build logs turn into links.

use std::io;

use super::report::Report;
use super::style::Style;
use super::{Out, plain};

/// Writes the lines.
pub fn print(report: &Report<'_>, style: Style, out: Out<'_>) -> io::Result<()> {
    for found in &report.found {
        let finding = found.finding;
        let start = found.range.0;
        let severity = style.severity(
            finding.severity,
            &format!("{}[{}]", finding.severity.name(), finding.rule),
        );
        let place = format!("{}:{}:{}:", plain::line(&found.path), start.line, start.column);
        writeln!(
            out,
            "{} {severity} {}",
            style.bold(&place),
            plain::line(&finding.message)
        )?;
    }
    Ok(())
}
