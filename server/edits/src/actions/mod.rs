//! Changes of a flow's actions: their order, and what follows from it.

mod catch;
mod guard;
mod inline;
mod order;
mod remove;
mod respond;
mod schema;
mod secure;
mod variable;

pub use catch::catch;
pub use guard::move_guard;
pub use inline::inline;
pub use order::wait_for;
pub use remove::remove;
pub use respond::{respond_at_end, respond_in_branch};
pub use schema::{says_nothing, trigger_schema};
pub use secure::secure;
pub use variable::remove_variable;
