//! Signature help: the parameters of the call around the cursor.

use tower_lsp::ls_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp, SignatureHelpParams,
    SignatureInformation,
};

use crate::lsp::state::State;

/// Characters after which editors ask by themselves.
pub const SIGNATURE_TRIGGERS: [&str; 2] = ["(", ","];

/// The call around a position.
pub fn signature_help(state: &State, params: &SignatureHelpParams) -> Option<SignatureHelp> {
    let (file, offset) = state.place(&params.text_document_position_params)?;
    let signature = ide::signature::signature(state.project(), file, offset)?;
    let label = signature.label;
    let units = |bytes: u32| -> u32 {
        let before = label.get(..bytes as usize).unwrap_or(&label);
        u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    let parameter = |parameter: &ide::signature::Parameter| ParameterInformation {
        label: if state.client().parameter_offsets {
            ParameterLabel::LabelOffsets([units(parameter.span.start), units(parameter.span.end)])
        } else {
            ParameterLabel::Simple(parameter.span.slice(&label).to_owned())
        },
        documentation: Some(markdown(parameter.documentation.clone())),
    };
    // Clients take the first one where none is named; behind the last there is none.
    let active = signature.active.unwrap_or(signature.parameters.len());
    let active = u32::try_from(active).ok();
    Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            documentation: Some(markdown(signature.documentation)),
            parameters: Some(signature.parameters.iter().map(parameter).collect()),
            label,
            active_parameter: None,
        }],
        active_signature: Some(0),
        active_parameter: active,
    })
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    })
}
