//! The hierarchy of calls between flows.

use analysis::secrets::masked;
use ide::calls::{self, Call, CallItem};
use model::FileId;
use tower_lsp::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem, CallHierarchyOutgoingCall,
    CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, Range, SymbolKind,
};

use crate::lsp::convert;
use crate::lsp::state::State;

/// The flow a position speaks about.
pub fn prepare_call_hierarchy(state: &State, params: &CallHierarchyPrepareParams) -> Option<Vec<CallHierarchyItem>> {
    let at = &params.text_document_position_params;
    let file = state.file(&at.text_document.uri)?;
    let offset = state
        .project()
        .offset(file, convert::position(at.position), state.unit());
    Some(vec![item(state, calls::prepare(state.project(), file, offset)?)?])
}

/// The flows that call a flow.
pub fn incoming_calls(
    state: &State,
    params: &CallHierarchyIncomingCallsParams,
) -> Option<Vec<CallHierarchyIncomingCall>> {
    let file = state.file(&params.item.uri)?;
    let call = |call: Call| {
        let from_ranges = ranges(state, call.item.file, &call);
        Some(CallHierarchyIncomingCall {
            from: item(state, call.item)?,
            from_ranges,
        })
    };
    Some(
        calls::incoming(state.project(), file)
            .into_iter()
            .filter_map(call)
            .collect(),
    )
}

/// The flows that a flow calls.
pub fn outgoing_calls(
    state: &State,
    params: &CallHierarchyOutgoingCallsParams,
) -> Option<Vec<CallHierarchyOutgoingCall>> {
    let file = state.file(&params.item.uri)?;
    let call = |call: Call| {
        let from_ranges = ranges(state, file, &call);
        Some(CallHierarchyOutgoingCall {
            to: item(state, call.item)?,
            from_ranges,
        })
    };
    Some(
        calls::outgoing(state.project(), file)
            .into_iter()
            .filter_map(call)
            .collect(),
    )
}

fn ranges(state: &State, file: FileId, call: &Call) -> Vec<Range> {
    let range = |span: &syntax::Span| convert::range(state.project(), file, *span, state.unit());
    call.places.iter().map(range).collect()
}

fn item(state: &State, item: CallItem) -> Option<CallHierarchyItem> {
    let range = convert::range(state.project(), item.file, item.span, state.unit());
    Some(CallHierarchyItem {
        name: masked(&item.name).into_owned(),
        kind: SymbolKind::MODULE,
        tags: None,
        detail: Some(item.solution).filter(|solution| !solution.is_empty()),
        uri: state.uri(item.file)?,
        range,
        selection_range: range,
        data: None,
    })
}
