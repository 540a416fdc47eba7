//! Where a fix may add an element to an XML list, remembered as facts so that closed files can be edited too.

use syntax::xml::Element;
use syntax::{Span, edit::TextEdit};

/// The place for one more child of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListAnchor {
    place: Place,
    /// Indentation of the children.
    indent: String,
    line_ending: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// After the last child, which ends here.
    After(u32),
    /// The element is empty: it is written anew over this span, with this tag and its own indentation.
    Empty { span: Span, tag: String, outer: String },
    /// The element is missing: it is written at the end of its parent.
    Missing { parent: Box<ListAnchor>, tag: String },
}

impl ListAnchor {
    /// The anchor of `element`'s children.
    #[must_use]
    pub fn of(element: Element<'_>, text: &str) -> Self {
        let line_ending = syntax::text::line_ending(text);
        let outer = indent_at(text, element.span().start);
        match element.children().last() {
            Some(last) => Self {
                indent: indent_at(text, last.span().start),
                place: Place::After(last.span().end),
                line_ending,
            },
            None => Self {
                indent: format!("{outer}  "),
                place: Place::Empty {
                    span: element.span(),
                    tag: element.name().to_owned(),
                    outer,
                },
                line_ending,
            },
        }
    }

    /// The anchor of a list that `parent` does not have yet.
    #[must_use]
    pub fn missing(parent: Element<'_>, tag: &str, text: &str) -> Self {
        let parent = Self::of(parent, text);
        Self {
            indent: format!("{}  ", parent.indent),
            line_ending: parent.line_ending,
            place: Place::Missing {
                parent: Box::new(parent),
                tag: tag.to_owned(),
            },
        }
    }

    /// How the file ends its lines.
    #[must_use]
    pub fn line_ending(&self) -> &'static str {
        self.line_ending
    }

    /// The edit that adds a child, given as lines; each is indented, `\t`-free and without a line end.
    #[must_use]
    pub fn add(&self, lines: &[String]) -> TextEdit {
        let eol = self.line_ending;
        let block: String = lines.iter().map(|line| format!("{eol}{}{line}", self.indent)).collect();
        match &self.place {
            Place::After(offset) => TextEdit {
                span: Span::new(*offset, *offset),
                new_text: block,
            },
            Place::Empty { span, tag, outer } => TextEdit {
                span: *span,
                new_text: format!("<{tag}>{block}{eol}{outer}</{tag}>"),
            },
            Place::Missing { parent, tag } => {
                let mut all = vec![format!("<{tag}>")];
                all.extend(lines.iter().map(|line| format!("  {line}")));
                all.push(format!("</{tag}>"));
                parent.add(&all)
            }
        }
    }
}

/// The white space before `offset` on its line, empty where something else stands there.
fn indent_at(text: &str, offset: u32) -> String {
    let before = text.get(..offset as usize).unwrap_or("");
    let line = before.rfind(['\n', '\r']).map_or(before, |at| &before[at + 1..]);
    if line.chars().all(char::is_whitespace) {
        line.to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(xml: &str) -> String {
        let tree = syntax::xml::Tree::parse(xml);
        let root = tree.root().unwrap();
        let anchor = root.child("list").map_or_else(
            || ListAnchor::missing(root, "list", xml),
            |list| ListAnchor::of(list, xml),
        );
        syntax::edit::apply(
            xml,
            &[anchor.add(&["<i a=\"1\">".into(), "  <b />".into(), "</i>".into()])],
        )
        .unwrap()
    }

    #[test]
    fn adds_in_every_shape_of_list() {
        let item = "\r\n    <i a=\"1\">\r\n      <b />\r\n    </i>";
        assert_eq!(
            added("<r>\r\n  <list />\r\n</r>"),
            format!("<r>\r\n  <list>{item}\r\n  </list>\r\n</r>")
        );
        assert_eq!(
            added("<r>\r\n  <list>\r\n    <i />\r\n  </list>\r\n</r>"),
            format!("<r>\r\n  <list>\r\n    <i />{item}\r\n  </list>\r\n</r>")
        );
        assert_eq!(
            added("<r>\r\n  <x />\r\n</r>"),
            format!("<r>\r\n  <x />\r\n  <list>{item}\r\n  </list>\r\n</r>")
        );
    }
}
