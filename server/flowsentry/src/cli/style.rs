//! Colour, where a terminal shows it and the user wants it.

use std::io::IsTerminal;

use rules::Severity;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where a terminal shows it.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl ColorChoice {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 3] = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}

/// Paints, or leaves plain.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    color: bool,
}

const BOLD: &str = "1";
const BLUE: &str = "1;34";

impl Style {
    /// The style for stdout.
    #[must_use]
    pub fn for_stdout(choice: ColorChoice) -> Self {
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => std::io::stdout().is_terminal() && terminal_takes_color(),
        };
        Self { color }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What catches the eye.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint(BOLD, text)
    }

    /// Frames: arrows, bars, line numbers.
    #[must_use]
    pub fn frame(self, text: &str) -> String {
        self.paint(BLUE, text)
    }

    /// What helps.
    #[must_use]
    pub fn help(self, text: &str) -> String {
        self.paint("1;36", text)
    }

    /// In the colour of a severity.
    #[must_use]
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => BLUE,
            Severity::Hint => "1;36",
        };
        self.paint(code, text)
    }
}

fn terminal_takes_color() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return false;
    }
    // The old Windows console prints escape sequences as they are unless a program switches them on, which takes
    // unsafe code; its successors, and the terminals of other systems, name themselves.
    !cfg!(windows)
        || ["WT_SESSION", "TERM", "TERM_PROGRAM", "ANSICON", "ConEmuANSI"]
            .into_iter()
            .any(set)
}
