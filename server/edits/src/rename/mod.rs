//! Renames: the new name at every place that names the thing, or the reason why not.
//!
//! A rename is refused rather than done by half. It is refused where the new name is none or is taken, where a name is
//! worked out while the flow runs, where damage hides what a place means, and where the thing does not belong to the
//! solution alone. Whoever asks gets the reason in words for a person.

mod damage;
mod flow;
mod names;
mod reference;

pub use crate::Refusal;

pub use self::flow::{can_rename_in_flow, in_flow, respell};
pub use self::reference::{can_rename_reference, connection_reference, owner_of_reference};
