//! A small solution in memory, for the tests of rules: files in, findings out, fixes applied.

use std::collections::BTreeMap;

use model::files::MemoryFiles;
use model::{FileId, FileSystem, Profile};

use crate::finding::{Finding, Fix};
use crate::{Options, Project};

/// Files in memory with the project that reads them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The files by path.
    pub files: BTreeMap<String, String>,
    options: Options,
}

/// Id of the flow that [`Sample::new`] makes.
pub const FLOW_ID: &str = "11111111-2222-3333-4444-555555555555";
/// Path of the flow that [`Sample::new`] makes.
pub const FLOW: &str = "/s/Workflows/Main-11111111-2222-3333-4444-555555555555.json";
/// Path of the customizations.
pub const CUSTOMIZATIONS: &str = "/s/Other/Customizations.xml";
/// Path of the manifest.
pub const MANIFEST: &str = "/s/Other/Solution.xml";

impl Sample {
    /// A correct solution in the classic layout, with one flow of this definition and these connection references.
    ///
    /// `properties` is the text of the members of `properties`: `"connectionReferences":{…},"definition":{…}`.
    #[must_use]
    pub fn new(properties: &str, references: &[(&str, &str)]) -> Self {
        let mut sample = Self {
            files: BTreeMap::new(),
            options: Options {
                profile: Some(Profile::Auditor),
            },
        };
        let references: String = references
            .iter()
            .map(|(name, connector)| {
                format!(
                    "\n    <connectionreference connectionreferencelogicalname=\"{name}\">\n      <connectionreferencedisplayname>{name} shown</connectionreferencedisplayname>\n      <connectorid>/providers/Microsoft.PowerApps/apis/{connector}</connectorid>\n    </connectionreference>"
                )
            })
            .collect();
        sample.files.insert(
            MANIFEST.into(),
            format!(
                "<ImportExportXml>\n  <SolutionManifest>\n    <UniqueName>Sample</UniqueName>\n    <Version>1.0</Version>\n    <Managed>0</Managed>\n    <Publisher>\n      <UniqueName>contoso</UniqueName>\n      <CustomizationPrefix>con</CustomizationPrefix>\n    </Publisher>\n    <RootComponents>\n      <RootComponent type=\"29\" id=\"{{{FLOW_ID}}}\" behavior=\"0\" />\n    </RootComponents>\n    <MissingDependencies />\n  </SolutionManifest>\n</ImportExportXml>"
            ),
        );
        sample.files.insert(
            CUSTOMIZATIONS.into(),
            format!("<ImportExportXml>\n  <Workflows />\n  <connectionreferences>{references}\n  </connectionreferences>\n</ImportExportXml>"),
        );
        sample.files.insert(
            FLOW.into(),
            format!("{{\"properties\":{{{properties}}},\"schemaVersion\":\"1.0.0.0\"}}"),
        );
        sample.files.insert(
            format!("{FLOW}.data.xml"),
            format!(
                "<Workflow WorkflowId=\"{{{FLOW_ID}}}\" Name=\"Main flow\"><JsonFileName>{}</JsonFileName><Category>5</Category><StateCode>1</StateCode></Workflow>",
                &FLOW[2..]
            ),
        );
        sample
    }

    /// The solution as a zip holds it: manifest and customizations at the root, the flow's metadata in the customizations.
    ///
    /// # Panics
    ///
    /// Where one of the three was taken out before.
    #[must_use]
    pub fn raw(mut self) -> Self {
        let mut take = |path: &str| self.files.remove(path).expect("the sample has it");
        let (manifest, customizations) = (take(MANIFEST), take(CUSTOMIZATIONS));
        let workflows = format!("<Workflows>{}</Workflows>", take(&format!("{FLOW}.data.xml")));
        let customizations = customizations.replace("<Workflows />", &workflows);
        self.with("/s/solution.xml", manifest)
            .with("/s/customizations.xml", customizations)
    }

    /// A solution whose flow has these `actions` (the text of the object's members) after a button trigger.
    #[must_use]
    pub fn actions(actions: &str) -> Self {
        Self::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{"$authentication":{{"defaultValue":{{}},"type":"SecureObject"}}}},"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{actions}}}}}"#
            ),
            &[],
        )
    }

    /// A solution whose flow has this `triggers` object's members and no actions.
    #[must_use]
    pub fn triggers(triggers: &str) -> Self {
        Self::new(
            &format!(r#""connectionReferences":{{}},"definition":{{"triggers":{{{triggers}}},"actions":{{}}}}"#),
            &[],
        )
    }

    /// With another profile than `auditor`.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.options.profile = Some(profile);
        self
    }

    /// With one more file, or another text of one.
    #[must_use]
    pub fn with(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }

    /// Without a file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// With every occurrence of `from` in a file replaced.
    ///
    /// # Panics
    /// When the file does not hold `from`: the test is wrong then.
    #[must_use]
    pub fn replace(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.files.get_mut(path).filter(|text| text.contains(from));
        let Some(text) = text else {
            panic!("{path} does not hold {from:?}")
        };
        *text = text.replace(from, to);
        self
    }

    /// The project over the files.
    #[must_use]
    pub fn project(&self) -> Project {
        let mut files = MemoryFiles::default();
        for (path, text) in &self.files {
            files.insert(path.clone(), text.clone().into_bytes());
        }
        let mut project = Project::new(self.options.clone());
        project.load(&files as &(dyn FileSystem + Sync), &[String::new()], &|_| {});
        project
    }

    /// Every finding, sorted by path and place.
    #[must_use]
    pub fn findings(&self) -> Vec<Found> {
        let project = self.project();
        let mut all = Vec::new();
        for file in project.files_with_findings() {
            let path = project.workspace().file(file).path.to_string();
            for finding in project.findings(file) {
                let marked = self.files[&path].get(finding.span.range()).unwrap_or("?").to_owned();
                all.push(Found {
                    path: path.clone(),
                    marked,
                    finding: finding.clone(),
                });
            }
        }
        all.sort_by(|a, b| (&a.path, a.finding.span).cmp(&(&b.path, b.finding.span)));
        all
    }

    /// Findings of one rule.
    #[must_use]
    pub fn of(&self, rule: &str) -> Vec<Found> {
        self.findings()
            .into_iter()
            .filter(|found| found.finding.rule == rule)
            .collect()
    }

    /// The marked texts of one rule's findings.
    #[must_use]
    pub fn marked(&self, rule: &str) -> Vec<String> {
        self.of(rule).into_iter().map(|found| found.marked).collect()
    }

    /// Applies a fix to the files.
    ///
    /// # Panics
    /// When its edits overlap or name a file that is not there.
    #[must_use]
    pub fn apply(&self, fix: &Fix) -> Self {
        let project = self.project();
        let workspace = project.workspace();
        let text_of = |id: FileId| self.files.get(&*workspace.get(id)?.path).cloned();
        let edit = match fix.edit(workspace, &text_of) {
            Ok(edit) => edit,
            Err(reason) => panic!("the fix {:?} is refused: {reason}", fix.title),
        };
        let Some(changed) = edit.apply(workspace, |path| self.files.get(path).cloned()) else {
            panic!("the fix {:?} cannot be applied", fix.title)
        };
        let mut files = self.files.clone();
        files.extend(changed);
        for gone in edit.gone_paths(workspace) {
            files.remove(gone);
        }
        Self {
            files,
            options: self.options.clone(),
        }
    }

    /// Holds the law of fixes for every fix of a rule's findings: applied, the finding is gone, nothing at or above its
    /// severity is new, and every file still parses. Says how many fixes were tried.
    ///
    /// # Panics
    /// When the law is broken.
    pub fn assert_fixes(&self, rule: &str) -> usize {
        let before = self.findings();
        let mut tried = 0;
        for found in before.iter().filter(|found| found.finding.rule == rule) {
            for fix in &found.finding.fixes {
                tried += 1;
                let after = self.apply(fix).findings();
                let same = |f: &&Found| {
                    f.finding.rule == rule && f.finding.message == found.finding.message && f.path == found.path
                };
                let (left, had) = (after.iter().filter(same).count(), before.iter().filter(same).count());
                assert!(left < had, "{:?} leaves its finding: {after:#?}", fix.title);
                for new in after.iter().filter(|f| f.finding.severity >= found.finding.severity) {
                    let known = before
                        .iter()
                        .any(|f| f.finding.rule == new.finding.rule && f.finding.message == new.finding.message);
                    assert!(known, "{:?} adds {new:#?}", fix.title);
                }
            }
        }
        tried
    }
}

/// A finding with its path and the text it marks.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file's path.
    pub path: String,
    /// The marked text.
    pub marked: String,
    /// The finding.
    pub finding: Finding,
}
