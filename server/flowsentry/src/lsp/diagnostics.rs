//! Findings as protocol diagnostics.

use model::FileId;
use rules::{Finding, Project};
use syntax::ColumnUnit;
use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticTag, Location, NumberOrString, Uri,
};

use super::convert;

/// The name findings are signed with.
pub const SOURCE: &str = "Flow Sentry";
/// Where the rules' pages are read.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/rules/");

/// The diagnostics of a file.
pub fn of_file(
    project: &Project,
    file: FileId,
    unit: ColumnUnit,
    uri_of: impl Fn(FileId) -> Option<Uri>,
) -> Vec<Diagnostic> {
    project
        .findings(file)
        .into_iter()
        .map(|finding| diagnostic(project, finding, unit, &uri_of))
        .collect()
}

/// One finding.
pub fn diagnostic(
    project: &Project,
    finding: &Finding,
    unit: ColumnUnit,
    uri_of: &impl Fn(FileId) -> Option<Uri>,
) -> Diagnostic {
    let related: Vec<DiagnosticRelatedInformation> = finding
        .related
        .iter()
        .filter(|related| project.workspace().get(related.file).is_some())
        .filter_map(|related| {
            let range = convert::range(project, related.file, related.span, unit);
            Some(DiagnosticRelatedInformation {
                location: Location {
                    uri: uri_of(related.file)?,
                    range,
                },
                message: related.message.clone(),
            })
        })
        .collect();
    Diagnostic {
        range: convert::range(project, finding.file, finding.span, unit),
        severity: Some(convert::severity(finding.severity)),
        code_description: format!("{PAGES}{}.md", finding.rule)
            .parse()
            .ok()
            .map(|href| CodeDescription { href }),
        code: Some(NumberOrString::String(finding.rule.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: finding.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        // Editors grey out what nothing uses.
        tags: finding
            .rule
            .ends_with("-unused")
            .then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..Diagnostic::default()
    }
}
