//! The functions of the language, read once from `data/functions.json`.

use crate::suggest::did_you_mean;
use serde::Deserialize;
use std::cmp::Ordering;
use std::sync::OnceLock;

/// What a function's argument or result stands for in the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReferenceKind {
    /// An action, by name.
    Action,
    /// A container (Scope, Foreach or Until) whose results are read.
    Scope,
    /// An enclosing Foreach (an Until is tolerated).
    Foreach,
    /// An enclosing Until.
    Until,
    /// A variable.
    Variable,
    /// A parameter of the definition.
    Parameter,
    /// The trigger.
    Trigger,
    /// The current element of the innermost loop or row.
    Item,
    /// The action that holds the expression.
    #[serde(rename = "self")]
    Own,
    /// The workflow.
    Workflow,
    /// An application setting (Logic Apps Standard).
    AppSetting,
    /// A parameter of an agent tool (Logic Apps).
    AgentParameter,
}

/// How a function refers to something in the flow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionReference {
    /// What it refers to.
    pub kind: ReferenceKind,
    /// Zero-based index of the argument that holds the name; `None` when no name is given (`triggerBody()`).
    pub arg_index: Option<usize>,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Param {
    /// Its name in documentation and signatures.
    pub name: String,
    /// The types it takes: any, array, binary, boolean, float, integer, null, number, object, string, xml.
    pub types: Vec<String>,
    /// Whether the service is known to refuse values of other types; elsewhere `types` is what documentation says.
    #[serde(default)]
    pub checked: bool,
    /// May be left out.
    #[serde(default)]
    pub optional: bool,
    /// May be repeated any number of times, or be left out.
    #[serde(default)]
    pub variadic: bool,
    /// The literal values that are accepted, where they are few; empty otherwise. Compared ignoring case.
    #[serde(default)]
    pub values: Vec<String>,
    /// Takes a Windows time zone name.
    #[serde(default)]
    pub time_zone: bool,
}

/// Where a function exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Availability {
    /// Power Automate cloud flows.
    pub power_automate: bool,
    /// Azure Logic Apps, Consumption plan.
    pub logic_apps_consumption: bool,
    /// Azure Logic Apps, Standard plan.
    pub logic_apps_standard: bool,
}

/// A function of the language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Function {
    /// The name in its usual casing; matching ignores case.
    pub name: String,
    /// Group in documentation: string, collection, logical, conversion, math, dateTime, reference, workflow,
    /// uriParsing, manipulation.
    pub category: String,
    /// Fewest arguments.
    pub min_args: usize,
    /// Most arguments; `None` for any number.
    pub max_args: Option<usize>,
    /// The parameters in order.
    pub params: Vec<Param>,
    /// The types of the result.
    pub returns: Vec<String>,
    /// What in the flow it refers to.
    pub reference: Option<FunctionReference>,
    /// Where it exists.
    pub availability: Availability,
    /// What it does, one sentence.
    pub description: String,
    /// A short expression that uses it, without the leading `@`.
    pub example: String,
    /// Should no longer be written.
    #[serde(default)]
    pub deprecated: bool,
    /// The name of the function to use instead.
    #[serde(default)]
    pub replacement: Option<String>,
    /// Known to designers or older editions of the documentation only: use deserves a hint, never an error.
    #[serde(default)]
    pub undocumented: bool,
    /// How often it is called in a sample of 300 real flows: an order for completion.
    #[serde(default)]
    pub uses: u32,
    /// Whether any of its parameters is [`Param::checked`].
    #[serde(skip)]
    pub checks_types: bool,
}

impl Function {
    /// Whether the service takes so many arguments.
    pub fn takes(&self, count: usize) -> bool {
        count >= self.min_args && self.max_args.is_none_or(|max| count <= max)
    }

    /// The name with its parameters, as in `concat(text1, [text…])`: brackets around what may be left out, an
    /// ellipsis after what may be repeated.
    pub fn signature(&self) -> String {
        let params: Vec<String> = self.params.iter().map(Param::label).collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// The parameter that the argument at `index` is for; the last one again when it may be repeated.
    pub fn param_at(&self, index: usize) -> Option<&Param> {
        self.params
            .get(index)
            .or_else(|| self.params.last().filter(|param| param.variadic))
    }
}

impl Param {
    /// The parameter as it stands in [`Function::signature`].
    pub fn label(&self) -> String {
        match (self.variadic, self.optional) {
            (true, _) => format!("[{}…]", self.name),
            (false, true) => format!("[{}]", self.name),
            (false, false) => self.name.clone(),
        }
    }
}

/// A name that people write though no such function exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NotFunction {
    name: String,
    hint: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    functions: Vec<Function>,
    not_functions: Vec<NotFunction>,
}

const SOURCE: &str = include_str!("../data/functions.json");

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| {
        // The file is part of the program and a test reads it; an empty catalogue would be seen there.
        let mut data: Data = serde_json::from_str(SOURCE).unwrap_or_default();
        data.functions.sort_by(|a, b| compare(&a.name, &b.name));
        for function in &mut data.functions {
            function.checks_types = function.params.iter().any(|param| param.checked);
        }
        data.not_functions.sort_by(|a, b| compare(&a.name, &b.name));
        data
    })
}

fn compare(a: &str, b: &str) -> Ordering {
    a.bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// All functions, in alphabetical order ignoring case.
pub fn catalogue() -> &'static [Function] {
    &data().functions
}

/// The function of this name, ignoring case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    let functions = catalogue();
    let index = functions.binary_search_by(|function| compare(&function.name, name));
    functions.get(index.ok()?)
}

/// What to do instead of calling `name`, for names that people often take for functions.
pub fn hint_for_unknown(name: &str) -> Option<&'static str> {
    let names = &data().not_functions;
    let index = names.binary_search_by(|entry| compare(&entry.name, name));
    names.get(index.ok()?).map(|entry| entry.hint.as_str())
}

/// The function whose name is nearest to a misspelt one, among those that a flow should use.
pub fn suggest(name: &str) -> Option<&'static str> {
    let names = catalogue()
        .iter()
        .filter(|function| !function.undocumented && !function.deprecated && function.availability.power_automate);
    did_you_mean(name, names.map(|function| function.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_can_be_read() {
        let data: Data = serde_json::from_str(SOURCE).expect("functions.json");
        assert!(data.functions.len() >= 140, "{}", data.functions.len());
        assert!(data.not_functions.len() >= 30);
    }
}
