//! Renaming what belongs to one flow.

use analysis::occurrences::{FlowName, Occurrence, Role, in_flow as places_in};
use expr::{NodeKind, ReferenceKind, Template};
use model::flow::{FlowView, KeyForm};
use model::{FileId, same_name};
use syntax::TextEdit;
use syntax::json::Value;

use super::{Refusal, damage, names};
use crate::{FileEdit, WorkspaceEdit};

/// Renames a thing of a flow, wherever the flow names it.
///
/// # Errors
/// The reason, where the thing cannot be renamed, or not so.
pub fn in_flow(
    file: FileId,
    flow: &FlowView<'_>,
    name: FlowName<'_>,
    new_name: &str,
) -> Result<WorkspaceEdit, Refusal> {
    let places = checked(flow, name)?;
    let new_name = valid_name(name, new_name)?;
    check_free(flow, name, &new_name)?;
    let edits = respell(&places, &new_name)?;
    Ok(WorkspaceEdit {
        files: vec![FileEdit { file, edits }],
        ..WorkspaceEdit::default()
    })
}

/// Whether a thing of a flow can be renamed at all.
///
/// # Errors
/// The reason, where it cannot.
pub fn can_rename_in_flow(flow: &FlowView<'_>, name: FlowName<'_>) -> Result<(), Refusal> {
    checked(flow, name).map(|_| ())
}

/// The edits that write a name at these places, each as its place wants it.
///
/// # Errors
/// Where a place cannot hold that name.
pub fn respell(places: &[Occurrence], new_name: &str) -> Result<Vec<TextEdit>, Refusal> {
    let named = places.iter().filter(|place| place.spelling.is_written());
    named
        .map(|place| match place.spelling.write(new_name) {
            Some(text) => Ok(TextEdit::new(place.span, text)),
            None => Refusal::new(format!(
                "An expression names it as a property, where `{new_name}` cannot stand: use letters, digits and underscores."
            )),
        })
        .collect()
}

/// The name itself.
pub(super) fn text_of<'n>(name: FlowName<'n>) -> &'n str {
    match name {
        FlowName::Step(name)
        | FlowName::Variable(name)
        | FlowName::Parameter(name)
        | FlowName::Connection(name)
        | FlowName::EnvironmentVariable(name) => name,
    }
}

fn valid_name(name: FlowName<'_>, wanted: &str) -> Result<String, Refusal> {
    match name {
        FlowName::Step(_) => names::step(wanted),
        FlowName::Variable(_) => names::variable(wanted),
        FlowName::Parameter(_) | FlowName::EnvironmentVariable(_) => names::parameter(wanted),
        FlowName::Connection(_) => names::connection(wanted),
    }
}

/// The places, after everything that can be known before the new name.
fn checked(flow: &FlowView<'_>, name: FlowName<'_>) -> Result<Vec<Occurrence>, Refusal> {
    let places = places_in(flow, name);
    let text = text_of(name);
    let what = match name {
        FlowName::Step(_) => "action",
        FlowName::Variable(_) => "variable",
        FlowName::Parameter(_) => "parameter",
        FlowName::Connection(_) => "connection",
        FlowName::EnvironmentVariable(_) => {
            return Refusal::new("An environment variable keeps its schema name: environments know its value by it.");
        }
    };
    match places.iter().filter(|place| place.role == Role::Declaration).count() {
        0 => {
            return Refusal::new(format!(
                "This flow has no {what} `{text}`, so there is nothing to rename."
            ));
        }
        1 => {}
        _ => {
            return Refusal::new(format!(
                "This flow has `{text}` more than once, and nothing tells which one is meant. Name them apart by hand first."
            ));
        }
    }
    match name {
        FlowName::Step(name) => check_step(flow, name)?,
        FlowName::Parameter(name) if name.starts_with('$') => {
            return Refusal::new(format!("`{name}` belongs to the service and keeps its name."));
        }
        FlowName::Connection(name) => check_connection(flow, name, &places)?,
        _ => {}
    }
    check_computed(flow, name)?;
    damage::check(flow, name, &places)?;
    Ok(places)
}

fn check_step(flow: &FlowView<'_>, name: &str) -> Result<(), Refusal> {
    let trigger = flow
        .body
        .triggers
        .iter()
        .find(|trigger| same_name(&trigger.name.value, name));
    if trigger.is_some_and(|trigger| trigger.kind.eq_ignore_ascii_case("Request")) {
        return Refusal::new(
            "The name of this trigger is part of the address by which the flow is called: whoever calls it would find nothing there.",
        );
    }
    for site in &flow.body.strings {
        if compares_name(&site.info.template, name) {
            return Refusal::new(format!(
                "{} compares a name at run time with the text '{name}', which a rename would leave as it is. Change that expression first.",
                owner(flow, site.owner)
            ));
        }
    }
    Ok(())
}

/// Whether an expression holds the name as a text beside something's `name`: that is how records of `result` are told
/// apart.
fn compares_name(template: &Template, name: &str) -> bool {
    let is_name = |id| match &template.node(id).kind {
        NodeKind::Dot { name, .. } => name == "name",
        NodeKind::Index { index, .. } => template.node(*index).as_str() == Some("name"),
        _ => false,
    };
    template.calls().any(|(_, call)| {
        call.args.iter().any(|arg| template.node(*arg).as_str() == Some(name))
            && call.args.iter().any(|arg| is_name(*arg))
    })
}

fn check_connection(flow: &FlowView<'_>, name: &str, places: &[Occurrence]) -> Result<(), Refusal> {
    let entry = flow.summary.connections.iter().find(|c| same_name(&c.key.value, name));
    if entry.is_some_and(|entry| entry.legacy) {
        return Refusal::new("Other files of this package name the connection by its key as well.");
    }
    for site in &flow.body.strings {
        let template = &site.info.template;
        let computed = expr::references(template).any(|reference| {
            let accessor = template
                .parent(reference.call)
                .map(|parent| &template.node(parent).kind);
            reference.kind == ReferenceKind::Parameter
                && reference.name == "$connections"
                && !match accessor {
                    Some(NodeKind::Dot { name, .. }) => !name.is_empty(),
                    Some(NodeKind::Index { index, .. }) => template.node(*index).as_str().is_some(),
                    _ => false,
                }
        });
        if computed {
            return Refusal::new(format!(
                "{} works out which connection it uses, and that may be `{name}`.",
                owner(flow, site.owner)
            ));
        }
    }
    // Parameters of operations are data, whatever they are called.
    let is_data = |span| {
        let mut uses = flow.body.key_uses.iter();
        uses.any(|used| used.form == KeyForm::Text && used.key.span == span)
    };
    let definition = flow.body.definition.and_then(|node| flow.tree.value(flow.text, node));
    let mut key = String::new();
    for node in definition.iter().flat_map(Value::descendants) {
        if node.is_key() {
            key = node.as_str().unwrap_or_default().to_ascii_lowercase();
            continue;
        }
        let span = node.content_span();
        if key.contains("connection")
            && node.as_str().is_some_and(|own| same_name(&own, name))
            && !places.iter().any(|place| place.span == span)
            && !is_data(span)
        {
            return Refusal::new(format!(
                "The flow also names the connection `{name}` in a place that is not known well enough to change it there."
            ));
        }
    }
    Ok(())
}

/// Refuses where a name of this kind is worked out while the flow runs: it may be this one.
fn check_computed(flow: &FlowView<'_>, name: FlowName<'_>) -> Result<(), Refusal> {
    let text = text_of(name);
    let action = match name {
        FlowName::Step(name) => flow
            .body
            .actions
            .iter()
            .find(|action| same_name(&action.name.value, name)),
        _ => None,
    };
    let is_one_of = |kinds: &[&str]| action.is_some_and(|action| kinds.iter().any(|kind| action.is(kind)));
    let means = |kind: ReferenceKind| match (name, kind) {
        (FlowName::Step(_), ReferenceKind::Action) => true,
        (FlowName::Step(_), ReferenceKind::Scope) => is_one_of(&["Scope", "Foreach", "Until", "If", "Switch"]),
        (FlowName::Step(_), ReferenceKind::Foreach) => is_one_of(&["Foreach", "Until"]),
        (FlowName::Step(_), ReferenceKind::Until) => is_one_of(&["Until"]),
        (FlowName::Variable(_), ReferenceKind::Variable) => true,
        (FlowName::Parameter(_), ReferenceKind::Parameter) => true,
        _ => false,
    };
    for site in &flow.body.strings {
        let template = &site.info.template;
        let computed = expr::dynamic_references(template).any(|reference| {
            let argument = reference.argument.map(|id| &template.node(id).kind);
            means(reference.kind)
                && matches!(
                    argument,
                    Some(NodeKind::Call(_) | NodeKind::Dot { .. } | NodeKind::Index { .. })
                )
        });
        if computed {
            return Refusal::new(format!(
                "{} works out a name while the flow runs, and that may be `{text}`.",
                owner(flow, site.owner)
            ));
        }
    }
    let writes = &flow.body.variable_writes;
    let computed = writes.iter().find(|write| write.name.value.contains('@'));
    match (name, computed) {
        (FlowName::Variable(_), Some(write)) => Refusal::new(format!(
            "`{}` works out which variable it changes, and that may be `{text}`.",
            flow.body.action(write.action).title()
        )),
        _ => Ok(()),
    }
}

/// Refuses a name that another thing of the kind has.
fn check_free(flow: &FlowView<'_>, name: FlowName<'_>, new_name: &str) -> Result<(), Refusal> {
    let body = flow.body;
    let (actions, triggers) = (body.actions.iter(), body.triggers.iter());
    let taken: Option<&str> = match name {
        _ if same_name(text_of(name), new_name) => None,
        FlowName::Step(_) => actions
            .map(|action| action.name.value.as_str())
            .chain(triggers.map(|trigger| trigger.name.value.as_str()))
            .find(|own| same_name(own, new_name)),
        FlowName::Variable(_) => {
            let mut names = body.variables.iter().map(|v| v.name.value.as_str());
            names.find(|own| same_name(own, new_name))
        }
        FlowName::Parameter(_) | FlowName::EnvironmentVariable(_) => {
            let mut names = flow.summary.parameters.iter().map(|p| p.name.value.as_str());
            names.find(|own| same_name(own, new_name))
        }
        FlowName::Connection(_) => {
            let mut names = flow.summary.connections.iter().map(|c| c.key.value.as_str());
            names.find(|own| same_name(own, new_name))
        }
    };
    match taken {
        Some(taken) => Refusal::new(format!(
            "`{taken}` is there already: names must differ in more than the case of their letters in the whole flow."
        )),
        None => Ok(()),
    }
}

/// What holds an expression, at the beginning of a sentence.
fn owner(flow: &FlowView<'_>, owner: model::flow::Owner) -> String {
    flow.body.owner_path(owner).map_or_else(
        || "An expression".to_owned(),
        |path| format!("An expression in `{path}`"),
    )
}

#[cfg(test)]
mod tests {
    use model::flow::StringMemo;
    use syntax::json::Tree;

    use super::*;

    const FLOW: &str = r#"{"properties":{
"connectionReferences":{"shared_sql":{"connection":{"connectionReferenceLogicalName":"con_sql"}},"shared_sql_1":{}},
"definition":{
"parameters":{"$connections":{"type":"Object"},"Limit":{"type":"String"},"Other":{"type":"String"}},
"triggers":{"When":{"type":"Recurrence","inputs":{}}},
"actions":{
 "Init":{"type":"InitializeVariable","inputs":{"variables":[{"name":"n","type":"integer","value":"@parameters('Limit')"}]}},
 "Each":{"type":"Foreach","foreach":"@outputs('When')","runAfter":{"Init":["Succeeded"]},"actions":{
  "Add":{"type":"IncrementVariable","inputs":{"name":"n","value":"@items('each')?['a']"}},
  "Ask":{"type":"OpenApiConnection","runAfter":{"Add":["Succeeded"]},"inputs":{"host":{"connectionName":"shared_sql"},
    "parameters":{"connectionName":"shared_sql","a":"@{variables('n')}@{parameters('$connections')['shared_sql']['connectionId']}"}}}}},
 "End":{"type":"Compose","runAfter":{"Each":["Failed"]},"inputs":"@result('Each')"}
}}}}"#;

    /// The text after a rename, or the reason against it.
    fn renamed(text: &str, name: FlowName<'_>, new_name: &str) -> Result<String, String> {
        let memo = StringMemo::default();
        let tree = Tree::parse(text);
        let flow = model::flow::read(&tree, text, "/s/Workflows/A.json", true, &memo).ok_or("no flow")?;
        let view = FlowView {
            summary: &flow.summary,
            body: &flow.body,
            text,
            tree: &tree,
        };
        let change = in_flow(FileId(0), &view, name, new_name).map_err(|refusal| refusal.0)?;
        Ok(syntax::edit::apply(text, &change.files[0].edits)
            .unwrap_or_else(|| panic!("{text}\n{:?}", change.files[0].edits)))
    }

    fn refusal(text: &str, name: FlowName<'_>, new_name: &str) -> String {
        renamed(text, name, new_name).unwrap_err()
    }

    #[test]
    fn every_place_gets_the_name_as_it_wants_it() {
        let text = renamed(FLOW, FlowName::Step("EACH"), "It's \"each\"").unwrap();
        for part in [
            r#""It's_\"each\"":{"type":"Foreach""#,
            r#"@items('It''s_\"each\"')"#,
            r#"{"It's_\"each\"":["Failed"]}"#,
            r#"@result('It''s_\"each\"')"#,
        ] {
            assert!(text.contains(part), "{text}");
        }
        let text = renamed(FLOW, FlowName::Variable("n"), "count").unwrap();
        assert_eq!(text.matches("\"name\":\"count\"").count(), 2);
        assert!(text.contains("@{variables('count')}"));
        let text = renamed(FLOW, FlowName::Connection("shared_sql"), "shared_db").unwrap();
        assert!(text.contains("\"host\":{\"connectionName\":\"shared_db\"}"));
        assert!(text.contains("['shared_db']") && text.contains("\"parameters\":{\"connectionName\":\"shared_sql\""));
        let text = renamed(FLOW, FlowName::Step("When"), "Daily").unwrap();
        assert!(text.contains("\"Daily\":{") && text.contains("@outputs('Daily')"));
        assert!(
            renamed(FLOW, FlowName::Parameter("Limit"), "Top")
                .unwrap()
                .contains("@parameters('Top')")
        );
        // Only the case differs: that is no collision with itself.
        assert!(
            renamed(FLOW, FlowName::Step("Each"), "each")
                .unwrap()
                .contains("result('each')")
        );
    }

    #[test]
    fn names_that_are_taken_or_none_are_refused() {
        for (name, new_name) in [
            (FlowName::Step("End"), "each"),
            (FlowName::Step("End"), "WHEN"),
            (FlowName::Step("End"), "a:b"),
            (FlowName::Step("End"), ""),
            (FlowName::Parameter("Limit"), "other"),
            (FlowName::Connection("shared_sql"), "Shared_SQL_1"),
            (FlowName::Connection("shared_sql"), "my key"),
            (FlowName::Variable("n"), "@x"),
        ] {
            assert!(renamed(FLOW, name, new_name).is_err(), "{name:?} {new_name}");
        }
        assert!(refusal(FLOW, FlowName::Step("Gone"), "x").contains("no action `Gone`"));
        assert!(refusal(FLOW, FlowName::Parameter("$connections"), "x").contains("belongs to the service"));
        let twice = FLOW.replace("\"Add\":{", "\"END\":{");
        assert!(refusal(&twice, FlowName::Step("End"), "x").contains("more than once"));
        let called = FLOW.replace("Recurrence", "Request");
        assert!(refusal(&called, FlowName::Step("When"), "x").contains("part of the address"));
    }

    #[test]
    fn names_worked_out_at_run_time_make_it_unsafe() {
        let with = |inputs: &str| FLOW.replace("@result('Each')", inputs);
        let computed = with("@outputs(concat('E', 'nd'))");
        assert!(refusal(&computed, FlowName::Step("Ask"), "x").starts_with("An expression in `End` works out a name"));
        assert!(renamed(&computed, FlowName::Variable("n"), "x").is_ok());
        // Only a loop can be meant by a computed loop's name.
        let computed = with("@items(variables('n'))");
        assert!(renamed(&computed, FlowName::Step("Ask"), "x").is_ok());
        assert!(renamed(&computed, FlowName::Step("Each"), "x").is_err());
        let computed = with("@variables(parameters('Limit'))");
        assert!(renamed(&computed, FlowName::Variable("n"), "x").is_err());
        let computed = with("@parameters('$connections')[variables('n')]");
        assert!(renamed(&computed, FlowName::Connection("shared_sql"), "x").is_err());
        let computed = FLOW.replace("{\"name\":\"n\",\"value\"", "{\"name\":\"@{variables('n')}\",\"value\"");
        assert!(refusal(&computed, FlowName::Variable("n"), "x").contains("which variable it changes"));
        let compared = with("@equals(item()?['name'], 'Ask')");
        assert!(refusal(&compared, FlowName::Step("Ask"), "x").contains("compares a name"));
        assert!(renamed(&compared, FlowName::Step("Add"), "x").is_ok());
        let property = with("@parameters('$connections').shared_sql");
        assert!(renamed(&property, FlowName::Connection("shared_sql"), "shared_db").is_ok());
        assert!(refusal(&property, FlowName::Connection("shared_sql"), "shared-db").contains("as a property"));
    }

    #[test]
    fn damage_counts_only_where_it_hides_the_name() {
        let typing = FLOW.replace("@result('Each')", "@concat(result('Each'), outputs('");
        assert!(
            renamed(&typing, FlowName::Step("Each"), "Loop")
                .unwrap()
                .contains("result('Loop'), outputs('")
        );
        let hiding = FLOW.replace("@result('Each')", "@concat(result(Each), 'a'");
        assert!(refusal(&hiding, FlowName::Step("Each"), "Loop").contains("Mend the expression first"));
        assert!(renamed(&hiding, FlowName::Step("Ask"), "Loop").is_ok());
        // A quote that is missing swallows what follows on its line, the name among it.
        let cut = FLOW.replace("\"value\":\"@items('each')", "\"value\":@items('each')");
        assert!(refusal(&cut, FlowName::Step("Each"), "Loop").contains("line 9"));
        assert!(
            renamed(&cut, FlowName::Step("End"), "Last")
                .unwrap()
                .contains("\"Last\":{")
        );
        // A brace too many ends the actions early: what follows is no action any more, and hides the name.
        let early = FLOW.replace("\"End\":{", "}, \"x\":{ \"End\":{");
        let answer = renamed(&early, FlowName::Step("Each"), "Loop");
        assert!(answer.as_ref().is_err_and(|why| why.contains("line 12")), "{answer:?}");
        assert!(
            renamed(&early, FlowName::Step("Ask"), "Query")
                .unwrap()
                .contains("\"Query\":{")
        );
    }
}
