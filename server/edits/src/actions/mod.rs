//! Changes of a flow's actions: their order, and what follows from it.

mod catch;
mod guard;
mod inline;
mod insert;
mod names;
mod order;
mod remove;
mod respond;
mod schema;
mod secure;
mod variable;
mod wrap;

pub use catch::catch;
pub use guard::move_guard;
pub use inline::inline;
pub use order::wait_for;
pub use remove::remove;
pub use respond::{respond_at_end, respond_in_branch};
pub use schema::{says_nothing, trigger_schema};
pub use secure::secure;
pub use variable::remove_variable;
pub use wrap::wrap;

pub(crate) use insert::Place;
pub(crate) use names::free_name_of;
