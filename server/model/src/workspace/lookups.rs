//! What rules, editor and reports ask of a workspace: components by name, and what belongs to a file.

use rustc_hash::FxHashSet;

use super::{Solution, SolutionId, Workspace, same_name};
use crate::configuration::Configuration;
use crate::customizations::ConnectionReference;
use crate::files::{FileId, is_below, name_of, resolve};
use crate::guid::Guid;
use crate::roles::RoleDefinition;
use crate::tables::TableDefinition;
use crate::workflow_metadata::WorkflowMetadata;

impl Workspace {
    /// Connection references that a solution declares.
    pub fn references(&self, id: SolutionId) -> impl Iterator<Item = &ConnectionReference> {
        let file = self.solution(id).customizations.map(|file| self.file(file));
        file.and_then(|file| file.facts.customizations())
            .into_iter()
            .flat_map(|c| &c.connection_references)
    }

    /// The connection reference of a logical name in a solution; names compare without case.
    #[must_use]
    pub fn reference(&self, id: SolutionId, logical_name: &str) -> Option<&ConnectionReference> {
        self.references(id)
            .find(|r| same_name(&r.logical_name.value, logical_name))
    }

    /// Solutions that declare a connection reference of this logical name.
    #[must_use]
    pub fn solutions_with_reference(&self, logical_name: &str) -> &[SolutionId] {
        self.index
            .references
            .get(&logical_name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Schema names of the environment variables that a solution defines.
    pub fn variable_names<'a>(&'a self, solution: &'a Solution) -> impl Iterator<Item = &'a str> {
        let own = solution
            .variables
            .iter()
            .filter_map(|id| Some(self.file(*id).facts.variable_definition()?.schema_name.value.as_str()));
        let inline = solution
            .customizations
            .and_then(|id| self.file(id).facts.customizations());
        own.chain(
            inline
                .into_iter()
                .flat_map(|c| &c.variable_definitions)
                .map(|name| name.value.as_str()),
        )
    }

    /// Tables that a solution defines or extends, with the files they stand in.
    pub fn tables(&self, id: SolutionId) -> impl Iterator<Item = (FileId, &TableDefinition)> {
        let solution = self.solution(id);
        let own = solution
            .tables
            .iter()
            .filter_map(|file| Some((*file, self.file(*file).facts.table()?)));
        let inline = solution
            .customizations
            .and_then(|file| Some((file, self.file(file).facts.customizations()?)));
        own.chain(
            inline
                .into_iter()
                .flat_map(|(file, facts)| facts.tables.iter().map(move |table| (file, table))),
        )
    }

    /// Security roles of a solution, with the files they stand in.
    pub fn roles(&self, id: SolutionId) -> impl Iterator<Item = (FileId, &RoleDefinition)> {
        let solution = self.solution(id);
        let own = solution
            .roles
            .iter()
            .filter_map(|file| Some((*file, self.file(*file).facts.role()?)));
        let inline = solution
            .customizations
            .and_then(|file| Some((file, self.file(file).facts.customizations()?)));
        own.chain(
            inline
                .into_iter()
                .flat_map(|(file, facts)| facts.roles.iter().map(move |role| (file, role))),
        )
    }

    /// The definition file of an environment variable in a solution.
    #[must_use]
    pub fn variable_file(&self, id: SolutionId, schema_name: &str) -> Option<FileId> {
        let named = |file: &&FileId| {
            let facts = self.file(**file).facts.variable_definition();
            facts.is_some_and(|definition| same_name(&definition.schema_name.value, schema_name))
        };
        self.solution(id).variables.iter().find(named).copied()
    }

    /// Solutions that define an environment variable of this schema name.
    #[must_use]
    pub fn solutions_with_variable(&self, schema_name: &str) -> &[SolutionId] {
        self.index
            .variables
            .get(&schema_name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Flow files of this workflow id; copies of one flow share an id.
    #[must_use]
    pub fn flows_with_id(&self, id: Guid) -> &[FileId] {
        self.index.flows.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Deployment settings files, by path.
    #[must_use]
    pub fn settings(&self) -> &[FileId] {
        &self.index.settings
    }

    /// Custom deployment settings files, by path.
    #[must_use]
    pub fn custom_settings(&self) -> &[FileId] {
        &self.index.custom_settings
    }

    /// Inventories that count for a file: those the caller named, and those its configuration names.
    pub fn inventories_for<'a>(&'a self, path: &'a str) -> impl Iterator<Item = FileId> + 'a {
        let configuration = self.configuration_of(path);
        self.index.inventories.iter().copied().filter(move |id| {
            let inventory = &*self.file(*id).path;
            self.named_inventories.iter().any(|named| named == inventory)
                || configuration
                    .is_some_and(|(folder, c)| c.connections.iter().any(|p| resolve(folder, &p.value) == inventory))
        })
    }

    /// Files of data policies that count for a file: those its configuration names, in its order.
    pub fn policies_for<'a>(&'a self, path: &str) -> impl Iterator<Item = FileId> + use<'a> {
        let named = self.configuration_of(path);
        named
            .into_iter()
            .flat_map(|(folder, c)| c.policy_files.iter().map(move |path| resolve(folder, &path.value)))
            .filter_map(|path| self.id(&path))
    }

    /// Every configuration.
    pub fn configurations(&self) -> impl Iterator<Item = &Configuration> {
        let files = self.configurations.iter().map(|(_, id)| *id);
        files.filter_map(|id| self.file(id).facts.configuration())
    }

    /// The configuration that counts for a path, with its folder.
    #[must_use]
    pub fn configuration_of(&self, path: &str) -> Option<(&str, &Configuration)> {
        let (folder, id) = self.configuration_entry(path)?;
        Some((folder, self.file(*id).facts.configuration()?))
    }

    /// The configuration that counts for a path, with its file.
    #[must_use]
    pub fn configuration_file_of(&self, path: &str) -> Option<(FileId, &Configuration)> {
        let (_, id) = self.configuration_entry(path)?;
        Some((*id, self.file(*id).facts.configuration()?))
    }

    fn configuration_entry(&self, path: &str) -> Option<&(String, FileId)> {
        let forced = self.forced_configuration.as_deref();
        match forced.and_then(|path| self.id(path)) {
            Some(id) => self.configurations.iter().find(|(_, c)| *c == id),
            None => self.configurations.iter().find(|(folder, _)| is_below(path, folder)),
        }
    }

    /// Metadata of a flow, from its own file or from the customizations, with the file it stands in.
    #[must_use]
    pub fn metadata_of(&self, flow: FileId) -> Option<(FileId, &WorkflowMetadata)> {
        let file = self.file(flow);
        let solution = self.solution(file.solution?);
        if let Some(id) = self.id(&format!("{}.data.xml", file.path))
            && let Some(facts) = self.file(id).facts.workflow()
        {
            return Some((id, facts));
        }
        let guid = file.facts.flow()?.id?;
        let own = |id: &&FileId| {
            self.file(**id)
                .facts
                .workflow()
                .and_then(|w| w.id.as_ref())
                .is_some_and(|id| id.value == guid)
        };
        if let Some(id) = solution.metadata.iter().find(own) {
            return Some((*id, self.file(*id).facts.workflow()?));
        }
        let id = solution.customizations?;
        let inline = self.file(id).facts.customizations()?;
        let found = inline
            .workflows
            .iter()
            .find(|w| w.id.as_ref().is_some_and(|id| id.value == guid))?;
        Some((id, found))
    }

    /// The name people know a flow by: its metadata's, else the one in its file name.
    #[must_use]
    pub fn flow_name(&self, flow: FileId) -> String {
        let file = self.file(flow);
        let metadata = self
            .metadata_of(flow)
            .and_then(|(_, m)| m.name.as_ref())
            .map(|name| name.value.clone());
        let legacy = || file.facts.flow().and_then(|f| f.display_name.clone());
        metadata.filter(|n| !n.is_empty()).or_else(legacy).unwrap_or_else(|| {
            let stem = name_of(&file.path).trim_end_matches(".json");
            let cut = stem
                .len()
                .checked_sub(37)
                .and_then(|at| stem.get(..at))
                .filter(|name| !name.is_empty());
            if Guid::from_flow_file(name_of(&file.path)).is_some() {
                cut.unwrap_or(stem).to_owned()
            } else {
                stem.to_owned()
            }
        })
    }

    /// A solution's unique name, else the name of its folder.
    #[must_use]
    pub fn solution_name(&self, id: SolutionId) -> &str {
        let solution = self.solution(id);
        let manifest = solution.manifest.and_then(|id| self.file(id).facts.manifest());
        let unique = manifest
            .and_then(|m| m.unique_name.as_ref())
            .map(|name| name.value.as_str());
        unique.unwrap_or_else(|| name_of(&solution.root))
    }

    /// Whether absence of a component in a solution can be trusted: its manifest and customizations could be read.
    #[must_use]
    pub fn is_complete(&self, id: SolutionId) -> bool {
        let solution = self.solution(id);
        let customizations = solution
            .customizations
            .and_then(|id| self.file(id).facts.customizations());
        let manifest = solution.manifest.and_then(|id| self.file(id).facts.manifest());
        customizations.is_some_and(|c| c.complete) && manifest.is_some_and(|m| m.complete)
    }

    /// Paths that the workspace reads besides what lies in its folders: a forced configuration, inventories and data
    /// policies.
    #[must_use]
    pub fn extra_paths(&self) -> Vec<String> {
        let mut seen = FxHashSet::default();
        self.forced_configuration
            .iter()
            .cloned()
            .chain(self.inventory_paths())
            .chain(self.policy_paths())
            .filter(|path| seen.insert(path.clone()))
            .collect()
    }
}
