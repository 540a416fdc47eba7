//! Links of a document.

use analysis::secrets::scan;
use ide::links::{LinkTarget, links};
use tower_lsp::ls_types::{DocumentLink, DocumentLinkParams};

use crate::lsp::convert::Places;
use crate::lsp::state::State;

/// The places of a document that lead somewhere else.
pub fn document_links(state: &State, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let file = state.file(&params.text_document.uri)?;
    let places = Places::of(state.project(), file, state.unit());
    let shown = links(state.project(), file).into_iter().filter_map(|link| {
        // An address that is no URI leads nowhere.
        let target = match link.target {
            LinkTarget::File(target) => state.uri(target)?,
            // Nor is one shown that holds a secret: editors tell where a link leads.
            LinkTarget::Web(address) if scan(&address).is_empty() => address.parse().ok()?,
            LinkTarget::Web(_) => return None,
        };
        Some(DocumentLink {
            range: places.range(link.span),
            target: Some(target),
            tooltip: Some(link.tooltip).filter(|text| !text.is_empty()),
            data: None,
        })
    });
    Some(shown.collect())
}
