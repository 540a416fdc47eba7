//! Completion while somebody types: flows are cut at every character of what their authors named, and what the author
//! wrote must be on offer at the cut. The sample always, real flows where `FLOWSENTRY_CORPUS` names a folder.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use expr::{NodeKind, ReferenceKind};
use ide::completion::{Completion, completions};
use model::{FileId, FileSystem};
use rules::{Options, Project};
use support::random::Random;
use support::tree::{files_in, sample};
use syntax::Span;

/// How a flow is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    /// Nothing is missing: somebody stands in what is there.
    Nothing,
    /// The rest of the expression is missing.
    Expression,
    /// The rest of the line is missing, the closing quote of the JSON string with it.
    Line,
    /// The rest of the file is missing.
    File,
}

const CUTS: [Cut; 4] = [Cut::Nothing, Cut::Expression, Cut::Line, Cut::File];

/// Something that an author named.
#[derive(Clone, Debug)]
struct Token {
    what: &'static str,
    /// What was written, decoded.
    text: String,
    /// Its bytes in the file.
    span: Span,
    /// Where its string ends, before the quote.
    string_end: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    asked: usize,
    offered: usize,
    in_ten: usize,
}

impl Share {
    fn of(self, count: usize) -> f64 {
        100.0 * count as f64 / self.asked.max(1) as f64
    }
}

type Shares = BTreeMap<(Cut, &'static str), Share>;

/// What the author of a flow named in expressions.
fn tokens(project: &Project, file: FileId) -> Vec<Token> {
    let flow = ide::target::open_flow(project, file).unwrap();
    let names: Vec<String> = {
        let actions = flow.body.actions.iter().map(|action| &action.name.value);
        let variables = flow.body.variables.iter().map(|variable| &variable.name.value);
        let parameters = flow.summary.parameters.iter().map(|parameter| &parameter.name.value);
        actions
            .chain(variables)
            .chain(parameters)
            .map(|name| name.to_lowercase())
            .collect()
    };
    let mut all = Vec::new();
    for site in flow.body.strings.iter().filter(|site| !site.is_key) {
        let template = &site.info.template;
        if !template.is_valid() {
            continue;
        }
        let mut push = |what, text: &str, span: Span| {
            all.push(Token {
                what,
                text: text.to_owned(),
                span: site.source_span(flow.tree, flow.text, span),
                string_end: site.span.end - 1,
            });
        };
        for (_, call) in template.calls().filter(|(_, call)| call.function.is_some()) {
            push("function", &call.name, call.name_span);
        }
        for reference in expr::references(template) {
            let what = match reference.kind {
                ReferenceKind::Action | ReferenceKind::Scope => "action",
                ReferenceKind::Foreach | ReferenceKind::Until => "loop",
                ReferenceKind::Variable => "variable",
                ReferenceKind::Parameter => "parameter",
                _ => continue,
            };
            // A flow may name its trigger, or what it lacks.
            if names.contains(&reference.name.to_lowercase()) {
                push(what, reference.name, reference.span);
            }
        }
        for (_, node) in template.nodes() {
            match &node.kind {
                NodeKind::Index { index, .. } => {
                    if let NodeKind::Str(key) = &template.node(*index).kind {
                        push("property", &key.value, key.content);
                    }
                }
                NodeKind::Dot { name, name_span, .. } => push("property", name, *name_span),
                _ => {}
            }
        }
    }
    all
}

/// The text of a file as somebody left it who stopped at an offset.
fn cut(text: &str, token: &Token, offset: u32, how: Cut) -> String {
    let (before, after) = text.split_at(offset as usize);
    match how {
        Cut::Nothing => text.to_owned(),
        Cut::Expression => format!("{before}{}", &text[token.string_end as usize..]),
        Cut::Line => format!("{before}{}", &after[after.find(['\n', '\r']).unwrap_or(after.len())..]),
        Cut::File => before.to_owned(),
    }
}

/// The place of what the author wrote among the offers that go with what stands before the cursor, in the order in which
/// editors show them.
fn place(mut items: Vec<Completion>, typed: &str, token: &Token) -> Option<usize> {
    let fits = |item: &Completion| {
        let filter = item.filter.as_deref().unwrap_or(&item.label).to_lowercase();
        filter.starts_with(&typed.to_lowercase())
    };
    items.retain(fits);
    items.sort_by(|a, b| (&a.sort, &a.label).cmp(&(&b.sort, &b.label)));
    items
        .iter()
        .position(|item| item.label.eq_ignore_ascii_case(&token.text))
}

/// Cuts the flows of a folder; at most `most` of its places, chosen by a seed that is the same in every run.
fn measure(folder: &Path, most: usize, shares: &mut Shares, missed: &mut Vec<String>) {
    let files = files_in(folder);
    let mut project = Project::new(Options::default());
    project.load(&files, &[String::new()], &|_| {});
    let flows: Vec<(FileId, String)> = project
        .workspace()
        .files()
        .filter(|(_, file)| file.facts.flow().is_some())
        .map(|(id, file)| (id, file.path.to_string()))
        .collect();
    let mut random = Random::new(7);
    let each = most.div_ceil(flows.len().max(1));
    for (file, path) in flows {
        let Some(stored) = files.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        let text = stored.trim_start_matches('\u{feff}').to_owned();
        project.open(&path, text.clone(), false);
        let tokens = tokens(&project, file);
        let mut places: Vec<(usize, u32)> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let starts = text[token.span.range()].char_indices().map(|(at, _)| at as u32);
            places.extend(starts.map(|into| (at, token.span.start + into)));
        }
        // One file, one text: every cut of it is asked about before the next.
        let chosen: Vec<(usize, u32)> = match places.len() <= each {
            true => places,
            false => (0..each).map(|_| *random.pick(&places)).collect(),
        };
        for (at, offset) in chosen {
            let token = &tokens[at];
            let typed = syntax::json::unescape(&text[token.span.start as usize..offset as usize]);
            for how in CUTS {
                project.edit(file, None, &cut(&text, token, offset, how));
                project.analyse(file);
                let now = project.open_file(file).unwrap().document().text();
                // What a cut took away nobody can offer.
                let gone = matches!(how, Cut::Line | Cut::File)
                    && matches!(token.what, "action" | "variable" | "parameter" | "loop")
                    && !now
                        .to_lowercase()
                        .contains(&format!("\"{}\"", token.text.to_lowercase()));
                if gone {
                    continue;
                }
                let items = completions(&project, file, offset, None).items;
                let place = place(items, &typed, token);
                let share = shares.entry((how, token.what)).or_default();
                share.asked += 1;
                share.offered += usize::from(place.is_some());
                share.in_ten += usize::from(place.is_some_and(|place| place < 10));
                if place.is_none() && token.what != "property" && missed.len() < 25 {
                    let line = text[..offset as usize]
                        .rsplit('\n')
                        .next()
                        .unwrap_or_default()
                        .trim_start();
                    let line: String = line
                        .chars()
                        .rev()
                        .take(90)
                        .collect::<Vec<_>>()
                        .into_iter()
                        .rev()
                        .collect();
                    missed.push(format!("{how:?} {} `{}` in {path}: {line}|", token.what, token.text));
                }
            }
        }
        project.close(&path, &files);
    }
}

fn show(shares: &Shares) {
    for ((how, what), share) in shares {
        println!(
            "{:<10} {what:<10} {:>6} asked, {:>5.1} % offered, {:>5.1} % among the first ten",
            format!("{how:?}"),
            share.asked,
            share.of(share.offered),
            share.of(share.in_ten)
        );
    }
}

/// Every share of a kind of name must reach a floor, in each kind of damage.
fn hold(shares: &Shares, what: &str, offered: f64, in_ten: f64) {
    for ((how, _), share) in shares.iter().filter(|((_, own), _)| *own == what) {
        assert!(
            share.of(share.offered) >= offered && share.of(share.in_ten) >= in_ten,
            "{how:?} {what}: {share:?}"
        );
    }
}

#[test]
fn what_the_author_wrote_is_on_offer_in_the_sample() {
    let (mut shares, mut missed) = (Shares::new(), Vec::new());
    measure(&sample(), 400, &mut shares, &mut missed);
    show(&shares);
    println!("{}", missed.join("\n"));
    assert!(shares.len() >= 8, "{shares:?}");
    for what in ["function", "action", "loop", "variable", "parameter"] {
        hold(&shares, what, 100.0, 90.0);
    }
    hold(&shares, "property", 85.0, 85.0);
}

#[test]
fn what_the_author_wrote_is_on_offer_in_real_flows() {
    let Some(corpus) = std::env::var_os("FLOWSENTRY_CORPUS") else {
        println!("skipped: FLOWSENTRY_CORPUS names no folder of real solutions");
        return;
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let (mut shares, mut missed) = (Shares::new(), Vec::new());
        while let Some(folder) = folders.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            measure(folder, 24, &mut shares, &mut missed);
        }
        (shares, missed)
    };
    let (mut shares, mut missed) = (Shares::new(), Vec::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (own, own_missed) = thread.join().unwrap();
            missed.extend(own_missed);
            for (key, share) in own {
                let all = shares.entry(key).or_default();
                all.asked += share.asked;
                all.offered += share.offered;
                all.in_ten += share.in_ten;
            }
        }
    });
    show(&shares);
    println!("{}", missed.join("\n"));
    for what in ["function", "action", "loop", "variable", "parameter"] {
        hold(&shares, what, 99.0, 80.0);
    }
    // What connectors answer no file tells.
    hold(&shares, "property", 60.0, 55.0);
}
