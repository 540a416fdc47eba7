//! The XML reader agrees with `roxmltree` on what is well-formed and what is in it, and survives the rest.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod common;

use common::Random;
use roxmltree::ParsingOptions;
use syntax::xml::{Element, Tree};

const SAMPLES: &[&str] = &[
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<ImportExportXml version=\"9.1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\r\n  <SolutionManifest>\r\n    <UniqueName>Sample</UniqueName>\r\n    <LocalizedNames>\r\n      <LocalizedName description=\"Größe &amp; &quot;x&quot;\" languagecode=\"1033\" />\r\n    </LocalizedNames>\r\n    <Descriptions />\r\n    <Managed>0</Managed>\r\n    <Publisher><Address xsi:nil=\"true\"></Address></Publisher>\r\n    <RootComponents>\r\n      <RootComponent type=\"29\" id=\"{00000000-0000-0000-0000-000000000001}\" behavior=\"0\" />\r\n    </RootComponents>\r\n    <MissingDependencies><MissingDependency><Required type=\"1\" id.connectionreferencelogicalname='new_a' /></MissingDependency></MissingDependencies>\r\n  </SolutionManifest>\r\n</ImportExportXml>",
    "<environmentvariabledefinition schemaname=\"new_A\">\n  <!-- a -- comment -->\n  <defaultvalue>a &lt; b\r\nc &#x41;&#10;<![CDATA[<raw> & ]]>tail</defaultvalue>\n  <type>100000000</type>\n</environmentvariabledefinition>\n",
    "<a\tb = 'x\r\ny\tz'\n c=\"&#9;\"><a/>ä<b>😀</b >text<?pi x?></a>",
    "<root><x:y xmlns:x=\"u\" x:z=\"1\"/></root>",
];

const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "&",
    "&amp;",
    "&#65;",
    "&#x0;",
    "&x;",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "\r\n",
    "<a>",
    "</a>",
    "<a/>",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "ä",
    "😀",
    "a",
    "b=\"c\"",
    "<b c='d'>",
    "x:",
    "xmlns:x=\"u\"",
    "\0",
    "\u{FFFF}",
    "\u{FEFF}",
    "-",
    "1",
    ".",
];

/// Compares element by element; both lists are in the order of the file.
fn same(text: &str, tree: &Tree, document: &roxmltree::Document<'_>) {
    let root = tree.root().expect("a root");
    let theirs: Vec<_> = document
        .root_element()
        .descendants()
        .filter(roxmltree::Node::is_element)
        .collect();
    let ours: Vec<Element<'_>> = root.descendants().collect();
    assert_eq!(ours.len(), theirs.len(), "{text:?}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let local = ours.name().rsplit(':').next().unwrap_or_default();
        assert_eq!(local, theirs.tag_name().name(), "{text:?}");
        assert_eq!(ours.span().range(), theirs.range(), "{text:?}");
        let parent = theirs
            .parent()
            .filter(roxmltree::Node::is_element)
            .map(|parent| parent.range());
        assert_eq!(ours.parent().map(|parent| parent.span().range()), parent, "{text:?}");
        let content: String = theirs
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|run| run.text())
            .collect();
        // Of a lone CR before a reference or a section, `roxmltree` makes no LF, as the standard asks.
        assert_eq!(ours.text().replace('\r', "\n"), content.replace('\r', "\n"), "{text:?}");
        let found: Vec<_> = ours
            .attributes()
            .filter(|attribute| attribute.name() != "xmlns" && !attribute.name().starts_with("xmlns:"))
            .map(|a| {
                (
                    a.value().into_owned(),
                    a.value_span().range(),
                    a.name_span().range(),
                    a.span().range(),
                )
            })
            .collect();
        let expected: Vec<_> = theirs
            .attributes()
            .map(|a| (a.value().to_owned(), a.range_value(), a.range_qname(), a.range()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

/// What every tree promises, broken or not.
fn check(text: &str) -> bool {
    let tree = Tree::parse(text);
    let options = ParsingOptions {
        allow_dtd: false,
        ..ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(text, options);
    assert_eq!(tree.is_broken(), document.is_err(), "{text:?}: {:?}", tree.errors());
    if let Ok(document) = &document {
        same(text, &tree, document);
    }
    assert!(
        tree.errors().iter().all(|error| text.get(error.span.range()).is_some()),
        "{text:?} {:?}",
        tree.errors()
    );
    for element in tree.root().iter().flat_map(Element::descendants) {
        let content = element.content_span();
        let inner = [
            Some(element.name_span()),
            Some(element.start_tag_span()),
            content,
            element.end_tag_span(),
            element.text_span(),
        ];
        for span in inner
            .into_iter()
            .flatten()
            .chain(element.attributes().map(|a| a.span()))
        {
            assert!(element.span().contains_span(span), "{element:?} {span:?} in {text:?}");
            assert!(text.get(span.range()).is_some(), "{element:?} {span:?} in {text:?}");
        }
        for child in element.children() {
            assert!(
                content.is_some_and(|content| content.contains_span(child.span())),
                "{child:?} in {text:?}"
            );
            assert_eq!(child.parent(), Some(element));
        }
        let chain = tree.element_at(element.name_span().start);
        assert!(chain.contains(&element), "{element:?} in {text:?}");
    }
    document.is_ok()
}

#[test]
fn samples_are_well_formed() {
    for sample in &SAMPLES[..1] {
        assert!(check(sample), "{sample}");
    }
    assert!(check(SAMPLES[2]) && check(SAMPLES[3]));
    // `--` inside a comment is an error the reader leaves to the strict parser.
    assert!(!check(SAMPLES[1]));
    assert!(check(&SAMPLES[1].replace("a -- comment", "a comment")));
}

#[test]
fn damaged_samples_agree_with_roxmltree() {
    let mut valid = 0;
    for seed in 0..60_000 {
        let mut random = Random::new(seed);
        let sample = SAMPLES[random.below(SAMPLES.len())].replace("a -- comment", "a comment");
        let mut text = sample;
        for _ in 0..=random.below(3) {
            let start = random.offset(&text);
            let end = text
                .floor_char_boundary((start + random.below(6)).min(text.len()))
                .max(start);
            let inserted = if random.below(3) == 0 { "" } else { random.pick(PIECES) };
            text.replace_range(start..end, inserted);
        }
        valid += usize::from(check(&text));
    }
    assert!(valid > 5_000, "{valid}");
}

#[test]
fn random_pieces_agree_with_roxmltree() {
    let mut random = Random::new(3);
    for _ in 0..150_000 {
        let text: String = (0..random.below(9)).map(|_| random.pick(PIECES)).collect();
        check(&text);
    }
}

#[test]
fn damage_leaves_the_rest() {
    let names = |text: &str| -> Vec<String> {
        let tree = Tree::parse(text);
        assert!(tree.is_broken(), "{text}");
        tree.root()
            .iter()
            .flat_map(Element::descendants)
            .map(|element| element.name().to_owned())
            .collect()
    };
    assert_eq!(names("<a><b></a>"), ["a", "b"]);
    assert_eq!(names("<a><b></c></b><d/></a>"), ["a", "b", "d"]);
    assert_eq!(names("<a><b<c/></a>"), ["a", "b", "c"]);
    assert_eq!(names("<a><b x=\"1><c y=\"2\"/></a>"), ["a", "b", "c"]);
    assert_eq!(names("<a><b x=\"1/><c y=\"2\"/></a>"), ["a", "b", "c"]);
    assert_eq!(names("<a>x < y & z<b/></a>"), ["a", "b"]);
    assert_eq!(names("<a><!-- <b/></a>"), ["a", "b"]);
    assert_eq!(names("<a><b"), ["a", "b"]);
    assert_eq!(names(""), Vec::<String>::new());
    let tree = Tree::parse("<a>x &amp; y & z<b x=1 y/></a>");
    let root = tree.root().unwrap();
    assert_eq!(root.text(), "x & y & z");
    assert_eq!(root.child("b").unwrap().attribute("x").unwrap().value(), "1");
    assert_eq!(root.child("b").unwrap().attribute("y").unwrap().value(), "");
    assert_eq!(
        tree.errors()[0].to_string(),
        "'&' starts no known reference: as text it is written '&amp;'"
    );
}

#[test]
fn elements_answer() {
    let tree = Tree::parse(&SAMPLES[1].replace("a -- comment", "a comment"));
    let root = tree.root().unwrap();
    assert_eq!(root.attribute("schemaname").unwrap().value(), "new_A");
    assert_eq!(
        root.child_ignore_case("DefaultValue").unwrap().text(),
        "a < b\nc A\n<raw> & tail"
    );
    assert_eq!(
        root.path(&["type"]).unwrap().text_span().unwrap().slice(tree.text()),
        "100000000"
    );
    assert_eq!(root.children().count(), 2);
    assert_eq!(root.children_named("type").count(), 1);
    let chain = tree.element_at(tree.text().find("100000000").unwrap() as u32);
    assert_eq!(
        chain.iter().map(Element::name).collect::<Vec<_>>(),
        ["environmentvariabledefinition", "type"]
    );
    assert_eq!(Tree::parse("<a/>").root().unwrap().content_span(), None);
}
