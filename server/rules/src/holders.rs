//! What rules about accounts say alike: which references an account holds, where, and how that is known.

use analysis::identity::{Group, Holding, Source, Witness};
use model::configuration::Purpose;
use model::files::name_of;
use model::{FileId, Workspace};
use syntax::Span;

use crate::finding::Finding;
use crate::wording::{listed, titled};

/// "in prod", after a blank; nothing where no environment is known.
pub(crate) fn in_place(environment: Option<&str>) -> String {
    environment
        .map(|environment| format!(" in {environment}"))
        .unwrap_or_default()
}

/// The references that holdings are of, in a sentence.
pub(crate) fn references<'h, 'w: 'h>(holdings: impl IntoIterator<Item = &'h &'h Holding<'w>>) -> String {
    let mut names: Vec<String> = Vec::new();
    for holding in holdings {
        let name = format!("`{}`", holding.reference.title());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    listed(&names)
}

/// A reference with both its names.
pub(crate) fn reference(holding: &Holding<'_>) -> String {
    titled(holding.reference.title(), &holding.reference.logical_name.value)
}

/// How it is known that an account stands behind a reference, in a sentence's middle.
pub(crate) fn known_by(workspace: &Workspace, holding: &Holding<'_>) -> String {
    let name = |file: FileId| name_of(&workspace.file(file).path).to_owned();
    match &holding.source {
        Source::Plan { file, .. } => format!("by the plan in {}", name(*file)),
        Source::Settings(evidence) => match &evidence.witness {
            Witness::Owner { .. } => format!("by `ConnectionOwner` in {}", name(evidence.settings)),
            Witness::Inventory { file, field, .. } => {
                let field = field.map(|field| format!("{field} in ")).unwrap_or_default();
                format!("by {field}{}", name(*file))
            }
        },
    }
}

/// A finding with the other ends of a holding: the reference, and the inventory where one tells the account.
pub(crate) fn with_chain(mut finding: Finding, workspace: &Workspace, holding: &Holding<'_>) -> Finding {
    if let Some(file) = workspace.solution(holding.solution).customizations {
        finding = finding.related(file, holding.reference.logical_name.span, "the connection reference");
    }
    if let Source::Settings(evidence) = &holding.source
        && let Witness::Inventory { file, span, .. } = &evidence.witness
    {
        finding = finding.related(*file, *span, "the connection in the inventory");
    }
    finding
}

/// A finding with the places of an account's other holdings, a bounded number.
pub(crate) fn with_others(mut finding: Finding, holdings: &[&Holding<'_>], except: (FileId, Span)) -> Finding {
    const SHOWN: usize = 8;
    let places = holdings.iter().map(|holding| (holding.place(), holding));
    for ((file, span), holding) in places.filter(|(place, _)| *place != except).take(SHOWN) {
        finding = finding.related(
            file,
            span,
            format!("`{}` with the same account", holding.reference.title()),
        );
    }
    finding
}

/// What an account is for, where all its holdings that say so agree.
pub(crate) fn purpose(group: &Group<'_, '_>) -> Option<Purpose> {
    let mut purposes = group.holdings.iter().filter_map(|holding| holding.purpose);
    let first = purposes.next()?;
    purposes.all(|other| other == first).then_some(first)
}
