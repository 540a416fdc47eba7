//! Whether every run of a flow answers its caller.
//!
//! Followed are the runs in which nothing fails: each condition may go either way, each action ends as it should. What
//! happens after a failure is asked apart ([`answers_failures`]), because a caller learns of a failure without an answer too.

use model::flow::{ActionId, BlockId, FlowView, Slot};
use rustc_hash::FxHashMap;

use crate::order::{Order, Outcomes, Relation, Statuses};

/// A way through a flow on which nobody answers, though nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The run is ended before an answer.
    Terminate(ActionId),
    /// A branch of a condition or switch does not answer, where another does.
    Branch {
        /// The condition or switch.
        of: ActionId,
        /// The block that does not answer; `None` where there is none.
        block: Option<BlockId>,
        /// Which branch it is.
        slot: Slot,
    },
    /// A loop may have nothing to go through.
    Loop(ActionId),
    /// No way through the flow answers: there is no answer, or it only comes after a failure.
    End,
}

/// Deeper flows are not followed.
const MAX_DEPTH: usize = 32;

/// The ways through a flow on which nobody answers. Empty too where the order of actions cannot be read.
#[must_use]
pub fn gaps(flow: &FlowView<'_>, order: &Order) -> Vec<Gap> {
    let body = flow.body;
    if !flow.summary.complete || !body.actions().all(|(id, _)| order.is_sure(id)) {
        return Vec::new();
    }
    let mut blocks: FxHashMap<ActionId, Vec<BlockId>> = FxHashMap::default();
    for (at, block) in body.blocks.iter().enumerate() {
        if let (Some(owner), Ok(at)) = (block.owner, u32::try_from(at)) {
            blocks.entry(owner).or_default().push(BlockId(at));
        }
    }
    let mut walk = Walk {
        flow,
        order,
        blocks,
        gaps: Vec::new(),
        too_deep: false,
    };
    let start = Ways {
        answered: false,
        open: Some(Gap::End),
    };
    let end = if body.blocks.is_empty() {
        start
    } else {
        walk.block(BlockId(0), start, 0)
    };
    if walk.too_deep {
        return Vec::new();
    }
    walk.gaps.extend(end.open);
    walk.gaps
}

/// Whether some answer comes also when an action before it has failed, or nothing can fail before the first one.
#[must_use]
pub fn answers_failures(flow: &FlowView<'_>, order: &Order, outcomes: &Outcomes) -> bool {
    let body = flow.body;
    let answers: Vec<ActionId> = body
        .actions()
        .filter(|(_, action)| action.is("Response"))
        .map(|(id, _)| id)
        .collect();
    let handlers: Vec<ActionId> = body
        .actions()
        .filter(|(_, action)| {
            let entries = action.run_after.iter().flat_map(|list| &list.entries);
            let mut words = entries.flat_map(|entry| &entry.statuses);
            words.any(|word| {
                Statuses::of_word(&word.value)
                    .is_some_and(|status| status.meets(Statuses::FAILED.or(Statuses::TIMED_OUT)))
            })
        })
        .map(|(id, _)| id)
        .collect();
    answers.iter().any(|&answer| {
        let handled = handlers.iter().any(|&handler| {
            matches!(
                order.relation(handler, answer),
                Relation::Itself | Relation::Before | Relation::Around | Relation::Unknown
            )
        });
        let is_first = || {
            body.parent(answer).is_none()
                && body.actions().all(|(other, _)| {
                    other == answer
                        || !order.is_before(other, answer)
                        || !outcomes.of(other).meets(Statuses::FAILED.or(Statuses::TIMED_OUT))
                })
        };
        handled || is_first()
    })
}

/// The actions of a block that run when nothing fails, in an order in which they can.
#[must_use]
pub fn untroubled(flow: &FlowView<'_>, order: &Order, block: BlockId) -> Vec<ActionId> {
    let mut runs: FxHashMap<ActionId, bool> = FxHashMap::default();
    let mut all = Vec::new();
    for &id in order.sorted(block) {
        let action = flow.body.action(id);
        let entries = action
            .run_after
            .as_ref()
            .map_or(&[][..], |list| list.entries.as_slice());
        let fits = order.waits_for(id).all(|(before, at)| {
            let status = match runs.get(&before) {
                Some(false) => Statuses::SKIPPED,
                _ => Statuses::SUCCEEDED,
            };
            let words = entries.get(at).map_or(&[][..], |entry| entry.statuses.as_slice());
            // An unknown word may mean anything.
            words.is_empty()
                || words
                    .iter()
                    .any(|word| Statuses::of_word(&word.value).is_none_or(|one| one.meets(status)))
        });
        runs.insert(id, fits);
        if fits {
            all.push(id);
        }
    }
    all
}

/// What is possible at a point: runs that have answered, and one that has not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ways {
    answered: bool,
    /// A run that has not answered, with the place that it is to be blamed on.
    open: Option<Gap>,
}

impl Ways {
    const NONE: Self = Self {
        answered: false,
        open: None,
    };

    fn is_none(&self) -> bool {
        !self.answered && self.open.is_none()
    }
}

struct Walk<'f, 'a> {
    flow: &'f FlowView<'a>,
    order: &'f Order,
    blocks: FxHashMap<ActionId, Vec<BlockId>>,
    gaps: Vec<Gap>,
    too_deep: bool,
}

impl Walk<'_, '_> {
    fn block(&mut self, block: BlockId, mut ways: Ways, depth: usize) -> Ways {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return ways;
        }
        for id in untroubled(self.flow, self.order, block) {
            if ways.is_none() {
                break;
            }
            ways = self.action(id, ways, depth);
        }
        ways
    }

    fn action(&mut self, id: ActionId, ways: Ways, depth: usize) -> Ways {
        let action = self.flow.body.action(id);
        let is = |kind: &str| action.is(kind);
        if is("Response") {
            return Ways {
                answered: true,
                open: None,
            };
        }
        if is("Terminate") {
            if ways.open.is_some() && !self.ends_as_failed(id) {
                self.gaps.push(Gap::Terminate(id));
            }
            return Ways::NONE;
        }
        let inner = self.blocks.get(&id).cloned().unwrap_or_default();
        if is("If") || is("Switch") {
            return self.branches(id, &inner, &ways, depth);
        }
        if is("Foreach") {
            let mut once = ways.clone();
            for block in inner {
                once = self.block(block, once, depth + 1);
            }
            let blamed = if once.answered && !ways.answered && once.open.is_none() {
                ways.open.clone().map(|_| Gap::Loop(id))
            } else {
                ways.open.clone()
            };
            return Ways {
                answered: ways.answered || once.answered,
                open: blamed.or(once.open),
            };
        }
        let mut ways = ways;
        for block in inner {
            ways = self.block(block, ways, depth + 1);
        }
        ways
    }

    fn branches(&mut self, id: ActionId, inner: &[BlockId], ways: &Ways, depth: usize) -> Ways {
        let is_condition = self.flow.body.action(id).is("If");
        let mut ends: Vec<(Option<BlockId>, Slot, Ways)> = Vec::new();
        for &block in inner {
            let end = self.block(block, ways.clone(), depth + 1);
            ends.push((Some(block), self.flow.body.block(block).slot.clone(), end));
        }
        // A branch that is not there goes on as it came.
        let needed = if is_condition {
            [Slot::Actions, Slot::Else].to_vec()
        } else {
            vec![Slot::Default]
        };
        for slot in needed {
            if !ends.iter().any(|(_, own, _)| *own == slot) {
                ends.push((None, slot, ways.clone()));
            }
        }
        let some_answer = ends.iter().any(|(_, _, end)| end.answered) && !ways.answered;
        let mut all = Ways {
            answered: ends.iter().any(|(_, _, end)| end.answered),
            open: None,
        };
        for (block, slot, end) in ends {
            let Some(open) = end.open else { continue };
            let blamed = if some_answer && Some(&open) == ways.open.as_ref() {
                Gap::Branch { of: id, block, slot }
            } else {
                open
            };
            all.open.get_or_insert(blamed);
        }
        all
    }

    /// Whether the run ends as failed, of which the caller learns; an expression may say anything.
    fn ends_as_failed(&self, id: ActionId) -> bool {
        let value = self.flow.tree.value(self.flow.text, self.flow.body.action(id).node);
        let status = value.and_then(|value| value.path(&["inputs", "runStatus"]));
        let word = status.and_then(|status| status.as_str()).unwrap_or_default();
        !(word.eq_ignore_ascii_case("Succeeded") || word.eq_ignore_ascii_case("Cancelled"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::flow;
    use model::flow::StringMemo;
    use syntax::json::Tree;

    fn of(actions: &str) -> (Vec<String>, bool) {
        let text = flow(&[], r#""t":{"type":"Request","kind":"Http"}"#, actions);
        let tree = Tree::parse(&text);
        let flow =
            model::flow::read(&tree, &text, "/s/Workflows/F.json", true, &StringMemo::default()).expect("a flow");
        let view = FlowView {
            summary: &flow.summary,
            body: &flow.body,
            text: &text,
            tree: &tree,
        };
        let order = Order::new(&view);
        let name = |id: ActionId| view.body.action(id).name.value.clone();
        let shown = gaps(&view, &order)
            .into_iter()
            .map(|gap| match gap {
                Gap::Terminate(id) => name(id),
                Gap::Branch { of, slot, .. } => format!("{} {slot:?}", name(of)),
                Gap::Loop(id) => format!("loop {}", name(id)),
                Gap::End => "end".into(),
            })
            .collect();
        let outcomes = Outcomes::new(&view, &order);
        (shown, answers_failures(&view, &order, &outcomes))
    }

    fn answer(name: &str, after: &str) -> String {
        format!(r#""{name}":{{"type":"Response","kind":"Http","inputs":{{"statusCode":200}},"runAfter":{{{after}}}}}"#)
    }

    fn wide(name: &str, after: &str) -> String {
        format!(r#""{name}":{{"type":"Http","inputs":{{"uri":"https://a.b"}},"runAfter":{{{after}}}}}"#)
    }

    #[test]
    fn every_branch_has_to_answer() {
        let one = |inner: &str, other: &str| {
            format!(
                r#""C":{{"type":"If","expression":{{}},"actions":{{{inner}}},"else":{{"actions":{{{other}}}}},"runAfter":{{}}}}"#
            )
        };
        assert_eq!(of(&one(&answer("A", ""), "")).0, ["C Else"]);
        assert_eq!(of(&one("", &answer("A", ""))).0, ["C Actions"]);
        assert_eq!(of(&one(&answer("A", ""), &answer("B", ""))).0, [""; 0]);
        let no_else = format!(
            r#""C":{{"type":"If","expression":{{}},"actions":{{{}}},"runAfter":{{}}}}"#,
            answer("A", "")
        );
        assert_eq!(of(&no_else).0, ["C Else"]);
        let later = format!("{},{}", one(&wide("H", ""), ""), answer("A", r#""C":["Succeeded"]"#));
        assert_eq!(of(&later).0, [""; 0]);
        let nested = one(
            &format!(
                r#""S":{{"type":"Scope","actions":{{{}}},"runAfter":{{}}}}"#,
                one(&answer("A", ""), "")
            ),
            &answer("B", ""),
        );
        assert_eq!(of(&nested.replacen("\"C\"", "\"Outer\"", 1)).0, ["C Else"]);
    }

    #[test]
    fn switches_loops_and_ends() {
        let switch = |default: &str| {
            format!(
                r#""W":{{"type":"Switch","expression":"@1","cases":{{"One":{{"case":1,"actions":{{{}}}}}}}{default},"runAfter":{{}}}}"#,
                answer("A", "")
            )
        };
        assert_eq!(of(&switch("")).0, ["W Default"]);
        assert_eq!(
            of(&switch(&format!(r#","default":{{"actions":{{{}}}}}"#, answer("B", "")))).0,
            [""; 0]
        );
        let each = format!(
            r#""L":{{"type":"Foreach","foreach":"@x","actions":{{{}}},"runAfter":{{}}}}"#,
            answer("A", "")
        );
        assert_eq!(of(&each).0, ["loop L"]);
        let until = format!(
            r#""L":{{"type":"Until","expression":"@true","actions":{{{}}},"runAfter":{{}}}}"#,
            answer("A", "")
        );
        assert_eq!(of(&until).0, [""; 0]);
        let end = |status: &str| {
            format!(
                r#""C":{{"type":"If","expression":{{}},"actions":{{"T":{{"type":"Terminate","inputs":{{"runStatus":"{status}"}},"runAfter":{{}}}}}},"runAfter":{{}}}},{}"#,
                answer("A", r#""C":["Succeeded"]"#)
            )
        };
        assert_eq!(of(&end("Succeeded")).0, ["T"]);
        assert_eq!(of(&end("Failed")).0, [""; 0]);
        assert_eq!(of(&wide("H", "")).0, ["end"]);
        assert_eq!(of("").0, ["end"]);
        // An answer that only failures lead to.
        let failure = format!("{},{}", wide("H", ""), answer("A", r#""H":["Failed"]"#));
        assert_eq!(of(&failure), (vec!["end".into()], true));
    }

    #[test]
    fn what_follows_a_failure() {
        let plain = format!("{},{}", wide("H", ""), answer("A", r#""H":["Succeeded"]"#));
        assert_eq!(of(&plain), (vec![], false));
        let both = format!("{plain},{}", answer("B", r#""H":["Failed","TimedOut"]"#));
        assert_eq!(of(&both), (vec![], true));
        let through = format!(
            "{plain},{},{}",
            wide("Log", r#""H":["Failed"]"#),
            answer("B", r#""Log":["Succeeded"]"#)
        );
        assert!(of(&through).1);
        assert_eq!(of(&answer("A", "")), (vec![], true));
        let skipped = format!("{plain},{}", answer("B", r#""A":["Skipped"]"#));
        assert_eq!(of(&skipped).0, [""; 0]);
    }

    #[test]
    fn orders_that_cannot_be_read_and_great_depth_say_nothing() {
        assert_eq!(of(&answer("A", r#""Gone":["Succeeded"]"#)).0, [""; 0]);
        let mut deep = String::from(r#""X":{"type":"Compose","inputs":1}"#);
        for at in 0..60 {
            deep = format!(r#""S{at}":{{"type":"Scope","actions":{{{deep}}}}}"#);
        }
        assert_eq!(of(&deep).0, [""; 0]);
    }
}
