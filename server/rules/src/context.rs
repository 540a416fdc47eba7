//! What a rule of each level may read.

use std::cell::OnceCell;
use std::ops::Deref;

use analysis::identity::{Connected, Holdings, Identities};
use analysis::taint::{Chain, chains};
use analysis::targets::Targets;
use analysis::types::FlowTypes;
use expr::{Reference, ReferenceKind};
use model::flow::{FlowBody, FlowSummary, FlowView, StringSite};
use model::{Configuration, Facts, FileId, Guid, ReadAs, Solution, SolutionId, Workspace};
use rustc_hash::FxHashSet;
use syntax::json::{NodeId, Tree, Value};
use syntax::{Encoding, Span};

use crate::analyses::Analyses;

/// One file with its text.
#[derive(Clone, Copy, Debug)]
pub struct FileContext<'a> {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: &'a str,
    /// How it was read.
    pub read_as: ReadAs,
    /// Whether it stands in a solution's folder for what it is, so that its shape is known.
    pub in_solution: bool,
    /// Its text, without the byte order mark.
    pub text: &'a str,
    /// How it is stored.
    pub encoding: Encoding,
    /// What it says.
    pub facts: &'a Facts,
    /// Its JSON tree.
    pub tree: Option<&'a Tree>,
    /// The configuration that counts for it.
    pub configuration: Option<&'a Configuration>,
}

/// One flow with its text, tree and body.
#[derive(Clone, Copy, Debug)]
pub struct FlowContext<'a> {
    /// The file.
    pub file_context: FileContext<'a>,
    /// The flow's tree.
    pub tree: &'a Tree,
    /// What other files ask.
    pub summary: &'a FlowSummary,
    /// Blocks, actions, expressions.
    pub body: &'a FlowBody,
    /// What rules ask of the flow together.
    pub analyses: &'a Analyses,
}

impl<'a> Deref for FlowContext<'a> {
    type Target = FileContext<'a>;

    fn deref(&self) -> &FileContext<'a> {
        &self.file_context
    }
}

impl<'a> FlowContext<'a> {
    /// The flow with its text, for what is shared with the editor.
    #[must_use]
    pub fn view(&self) -> FlowView<'a> {
        FlowView {
            summary: self.summary,
            body: self.body,
            text: self.file_context.text,
            tree: self.tree,
        }
    }

    /// What names stand for in expressions of the flow.
    #[must_use]
    pub fn types(&self) -> FlowTypes<'a> {
        FlowTypes::new(self.view(), &self.analyses.types)
    }

    /// A node of the flow's tree.
    #[must_use]
    pub fn value(&self, node: NodeId) -> Option<Value<'a>> {
        self.tree.value(self.file_context.text, node)
    }

    /// References to things of these kinds whose name is written out, each with the string it stands in.
    pub fn references(
        &self,
        kinds: &'a [ReferenceKind],
    ) -> impl Iterator<Item = (&'a StringSite, Reference<'a>)> + use<'a> {
        let sites = self.body.strings.iter();
        let sites = sites.filter(move |site| site.info.refers_to.has_any(kinds));
        sites.flat_map(move |site| {
            expr::references(&site.info.template)
                .filter(move |reference| kinds.contains(&reference.kind))
                .map(move |reference| (site, reference))
        })
    }

    /// Whether a reference to something of this kind computes its name, or is half typed: while there is one, nobody can
    /// say that something of that kind is unused.
    #[must_use]
    pub fn computes_name(&self, kind: ReferenceKind) -> bool {
        let mut sites = self.body.strings.iter().filter(|site| site.info.refers_to.has(kind));
        sites.any(|site| expr::dynamic_references(&site.info.template).any(|reference| reference.kind == kind))
    }

    /// Where a span of a string's decoded text stands in the file.
    #[must_use]
    pub fn source_span(&self, site: &StringSite, decoded: Span) -> Span {
        site.source_span(self.tree, self.file_context.text, decoded)
    }
}

/// One solution, as facts, and what several rules work out from them, each at most once.
#[derive(Debug)]
pub struct SolutionContext<'a> {
    /// The workspace around it.
    pub workspace: &'a Workspace,
    /// Its id.
    pub id: SolutionId,
    /// The solution.
    pub solution: &'a Solution,
    chains: OnceCell<Vec<Chain<'a>>>,
    named_flows: OnceCell<FxHashSet<Guid>>,
}

impl<'a> SolutionContext<'a> {
    /// A context in which nothing is worked out yet.
    #[must_use]
    pub fn new(workspace: &'a Workspace, id: SolutionId) -> Self {
        Self {
            workspace,
            id,
            solution: workspace.solution(id),
            chains: OnceCell::new(),
            named_flows: OnceCell::new(),
        }
    }

    /// The ways of data through the flows of the solution.
    pub fn chains(&self) -> &[Chain<'a>] {
        self.chains.get_or_init(|| chains(self.workspace, self.id))
    }

    /// Ids in the names of the solution's files of flows, of damaged ones too.
    pub fn named_flows(&self) -> &FxHashSet<Guid> {
        let own = |(_, file): (FileId, &model::File)| {
            let here = file.solution == Some(self.id);
            here.then(|| Guid::from_flow_file(model::files::name_of(&file.path)))?
        };
        self.named_flows
            .get_or_init(|| self.workspace.files().filter_map(own).collect())
    }

    /// The solution's flows: file and facts.
    pub fn flows(&self) -> impl Iterator<Item = (FileId, &'a FlowSummary)> + use<'a> {
        let workspace = self.workspace;
        self.solution
            .flows
            .iter()
            .filter_map(move |id| Some((*id, workspace.file(*id).facts.flow()?)))
    }
}

/// The workspace, as facts, and what several rules work out from them, each at most once.
#[derive(Debug)]
pub struct WorkspaceContext<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    targets: OnceCell<Targets>,
    identities: OnceCell<Identities<'a>>,
    holdings: OnceCell<Holdings<'a>>,
    connected: OnceCell<Connected<'a>>,
}

impl<'a> WorkspaceContext<'a> {
    /// A context in which nothing is worked out yet.
    #[must_use]
    pub fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            targets: OnceCell::new(),
            identities: OnceCell::new(),
            holdings: OnceCell::new(),
            connected: OnceCell::new(),
        }
    }

    /// Which settings files serve which solutions.
    pub fn targets(&self) -> &Targets {
        self.targets.get_or_init(|| Targets::new(self.workspace))
    }

    /// Connections by name.
    pub fn connected(&self) -> &Connected<'a> {
        self.connected.get_or_init(|| Connected::new(self.workspace))
    }

    /// Evidence of accounts.
    pub fn identities(&self) -> &Identities<'a> {
        self.identities.get_or_init(|| Identities::new(self.workspace))
    }

    /// The account behind each connection reference in each environment.
    pub fn holdings(&self) -> &Holdings<'a> {
        let holdings = || Holdings::new(self.workspace, self.identities(), self.targets());
        self.holdings.get_or_init(holdings)
    }
}
