//! Writing HTML so that nothing of a workspace can become markup: tags and attribute names are literals of this program,
//! everything else is escaped.

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Page {
    out: String,
}

impl Page {
    /// The page so far.
    pub fn finish(self) -> String {
        self.out
    }

    /// Markup of this program.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text, escaped.
    pub fn text(&mut self, text: &str) -> &mut Self {
        escape(text, &mut self.out);
        self
    }

    /// A sentence, escaped; what stands between backticks is code.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        let parts: Vec<&str> = text.split('`').collect();
        // An odd backtick is one that stands for itself.
        if parts.len().is_multiple_of(2) {
            return self.text(text);
        }
        for (at, part) in parts.into_iter().enumerate() {
            match (at % 2, part) {
                (0, part) => self.text(part),
                (_, part) => self.leaf("code", &[], part),
            };
        }
        self
    }

    /// A number.
    pub fn number(&mut self, number: usize) -> &mut Self {
        self.out.push_str(&number.to_string());
        self
    }

    /// An element with these attributes and what `inside` writes.
    pub fn element(
        &mut self,
        tag: &'static str,
        attributes: &[(&'static str, &str)],
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(tag, attributes);
        inside(self);
        self.close(tag)
    }

    /// An element that holds text only.
    pub fn leaf(&mut self, tag: &'static str, attributes: &[(&'static str, &str)], text: &str) -> &mut Self {
        self.element(tag, attributes, |page| {
            page.text(text);
        })
    }

    /// The start of an element.
    pub fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
        self
    }

    /// The end of an element.
    pub fn close(&mut self, tag: &'static str) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
        self
    }

    /// A list, each item by `write`.
    pub fn list<T>(&mut self, class: &str, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.open("ul", &[("class", class)]);
        for item in items {
            self.element("li", &[], |page| write(page, item));
        }
        self.close("ul");
    }

    /// The head of a table with these columns; `end_table` must follow the rows.
    pub fn table(&mut self, caption: &str, columns: &[&str]) -> &mut Self {
        // Wide tables scroll in their own frame, which the keyboard can reach.
        self.open(
            "div",
            &[
                ("class", "scroll"),
                ("tabindex", "0"),
                ("role", "region"),
                ("aria-label", caption),
            ],
        );
        self.raw("<table>").leaf("caption", &[], caption).raw("<thead><tr>");
        for column in columns {
            self.leaf("th", &[("scope", "col")], column);
        }
        self.raw("</tr></thead><tbody>")
    }

    /// The end of a table.
    pub fn end_table(&mut self) {
        self.raw("</tbody></table></div>\n");
    }
}

/// Escapes text for elements and quoted attributes. What could turn the direction of text around, or is no character to
/// be shown, gives way to a mark.
fn escape(text: &str, out: &mut String) {
    let mut before = ' ';
    for c in text.chars() {
        match c {
            // Build agents take `##[` and `##vso[` for commands, wherever a log holds them.
            '#' if before == '#' => out.push_str("&#35;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            c if c.is_control()
                || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push('\u{FFFD}');
            }
            c => out.push(c),
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_become_markup() {
        let mut page = Page::default();
        page.leaf(
            "p",
            &[("title", "\"><script>alert(1)</script>")],
            "<img onerror='x'>&\u{202e}a\u{0}##vso[",
        );
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">&lt;img onerror=&#39;x&#39;&gt;&amp;\u{fffd}a\u{fffd}#&#35;vso[</p>"
        );
    }
}
