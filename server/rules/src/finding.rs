//! What a rule reports.

use std::borrow::Cow;

use analysis::secrets;
use edits::{Recipe, Refusal, WorkspaceEdit};
use model::{FileId, Profile, Workspace};
use syntax::Span;

use crate::rule::Rule;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Style.
    Hint,
    /// A guideline.
    Info,
    /// A risk that a reviewer would stop.
    Warning,
    /// Import or run will fail, or a security hole with evidence in hand.
    Error,
}

impl Severity {
    /// Every severity with its name, mildest first.
    pub const ALL: [(&'static str, Self); 4] = [
        ("hint", Self::Hint),
        ("info", Self::Info),
        ("warning", Self::Warning),
        ("error", Self::Error),
    ];

    /// The severity's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The severity of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, severity)| *severity)
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// A hint worth a look.
    Low,
    /// Likely.
    Medium,
    /// Certain, as far as the files tell.
    High,
}

impl Confidence {
    /// The confidence's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: "Add … to …".
    pub title: String,
    /// Whether it keeps the flow's behaviour and may be applied unseen.
    pub safe: bool,
    change: Change,
}

/// The change of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    /// Known with the finding: it only changes files whose edits have the finding checked again.
    Now(WorkspaceEdit),
    /// Worked out when it is wanted, because it changes files that move without the finding being checked again.
    Later(Recipe),
}

impl Fix {
    /// The change, as the workspace is now; `text_of` gives the text of a file, without the byte order mark.
    ///
    /// # Errors
    /// The reason, where it turns out that the change cannot be made.
    pub fn edit(
        &self,
        workspace: &Workspace,
        text_of: &dyn Fn(FileId) -> Option<String>,
    ) -> Result<Cow<'_, WorkspaceEdit>, Refusal> {
        match &self.change {
            Change::Now(edit) => Ok(Cow::Borrowed(edit)),
            Change::Later(recipe) => recipe.edit(workspace, text_of).map(Cow::Owned),
        }
    }
}

/// The other end of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Its file.
    pub file: FileId,
    /// Where.
    pub span: Span,
    /// What stands there.
    pub message: String,
}

/// What a rule reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong, why it matters and what to do, in two sentences at most. Never a secret.
    pub message: String,
    /// What it is about, in a word or two that do not change when text moves: part of the fingerprint. Never a secret.
    pub subject: String,
    /// Its file.
    pub file: FileId,
    /// Where, in offsets of the text without the byte order mark.
    pub span: Span,
    /// Path of the action it is about.
    pub action: Option<String>,
    /// How it can be mended.
    pub fixes: Vec<Fix>,
    /// Its other ends.
    pub related: Vec<Related>,
    /// The mildest profile that shows it, where it is stricter than the rule's.
    pub profile: Option<Profile>,
}

impl Finding {
    /// A finding of a rule, with the rule's severity and confidence.
    pub fn new(
        rule: &'static Rule,
        file: FileId,
        span: Span,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule: rule.id,
            severity: rule.severity,
            confidence: rule.confidence,
            message: message.into(),
            subject: subject.into(),
            file,
            span,
            action: None,
            fixes: Vec::new(),
            related: Vec::new(),
            profile: None,
        }
    }

    /// With another severity than the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Shown from this profile on, though the rule runs in milder ones.
    #[must_use]
    pub fn from_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// With another confidence than the rule's.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// About this action.
    #[must_use]
    pub fn action(mut self, path: Option<String>) -> Self {
        self.action = path;
        self
    }

    /// With a fix.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, safe: bool, edit: WorkspaceEdit) -> Self {
        self.fixes.push(Fix {
            title: title.into(),
            safe,
            change: Change::Now(edit),
        });
        self
    }

    /// With a fix of several files, which is worked out when it is wanted; never a safe one.
    #[must_use]
    pub fn recipe(mut self, title: impl Into<String>, recipe: Recipe) -> Self {
        self.fixes.push(Fix {
            title: title.into(),
            safe: false,
            change: Change::Later(recipe),
        });
        self
    }

    /// With another end.
    #[must_use]
    pub fn related(mut self, file: FileId, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            file,
            span,
            message: message.into(),
        });
        self
    }
}

impl Finding {
    /// Takes what looks like a secret out of everything that people are shown.
    pub(crate) fn mask(&mut self) {
        secrets::mask(&mut self.message);
        secrets::mask(&mut self.subject);
        self.action.iter_mut().for_each(secrets::mask);
        self.fixes.iter_mut().for_each(|fix| secrets::mask(&mut fix.title));
        self.related
            .iter_mut()
            .for_each(|other| secrets::mask(&mut other.message));
    }
}

/// Where rules put their findings.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) found: Vec<Finding>,
    /// The strictest profile that counts anywhere; `None` where it is not known.
    pub(crate) strictest: Option<Profile>,
}

impl Findings {
    /// Whether anybody would see a finding of this profile. A rule that finds much of what few people are shown asks
    /// before it puts words together.
    #[must_use]
    pub fn wants(&self, profile: Profile) -> bool {
        self.strictest.is_none_or(|strictest| profile <= strictest)
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.found.push(finding);
    }
}
