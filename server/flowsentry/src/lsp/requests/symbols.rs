//! The outline of a file, and the search for names in the workspace.

use analysis::secrets::masked;
use ide::symbols::{Symbol, SymbolKind as Kind, document_symbols as outline, workspace_symbols as search};
use tower_lsp::ls_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location, SymbolInformation, SymbolKind, Uri,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use crate::lsp::convert::{self, Places};
use crate::lsp::state::State;

/// The outline, as a tree where the client shows trees.
pub fn document_symbols(state: &State, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let uri = &params.text_document.uri;
    let file = state.file(uri)?;
    let outline = outline(state.project(), file);
    let places = Places::of(state.project(), file, state.unit());
    if state.client().nested_symbols {
        let symbols = outline.into_iter().map(|symbol| nested(&places, symbol)).collect();
        return Some(DocumentSymbolResponse::Nested(symbols));
    }
    let mut flat = Vec::new();
    for symbol in outline {
        flatten(&places, uri, symbol, None, &mut flat);
    }
    Some(DocumentSymbolResponse::Flat(flat))
}

/// Names of the workspace that match a query.
pub fn workspace_symbols(state: &mut State, params: &WorkspaceSymbolParams) -> WorkspaceSymbolResponse {
    state.read_flow_names();
    let found = search(state.project(), state.flow_names(), &params.query);
    let shown = found.into_iter().filter_map(|symbol| {
        let uri = state.uri(symbol.file)?;
        let range = convert::range(state.project(), symbol.file, symbol.span, state.unit());
        Some(information(
            symbol.name,
            symbol.kind,
            Location { uri, range },
            Some(symbol.container).filter(|container| !container.is_empty()),
        ))
    });
    WorkspaceSymbolResponse::Flat(shown.collect())
}

#[expect(deprecated, reason = "the field has to be filled")]
fn nested(places: &Places<'_>, symbol: Symbol) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> = symbol.children.into_iter().map(|child| nested(places, child)).collect();
    DocumentSymbol {
        range: places.range(symbol.span),
        selection_range: places.range(symbol.name_span),
        name: masked(&symbol.name).into_owned(),
        detail: Some(masked(&symbol.detail).into_owned()).filter(|detail| !detail.is_empty()),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        children: (!children.is_empty()).then_some(children),
    }
}

fn flatten(places: &Places<'_>, uri: &Uri, symbol: Symbol, container: Option<&str>, flat: &mut Vec<SymbolInformation>) {
    let location = Location {
        uri: uri.clone(),
        range: places.range(symbol.span),
    };
    flat.push(information(
        symbol.name.clone(),
        symbol.kind,
        location,
        container.map(str::to_owned),
    ));
    for child in symbol.children {
        flatten(places, uri, child, Some(&symbol.name), flat);
    }
}

#[expect(deprecated, reason = "the field has to be filled")]
fn information(name: String, kind_: Kind, location: Location, container: Option<String>) -> SymbolInformation {
    SymbolInformation {
        name: masked(&name).into_owned(),
        kind: kind(kind_),
        tags: None,
        deprecated: None,
        location,
        container_name: container.map(|container| masked(&container).into_owned()),
    }
}

/// The protocol's kinds are those of programming languages; these come closest.
fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Solution => SymbolKind::PACKAGE,
        Kind::Flow => SymbolKind::MODULE,
        Kind::Trigger => SymbolKind::EVENT,
        Kind::Action => SymbolKind::METHOD,
        Kind::Container => SymbolKind::CLASS,
        Kind::Branch | Kind::Group => SymbolKind::NAMESPACE,
        Kind::Variable => SymbolKind::VARIABLE,
        Kind::Parameter => SymbolKind::FIELD,
        Kind::ConnectionKey => SymbolKind::KEY,
        Kind::ConnectionReference => SymbolKind::INTERFACE,
        Kind::EnvironmentVariable => SymbolKind::CONSTANT,
        Kind::Component => SymbolKind::OBJECT,
    }
}
