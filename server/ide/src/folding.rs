//! What can be folded away: objects and arrays of JSON, elements of XML, as far as they span lines.

use model::{FileId, FileKind, ReadAs};
use rules::Project;
use syntax::{Span, xml};

/// A range that can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the opening bracket or tag to the closing one, both included.
    pub span: Span,
    /// What stays in sight at the end: the closing bracket or tag; empty where there is none.
    pub close: Span,
}

/// The folds of an open file in the order of their starts; `None` where the file has no structure we know.
#[must_use]
pub fn folds(project: &Project, file: FileId) -> Option<Vec<Fold>> {
    let open = project.open_file(file)?;
    let text = open.document().text();
    let lines = LineEnds::of(text);
    if let Some(tree) = open.tree() {
        let root = tree.root(text)?;
        let containers = root.descendants().filter(|value| value.is_object() || value.is_array());
        let fold = |value: syntax::json::Value<'_>| {
            let span = value.span();
            let close = if value.is_closed() {
                span.end.saturating_sub(1)
            } else {
                span.end
            };
            Fold {
                span,
                close: Span::new(close, span.end),
            }
        };
        return Some(containers.map(fold).filter(|fold| lines.ends_in(fold.span)).collect());
    }
    if !is_xml(project, file) {
        return None;
    }
    let tree = xml::Tree::parse(text);
    let fold = |element: xml::Element<'_>| Fold {
        span: element.span(),
        close: element.end_tag_span().unwrap_or(Span::at(element.span().end)),
    };
    let folds = tree.root()?.descendants().map(fold);
    Some(folds.filter(|fold| lines.ends_in(fold.span)).collect())
}

/// Whether a file is one of those that are read as XML.
#[must_use]
pub fn is_xml(project: &Project, file: FileId) -> bool {
    let read_as = project.workspace().get(file).map(|file| file.read_as);
    matches!(
        read_as,
        Some(ReadAs::Kind(
            FileKind::Manifest | FileKind::Customizations | FileKind::WorkflowMetadata | FileKind::VariableDefinition
        ))
    )
}

/// Where lines end. Containers nest, so looking through the text of each would read the inner ones again and again.
struct LineEnds(Vec<usize>);

impl LineEnds {
    fn of(text: &str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b'\n' | b'\r'));
        Self(ends.map(|(at, _)| at).collect())
    }

    fn ends_in(&self, span: Span) -> bool {
        let next = self.0.partition_point(|end| *end < span.start as usize);
        self.0.get(next).is_some_and(|end| *end < span.end as usize)
    }
}
