//! XML with the bytes of everything, that survives damage.
//!
//! One reader builds the tree of every text, whole or broken; `roxmltree` is asked whether a text that looks whole to
//! it really is well-formed (namespaces, characters, declarations), so that one set of spans exists and no error is
//! missed. Nothing is expanded but character references and the five entities of the standard; document types are
//! refused.

mod element;
mod entity;
mod reader;
mod tree;

pub use element::{Attribute, Attributes, Children, Descendants, Element};
pub use entity::{escape, escape_text};
pub use tree::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ERRORS, Tree, XmlError};
