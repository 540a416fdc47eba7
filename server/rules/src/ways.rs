//! How findings show the way that data took.

use analysis::taint::{Chain, Way};
use model::FileId;

use crate::finding::Finding;

/// With the steps of a way within one flow.
pub(crate) fn with_way(mut finding: Finding, file: FileId, way: &Way) -> Finding {
    for step in &way.steps {
        finding = finding.related(file, step.span, &*step.text);
    }
    finding
}

/// With the steps of a way through several flows.
pub(crate) fn with_chain(mut finding: Finding, chain: &Chain<'_>) -> Finding {
    for (file, part) in &chain.parts {
        for step in &part.steps {
            finding = finding.related(*file, step.span, &*step.text);
        }
    }
    finding
}
