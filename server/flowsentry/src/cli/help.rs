//! The help texts.

use super::{Failure, Out, Outcome};

/// Writes a help text.
pub fn print(text: &str, out: Out<'_>) -> Result<Outcome, Failure> {
    out.write_all(text.as_bytes())?;
    Ok(Outcome::Clean)
}

/// Of the program.
pub const PROGRAM: &str = "\
Flow Sentry reads the source of Power Automate solutions and tells what is unsafe, broken or fragile in them.

Usage: flowsentry <COMMAND> [OPTIONS]

Commands:
  check [PATHS]…    Check solutions, flows and deployment settings
  init [PATH]       Write a first identity plan: whose account stands behind what
  report [PATHS]…   Write a security report: who reaches what, what stops, least privilege
  privileges [PATHS]…
                    Derive the smallest rights that the flows of each identity need
  rules             List every rule
  explain RULE      Tell what a rule finds, why it matters and how to fix it
  expr [TEXT]…      Parse expressions and print their trees as JSON
  lsp               Run the language server on stdin and stdout
  help [COMMAND]    Print help

Options:
  -h, --help        Print help
  -V, --version     Print the version

Begin with `flowsentry check` in the folder of a solution.
";

/// Of `check`.
pub const CHECK: &str = "\
Check solutions, flows and deployment settings.

Usage: flowsentry check [OPTIONS] [PATHS]…

Arguments:
  [PATHS]…                   Files and folders; the working directory when none is given. A path inside a
                             solution loads the whole solution, and reports only what was named.

Options:
      --format FORMAT        full (default), concise (one line a finding) or json
      --profile PROFILE      recommended (default), strict or auditor; wins over the configuration
      --config FILE          Configuration to use instead of every flowsentry.jsonc
      --connections FILE     Inventory of connections and their accounts, JSON or CSV; may be repeated
      --min-severity LEVEL   Report findings from this severity up: hint (default), info, warning or error
      --fail-on LEVEL        Exit with 1 when a reported finding has this severity or a higher one: error,
                             warning (default), info, hint or never
      --color WHEN           auto (default), always or never; NO_COLOR is respected
  -h, --help                 Print help

Exit code: 0 nothing found, 1 findings, 2 a mistake in the command or an internal error, 3 nothing to check.
";

/// Of `init`.
pub const INIT: &str = "\
Write a first identity plan, flowsentry.jsonc, from what the solutions, deployment settings and inventories of a folder tell:
accounts with their kind and the evidence for it, which of them stands behind each connection reference, who owns the flows,
the hosts that flows call. What is not known is a comment to fill in. A plan that is there is never changed.

Usage: flowsentry init [OPTIONS] [PATH]

Arguments:
  [PATH]                     The folder that the plan is for; the working directory when none is given

Options:
      --connections FILE     Inventory of connections and their accounts, JSON or CSV; may be repeated. Without it, files below
                             the folder that are called after connections and hold an inventory are used
      --stdout               Print the plan instead of writing it
  -h, --help                 Print help

Exit code: 0 written, 2 a plan is there already, a mistake in the command or an internal error, 3 nothing to plan.
";

/// Of `report`.
pub const REPORT: &str = "\
Write a security report: whose accounts stand behind the flows, what each of them reaches, what stops without it and how
to replace it, who writes which table, the rights the flows need, findings with the risk each reduces, and what is not
known. The page needs no network and runs no script.

Usage: flowsentry report [OPTIONS] [PATHS]…

Arguments:
  [PATHS]…                   Files and folders; the working directory when none is given

Options:
      --format FORMAT        html (default), markdown or json
      --output FILE          Write to this file, whole or not at all, instead of stdout; links are not followed
      --since OLD.json       Tell what changed since an earlier report, which --format json wrote
      --date DAY             The day to name: `today`, or one such as 2026-11-24; else that of SOURCE_DATE_EPOCH, else
                             none, so that the same files give the same report
      --profile PROFILE      auditor (default), strict or recommended
      --config FILE          Configuration to use instead of every flowsentry.jsonc
      --connections FILE     Inventory of connections and their accounts, JSON or CSV; may be repeated
  -h, --help                 Print help

Exit code: 0 written, 2 a mistake in the command or an internal error, 3 nothing to report.
";

/// Of `privileges`.
pub const PRIVILEGES: &str = "\
Derive the smallest rights that the flows of each identity need: privileges of Dataverse as a role has them, documented
permissions of other connectors, and what the flows do not tell.

Usage: flowsentry privileges [OPTIONS] [PATHS]…

Arguments:
  [PATHS]…                   Files and folders; the working directory when none is given

Options:
      --format FORMAT        markdown (default) or json
      --config FILE          Configuration to use instead of every flowsentry.jsonc
      --connections FILE     Inventory of connections and their accounts, JSON or CSV; may be repeated
  -h, --help                 Print help

Exit code: 0 derived, 2 a mistake in the command or an internal error, 3 nothing to derive from.
";

/// Of `rules`.
pub const RULES: &str = "\
List every rule.

Usage: flowsentry rules [--format text|json]

Options:
      --format FORMAT    text (default) or json
  -h, --help             Print help
";

/// Of `explain`.
pub const EXPLAIN: &str = "\
Tell what a rule finds, why it matters and how to fix it.

Usage: flowsentry explain [--color WHEN] RULE

Options:
      --color WHEN    auto (default), always or never; NO_COLOR is respected
  -h, --help          Print help
";

/// Of `expr`.
pub const EXPR: &str = "\
Parse expressions and print their trees, one JSON line each; or print them in another layout.

Usage: flowsentry expr [OPTIONS] [--] [TEXT]…

Arguments:
  [TEXT]…       Strings as they stand in a flow, such as '@utcNow()' or 'Hello @{triggerBody()}'. Without any,
                JSON strings are read from stdin, one a line; with --format or --minify, one text as it is.
                A text without @ holds no expression and stays as it is.

Options:
      --format      Print expressions over several lines of 100 characters
      --minify      Print expressions on one line, without white space but for one blank after a comma
  -h, --help        Print help

Exit code: 0 all valid, 1 some invalid, 2 stdin that cannot be read.
";

/// Of `lsp`.
pub const LSP: &str = "\
Run the language server on stdin and stdout. Editors start it; docs/editors.md says how.

Usage: flowsentry lsp [OPTIONS]
";
