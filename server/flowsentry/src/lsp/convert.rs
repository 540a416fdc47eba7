//! Between the engine's terms and the protocol's: positions, paths, severities. Nothing else knows both.

use std::borrow::Cow;

use model::FileId;
use rules::{Project, Severity};
use syntax::{ColumnUnit, LineIndex, Position, Span};
use tower_lsp::ls_types::{
    ClientCapabilities, DiagnosticSeverity, Position as LspPosition, PositionEncodingKind, Range, Uri,
};

/// UTF-8 where the client takes it, for then nothing needs counting; else UTF-16, which every client takes.
pub fn choose_encoding(capabilities: &ClientCapabilities) -> ColumnUnit {
    let offered = capabilities
        .general
        .as_ref()
        .and_then(|general| general.position_encodings.as_deref())
        .unwrap_or(&[]);
    if offered.contains(&PositionEncodingKind::UTF8) {
        ColumnUnit::Utf8
    } else {
        ColumnUnit::Utf16
    }
}

/// The protocol's name of an encoding.
pub fn encoding_kind(unit: ColumnUnit) -> PositionEncodingKind {
    match unit {
        ColumnUnit::Utf8 => PositionEncodingKind::UTF8,
        ColumnUnit::Utf16 => PositionEncodingKind::UTF16,
        ColumnUnit::Chars => PositionEncodingKind::UTF32,
    }
}

/// A protocol position as the engine's.
pub fn position(position: LspPosition) -> Position {
    Position {
        line: position.line,
        column: position.character,
    }
}

/// A span of a file as a protocol range.
pub fn range(project: &Project, file: FileId, span: Span, unit: ColumnUnit) -> Range {
    let at = |offset: u32| {
        let position = project.position(file, offset, unit);
        LspPosition {
            line: position.line,
            character: position.column,
        }
    };
    Range {
        start: at(span.start),
        end: at(span.end),
    }
}

/// The places of one file, for answers with many of them: its lines are looked up once.
pub struct Places<'a> {
    lines: Cow<'a, LineIndex>,
    unit: ColumnUnit,
}

impl<'a> Places<'a> {
    /// The places of a file in its text as it is now.
    pub fn of(project: &'a Project, file: FileId, unit: ColumnUnit) -> Self {
        let lines = match project.open_file(file) {
            Some(open) => Cow::Owned(LineIndex::new(open.document().text())),
            None => Cow::Borrowed(&*project.workspace().file(file).lines),
        };
        Self { lines, unit }
    }

    /// A span as a protocol range.
    pub fn range(&self, span: Span) -> Range {
        let at = |offset: u32| {
            let position = self.lines.position(offset, self.unit);
            LspPosition {
                line: position.line,
                character: position.column,
            }
        };
        Range {
            start: at(span.start),
            end: at(span.end),
        }
    }
}

/// A protocol range as a span of a file; a range that ends before it starts is turned round.
pub fn span(project: &Project, file: FileId, range: Range, unit: ColumnUnit) -> Span {
    let start = project.offset(file, position(range.start), unit);
    let end = project.offset(file, position(range.end), unit);
    Span::new(start.min(end), start.max(end))
}

/// A severity in the protocol's terms.
pub fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

/// The engine's path of a document: for files their path with `/`, for anything else the URI itself.
pub fn path_of(uri: &Uri) -> String {
    if uri.scheme().as_str().eq_ignore_ascii_case("file")
        && let Some(path) = uri.to_file_path()
        && let Some(path) = path.to_str()
    {
        return normalise(path).into_owned();
    }
    uri.as_str().to_owned()
}

/// Whether a document has a place on disk.
pub fn is_file(uri: &Uri) -> bool {
    uri.scheme().as_str().eq_ignore_ascii_case("file")
}

/// The URI of a path the engine knows.
pub fn uri_of(path: &str) -> Option<Uri> {
    match path.split_once(':') {
        // A drive letter is no scheme.
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains('/') => path.parse().ok(),
        _ => Uri::from_file_path(path),
    }
}

/// `/` between the parts, and drive letters in lower case, as editors differ in both.
fn normalise(path: &str) -> Cow<'_, str> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_uppercase();
    if !drive && !path.contains('\\') {
        return Cow::Borrowed(path);
    }
    let mut path = path.replace('\\', "/");
    if drive {
        path[..1].make_ascii_lowercase();
    }
    Cow::Owned(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris_go_both_ways() {
        for path in ["/a/b c/ä %.json", "/x/#{y}#.json"] {
            assert_eq!(path_of(&uri_of(path).unwrap()), path);
        }
        let untitled: Uri = "untitled:Untitled-1".parse().unwrap();
        assert_eq!(path_of(&untitled), "untitled:Untitled-1");
        assert_eq!(uri_of("untitled:Untitled-1"), Some(untitled));
    }
}
