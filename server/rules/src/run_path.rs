//! What to say of an action that another one reads although it does not run before it.

use analysis::order::Relation;
use edits::WorkspaceEdit;
use model::flow::{ActionId, Owner};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::Finding;

/// Why an action cannot be read at a place.
#[derive(Debug)]
pub(crate) struct Gap {
    /// Why, as a clause: "`A` does not wait for `B`".
    pub why: String,
    /// What to do, as a sentence.
    pub advice: String,
    related: Vec<(Span, String)>,
    fix: Option<(String, WorkspaceEdit)>,
}

impl Gap {
    /// Adds the other ends and the fix to a finding.
    pub(crate) fn show(self, flow: &FlowContext<'_>, mut finding: Finding) -> Finding {
        for (span, message) in self.related {
            finding = finding.related(flow.file, span, message);
        }
        match self.fix {
            Some((title, edit)) => finding.fix(title, false, edit),
            None => finding,
        }
    }
}

/// Why what belongs to `owner` cannot read any of `candidates`, actions of one name; `None` where it can, or where the
/// order is not known.
pub(crate) fn gap(
    flow: &FlowContext<'_>,
    owner: Owner,
    candidates: impl IntoIterator<Item = ActionId>,
) -> Option<(ActionId, Gap)> {
    let reader = match owner {
        Owner::Action(reader) => reader,
        Owner::Trigger(_) => {
            let target = candidates.into_iter().next()?;
            return Some((target, before_everything(flow, target)));
        }
        // Outputs of the flow are made at its end.
        Owner::Definition => return None,
    };
    let mut first = None;
    for target in candidates {
        let relation = flow.order().relation(target, reader);
        let can_read = match relation {
            Relation::Before | Relation::Unknown => true,
            // The condition of a loop that runs until something is looked at after what is inside.
            Relation::Inside => flow.body.action(reader).is("Until"),
            _ => false,
        };
        if can_read {
            return None;
        }
        first.get_or_insert((target, relation));
    }
    let (target, relation) = first?;
    Some((target, explain(flow, reader, target, relation)))
}

fn before_everything(flow: &FlowContext<'_>, target: ActionId) -> Gap {
    let target = &flow.body.action(target).name;
    Gap {
        why: "no action has run when the trigger fires".to_owned(),
        advice: "Use what the trigger itself gives, or move the check into an action.".to_owned(),
        related: vec![(target.span, format!("`{}` is here", target.value))],
        fix: None,
    }
}

fn explain(flow: &FlowContext<'_>, reader: ActionId, target: ActionId, relation: Relation) -> Gap {
    let place = |id: ActionId| flow.body.action(id).name.span;
    let name = |id: ActionId| flow.body.action(id).name.value.as_str();
    // An action beside the reader, or the container in which the named one stands there.
    let with = |id: ActionId, inner: ActionId| match id == inner {
        true => format!("`{}`", name(id)),
        false => format!("`{}`, which contains `{}`,", name(id), name(inner)),
    };
    let here = |id: ActionId| (place(id), format!("`{}` is here", name(id)));
    let (own, other) = (name(reader), name(target));
    let mut gap = Gap {
        why: String::new(),
        advice: String::new(),
        related: vec![here(target)],
        fix: None,
    };
    match relation {
        Relation::Itself => {
            gap.why = "an action has no result before it has run".to_owned();
            gap.advice = "Read an action that runs before it.".to_owned();
            gap.related.clear();
        }
        Relation::Around => {
            gap.why = format!("`{other}` contains `{own}` and has not ended by then");
            gap.advice = format!("Read it after `{other}`, or read an action inside that runs before.");
        }
        Relation::Inside => {
            gap.why = format!("`{other}` runs inside of `{own}`, later than this is read");
            gap.advice = format!("Read an action that runs before `{own}`.");
        }
        Relation::OtherBranch { of } => {
            gap.why = format!(
                "`{other}` stands in another branch of `{}`, and only one of them runs",
                name(of)
            );
            gap.advice = format!(
                "Read an action of the same branch, or move `{other}` before `{}`.",
                name(of)
            );
            gap.related.push((place(of), "the branches part here".to_owned()));
        }
        Relation::Later {
            own: beside,
            other: later,
        } => {
            gap.why = format!("{} runs after `{}`", with(later, target), name(beside));
            gap.advice = format!("Read it later, or move `{other}` before `{}`.", name(beside));
            gap.related
                .push((place(beside), format!("`{}` runs first", name(beside))));
        }
        Relation::Beside {
            own: beside,
            other: lone,
        } => {
            gap.why = format!(
                "`{}` does not wait for {}",
                name(beside),
                with(lone, target).trim_end_matches(',')
            );
            gap.advice = format!("Let `{}` run after `{}`.", name(beside), name(lone));
            if lone != target {
                gap.related
                    .push((place(lone), format!("`{}` is not waited for", name(lone))));
            }
            if beside != reader {
                gap.related
                    .push((place(beside), format!("`{}` starts without it", name(beside))));
            }
            let edit = edits::actions::wait_for(flow.file, &flow.view(), beside, lone);
            gap.fix = edit.map(|edit| (format!("Run `{}` after `{}`", name(beside), name(lone)), edit));
        }
        Relation::Before | Relation::Unknown => {}
    }
    gap
}
