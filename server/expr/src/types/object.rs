//! Objects: which properties they have, and what is known of others.

use super::lattice::{Type, Weight};
use std::cmp::Ordering;
use std::sync::Arc;

/// What is known of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectType {
    properties: Vec<Property>,
    /// Indices into `properties`, in the order of [`compare`].
    by_name: Vec<u32>,
    rest: Rest,
    pub(super) weight: Weight,
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: Arc<str>,
    /// What its value can be.
    pub value: Type,
    /// Whether every such object has it.
    pub required: bool,
    /// A short name for people, where a schema has one.
    pub title: Option<Arc<str>>,
    /// What it is, where a schema says so.
    pub description: Option<Arc<str>>,
}

/// What is known of properties that are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// There are none: the value was seen.
    None,
    /// A schema does not name them; whether a value has them nobody says.
    Unlisted,
    /// Each has this type, if it is there.
    Each(Type),
}

/// What a name finds in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'t> {
    /// This property.
    Property(&'t Property),
    /// Not a listed one, but of this type, if it is there.
    Each(&'t Type),
    /// The schema names other properties.
    Unlisted,
    /// The object does not have it.
    Absent,
}

impl Property {
    /// A property without words for people.
    pub fn new(name: &str, value: Type, required: bool) -> Self {
        Self {
            name: name.into(),
            value,
            required,
            title: None,
            description: None,
        }
    }

    /// What reading it gives: null where an object may lack it.
    pub fn read(&self) -> Type {
        match (&self.value, self.required) {
            (value, true) => value.clone(),
            (value, false) => value.clone().or_null(),
        }
    }
}

impl ObjectType {
    /// An object with these properties. Of several with one name, ignoring case, the last counts.
    pub fn new(properties: Vec<Property>, rest: Rest) -> Self {
        let mut by_name: Vec<u32> = (0..u32::try_from(properties.len()).unwrap_or(u32::MAX)).collect();
        let name = |index: &u32| &*properties[*index as usize].name;
        by_name.sort_by(|a, b| compare(name(a), name(b)).then(b.cmp(a)));
        by_name.dedup_by(|later, first| compare(name(later), name(first)).is_eq());
        let each = match &rest {
            Rest::Each(each) => Some(each),
            _ => None,
        };
        let weight = Weight::around(properties.iter().map(|property| &property.value).chain(each));
        Self {
            properties,
            by_name,
            rest,
            weight,
        }
    }

    /// An object that was seen: it has these properties and no others.
    pub fn closed(properties: Vec<Property>) -> Self {
        Self::new(properties, Rest::None)
    }

    /// An object of which nothing is known.
    pub fn open() -> Self {
        Self::new(Vec::new(), Rest::Each(Type::Any))
    }

    /// The known properties, in the order they were declared.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter()
    }

    /// What is known of others.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// What a name finds; names compare without case, as they do when a flow runs.
    pub fn find(&self, name: &str) -> Found<'_> {
        let at = |index: &u32| compare(&self.properties[*index as usize].name, name);
        match self.by_name.binary_search_by(at) {
            Ok(found) => Found::Property(&self.properties[self.by_name[found] as usize]),
            Err(_) => match &self.rest {
                Rest::None => Found::Absent,
                Rest::Unlisted => Found::Unlisted,
                Rest::Each(each) => Found::Each(each),
            },
        }
    }

    /// This with one property set to a value, in the place it had or at the end.
    pub fn with(&self, name: &str, value: Type) -> Self {
        let mut properties = self.properties.clone();
        match properties.iter_mut().find(|own| compare(&own.name, name).is_eq()) {
            Some(own) => *own = Property::new(&own.name, value, true),
            None => properties.push(Property::new(name, value, true)),
        }
        Self::new(properties, self.rest.clone())
    }

    /// This without one property.
    pub fn without(&self, name: &str) -> Self {
        let properties = self.properties.iter().filter(|own| compare(&own.name, name).is_ne());
        Self::new(properties.cloned().collect(), self.rest.clone())
    }
}

/// Ignores the case of letters.
fn compare(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a
            .bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    a.chars()
        .flat_map(char::to_lowercase)
        .cmp(b.chars().flat_map(char::to_lowercase))
}
