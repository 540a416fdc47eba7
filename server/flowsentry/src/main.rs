//! `flowsentry`: the program. One engine, two doors: the command line in [`cli`], the language server in [`lsp`].

mod cli;
mod files;
mod inventories;
mod lsp;
mod output;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().skip(1).collect())
}
