//! Changes of a flow's actions: their order, and what follows from it.

mod catch;
mod inline;
mod order;
mod remove;
mod secure;
mod variable;

pub use catch::catch;
pub use inline::inline;
pub use order::wait_for;
pub use remove::remove;
pub use secure::secure;
pub use variable::remove_variable;
