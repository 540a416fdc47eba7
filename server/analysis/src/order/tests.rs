use model::flow::{ActionId, Flow, FlowView, StringMemo};
use syntax::json::Tree;

use super::{Order, Outcomes, Reason, Relation, Statuses};

struct Sample {
    text: String,
    tree: Tree,
    flow: Flow,
}

impl Sample {
    fn new(actions: &str) -> Self {
        let text = format!(r#"{{"properties":{{"definition":{{"triggers":{{}},"actions":{{{actions}}}}}}}}}"#);
        let tree = Tree::parse(&text);
        let flow = model::flow::read(&tree, &text, "/s/Workflows/A.json", true, &StringMemo::default()).unwrap();
        Self { text, tree, flow }
    }

    fn view(&self) -> FlowView<'_> {
        FlowView {
            summary: &self.flow.summary,
            body: &self.flow.body,
            text: &self.text,
            tree: &self.tree,
        }
    }

    fn order(&self) -> Order {
        Order::new(&self.view())
    }

    fn id(&self, name: &str) -> ActionId {
        let found = self.order().named(&self.flow.body, name).collect::<Vec<_>>();
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    }

    fn name(&self, id: ActionId) -> &str {
        &self.flow.body.action(id).name.value
    }

    fn relation(&self, other: &str, reader: &str) -> String {
        let name = |id| self.name(id);
        match self.order().relation(self.id(other), self.id(reader)) {
            Relation::OtherBranch { of } => format!("other branch of {}", name(of)),
            Relation::Later { own, other } => format!("{} later than {}", name(other), name(own)),
            Relation::Beside { own, other } => format!("{} beside {}", name(other), name(own)),
            simple => format!("{simple:?}"),
        }
    }

    fn way(&self, reader: &str) -> Vec<&str> {
        let way = self.order().on_the_way(self.id(reader));
        way.into_iter().map(|id| self.name(id)).collect()
    }

    /// Each action that never runs, with its cause and the reason's first letter.
    fn dead(&self) -> Vec<String> {
        let outcomes = Outcomes::new(&self.view(), &self.order());
        let show = |dead: &super::Dead| {
            let reason = match dead.reason {
                Reason::EndsRun => "ends",
                Reason::EndsRunInside => "inside",
                Reason::NeverSo => "never",
                Reason::Contradiction { .. } => "both",
            };
            format!("{} {} {reason}", self.name(dead.action), self.name(dead.cause))
        };
        outcomes.dead().iter().map(show).collect()
    }
}

fn step(name: &str, kind: &str, after: &str, rest: &str) -> String {
    format!(r#""{name}":{{"type":"{kind}","runAfter":{{{after}}}{rest}}}"#)
}

fn http(name: &str, after: &str) -> String {
    step(name, "Http", after, "")
}

fn after(name: &str) -> String {
    format!(r#""{name}":["Succeeded"]"#)
}

/// Start → Try (A → B, C) → Check (yes: Y | no: N) → End; Lone beside all of them; Loop (I) after End.
fn typical() -> Sample {
    let tried = format!(
        r#","actions":{{{},{},{}}}"#,
        http("B", &after("A")),
        http("A", ""),
        http("C", "")
    );
    let branches = format!(
        r#","expression":"@true","actions":{{{}}},"else":{{"actions":{{{}}}}}"#,
        http("Y", ""),
        http("N", "")
    );
    let until = format!(r#","expression":"@true","actions":{{{}}}"#, http("I", ""));
    Sample::new(
        &[
            http("Start", ""),
            step("Try", "Scope", &after("start"), &tried),
            step("Check", "If", &after("Try"), &branches),
            http("End", &after("Check")),
            http("Lone", ""),
            step("Loop", "Until", &after("End"), &until),
        ]
        .join(","),
    )
}

#[test]
fn what_has_run_can_be_read() {
    let flow = typical();
    for (other, reader) in [
        ("Start", "Try"),
        ("Start", "B"),
        ("A", "B"),
        ("B", "Y"),
        ("Try", "N"),
        ("Y", "End"),
        ("N", "I"),
        ("C", "Loop"),
    ] {
        assert_eq!(flow.relation(other, reader), "Before", "{other} {reader}");
    }
}

#[test]
fn what_has_not_run_says_why() {
    let flow = typical();
    for (other, reader, relation) in [
        ("A", "A", "Itself"),
        ("Try", "A", "Around"),
        ("I", "Loop", "Inside"),
        ("Y", "N", "other branch of Check"),
        ("B", "A", "B later than A"),
        ("I", "B", "Loop later than Try"),
        ("C", "B", "C beside B"),
        ("Lone", "Y", "Lone beside Check"),
        ("B", "Lone", "Try beside Lone"),
    ] {
        assert_eq!(flow.relation(other, reader), relation, "{other} {reader}");
    }
}

#[test]
fn the_way_begins_with_what_is_nearest() {
    let flow = typical();
    assert_eq!(flow.way("B"), ["A", "Start"]);
    assert_eq!(flow.way("I"), ["End", "Check", "Y", "N", "Try", "B", "A", "C", "Start"]);
    assert_eq!(flow.way("Lone"), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let flow = Sample::new(
        &[
            http("A", &after("Gone")),
            http("B", &after("A")),
            http("C", &after("D")),
            http("D", &after("C")),
            http("E", &after("D")),
            http("Own", &after("own")),
            r#""Odd":{"type":"Http","runAfter":["A"]}"#.to_owned(),
            http("Free", ""),
        ]
        .join(","),
    );
    for reader in ["A", "B", "C", "D", "E", "Own", "Odd"] {
        assert_eq!(flow.relation("Free", reader), "Unknown", "{reader}");
    }
    assert_eq!(flow.relation("A", "B"), "Before");
    assert_eq!(flow.relation("D", "E"), "Before");
    assert_eq!(flow.relation("A", "Free"), "A beside Free");
    assert!(flow.dead().is_empty());
}

#[test]
fn a_block_beyond_all_bounds_is_unknown() {
    let names: Vec<String> = (0..9_000).map(|i| http(&format!("A{i}"), "")).collect();
    let flow = Sample::new(&names.join(","));
    assert_eq!(flow.relation("A0", "A8999"), "Unknown");
}

/// Compared with following the entries one by one, over orders drawn at random.
#[test]
fn agrees_with_following_the_entries() {
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..60 {
        let count = 2 + random(150);
        let waits: Vec<Vec<usize>> = (0..count)
            .map(|at| (0..random(3)).filter(|_| at > 0).map(|_| random(at.max(1))).collect())
            .collect();
        let mut actions: Vec<String> = waits
            .iter()
            .enumerate()
            .map(|(at, list)| {
                let list: Vec<String> = list.iter().map(|to| after(&format!("A{to}"))).collect();
                http(&format!("A{at}"), &list.join(","))
            })
            .collect();
        for at in 0..count {
            actions.swap(at, random(count));
        }
        let flow = Sample::new(&actions.join(","));
        let order = flow.order();
        let ids: Vec<ActionId> = (0..count).map(|at| flow.id(&format!("A{at}"))).collect();
        for reader in 0..count {
            let mut before = vec![false; count];
            let mut waiting = waits[reader].clone();
            while let Some(at) = waiting.pop() {
                if !std::mem::replace(&mut before[at], true) {
                    waiting.extend(&waits[at]);
                }
            }
            for other in (0..count).filter(|other| *other != reader) {
                assert_eq!(order.is_before(ids[other], ids[reader]), before[other]);
            }
        }
    }
}

#[test]
fn what_waits_for_the_end_of_the_run_is_dead() {
    let stop = |after: &str| step("Stop", "Terminate", after, r#","inputs":{"runStatus":"Failed"}"#);
    let simple = Sample::new(&[stop(""), http("A", &after("Stop")), http("B", &after("A"))].join(","));
    assert_eq!(simple.dead(), ["A Stop ends"]);
    // It runs where the end is not reached.
    let handled = [
        http("Try", ""),
        stop(r#""Try":["Failed"]"#),
        http("A", r#""Stop":["Skipped"]"#),
    ];
    assert!(Sample::new(&handled.join(",")).dead().is_empty());
    let both = handled.join(",").replace("Skipped", "Succeeded");
    assert_eq!(Sample::new(&both).dead(), ["A Stop ends"]);
}

#[test]
fn a_container_in_which_the_run_always_ends_never_succeeds() {
    let stop = |name: &str, after: &str| step(name, "Terminate", after, r#","inputs":{"runStatus":"Failed"}"#);
    let check = |yes: &str, no: &str| {
        let branches = format!(r#","expression":"@true","actions":{{{yes}}},"else":{{"actions":{{{no}}}}}"#);
        let check = step("Check", "If", "", &branches);
        let next = [
            http("Next", &after("Check")),
            http("Saved", r#""Check":["Failed","TimedOut"]"#),
        ];
        Sample::new(&format!("{check},{}", next.join(","))).dead()
    };
    let work = http("Work", "");
    let ending = format!("{work},{}", stop("T2", &after("Work")));
    assert_eq!(check(&stop("T1", ""), &ending), ["Next Check inside"]);
    assert!(check(&stop("T1", ""), "").is_empty());
    assert!(check(&stop("T1", ""), &work).is_empty());
    // A failure may be handled, and then the run goes on.
    let handled = format!("{ending},{}", http("Handler", r#""Work":["Failed"]"#));
    assert!(check(&stop("T1", ""), &handled).is_empty());
    let without_else = step("Check", "If", "", &format!(r#","actions":{{{}}}"#, stop("T1", "")));
    assert!(
        Sample::new(&format!("{without_else},{}", http("Next", &after("Check"))))
            .dead()
            .is_empty()
    );
}

#[test]
fn statuses_that_never_come_are_dead() {
    let first = |kind: &str, rest: &str, status: &str| {
        let wait = format!(r#""First":["{status}"]"#);
        let actions = [
            step("First", kind, "", rest),
            http("Next", &wait),
            http("Then", &after("Next")),
        ];
        Sample::new(&actions.join(",")).dead().len()
    };
    assert_eq!(first("Compose", r#","inputs":1"#, "Failed"), 1);
    assert_eq!(first("Compose", r#","inputs":"@int('x')""#, "Failed"), 0);
    assert_eq!(first("Compose", r#","inputs":"@int('x')""#, "TimedOut"), 1);
    assert_eq!(first("Http", "", "TimedOut"), 0);
    assert_eq!(first("Http", "", "Skipped"), 1);
    // Nobody may wait for it any more; and of other types nothing is known.
    assert_eq!(first("Response", "", "Skipped"), 0);
    assert_eq!(first("Newest", "", "Skipped"), 0);
    // A test result may be anything.
    let mocked = r#","runtimeConfiguration":{"staticResult":{"name":"x"}}"#;
    assert_eq!(first("Http", mocked, "Skipped"), 0);
    assert_eq!(first("Http", "", "Nonsense"), 0);
}

#[test]
fn branches_that_exclude_each_other_cannot_both_be_waited_for() {
    let join = |statuses: &str| {
        let wait = format!(r#""Good":{statuses},"Bad":{statuses}"#);
        let actions = [
            http("Try", ""),
            http("Good", &after("Try")),
            http("More", &after("Good")),
            http("Bad", r#""Try":["Failed","TimedOut"]"#),
            http("Join", &wait),
            http("Last", &after("Join")),
        ];
        Sample::new(&actions.join(",")).dead()
    };
    assert_eq!(join(r#"["Succeeded"]"#), ["Join Try both"]);
    assert!(join(r#"["Succeeded","Skipped"]"#).is_empty());
    assert_eq!(join(r#"["Succeeded","Failed"]"#), ["Join Try both"]);
}

#[test]
fn statuses_are_sets() {
    let all: Vec<&str> = Statuses::ALL.names().collect();
    assert_eq!(all, ["Succeeded", "Failed", "Skipped", "TimedOut"]);
    assert_eq!(Statuses::of_word("timedout"), Some(Statuses::TIMED_OUT));
    assert_eq!(Statuses::of_word("Cancelled"), None);
    assert!(Statuses::ALL.without(Statuses::ALL).is_empty());
}
